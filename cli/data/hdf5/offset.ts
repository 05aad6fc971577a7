/** Where a data set without chunks lies in its file: there the frames can be read a hundred times faster. */
import { closeSync, openSync } from "node:fs";
import type { DatasetDescription, DatasetName } from "./description.js";
import type { OpenHdf5 } from "./library.js";
import { readFully } from "./raw-frames.js";
import { rowBytes } from "./schema.js";

/**
 * Adds the offset of a contiguous data set. The library tells it only by where it reads: what it reads for the first row is
 * the data set's beginning when other rows lie at the distance that their numbers say, with the same bytes.
 */
export function withOffset(file: OpenHdf5, path: string, dataset: DatasetDescription): DatasetDescription {
  if (dataset.chunks !== undefined || dataset.filters.length > 0) return dataset;
  const { name } = dataset;
  const last = (dataset.shape[0] ?? 1) - 1;
  const handle = openSync(path, "r");
  try {
    const checked = [...new Set([0, Math.floor(last / 2), last])];
    const offset = file
      .readPositions(name, 0)
      .find((position) => checked.every((row) => sameRow(file, handle, name, row, position)));
    return offset === undefined ? dataset : { ...dataset, offset };
  } finally {
    closeSync(handle);
  }
}

/** Whether the library reads a row where it must lie, and what lies there. */
function sameRow(file: OpenHdf5, handle: number, name: DatasetName, row: number, offset: number): boolean {
  const position = offset + row * rowBytes[name];
  if (!file.readPositions(name, row).includes(position)) return false;
  const expected = name === "X" ? file.rows("X", row, row + 1) : file.rows(name, row, row + 1);
  const found = expected.slice();
  readFully(handle, found, position);
  return Buffer.from(found.buffer).equals(Buffer.from(expected.buffer, expected.byteOffset, expected.byteLength));
}
