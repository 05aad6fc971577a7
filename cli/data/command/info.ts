/** `quantlens data info`: what is in a file of frames. */
import path from "node:path";
import { modulations } from "../../../shared/dsl/data.js";
import { formatCount, formatShape } from "../../../shared/format.js";
import { exitCodes } from "../../errors.js";
import { shownPath } from "../../output/paths.js";
import { writeResult } from "../../output/streams.js";
import { table } from "../../output/table.js";
import { snrLevels } from "../frames/grid.js";
import { prescribedSplit, splitFrames } from "../frames/split.js";
import type { DatasetDescription, FramesDescription } from "../hdf5/description.js";
import { inspectFile } from "../hdf5/open-frames.js";
import type { DataFormatOptions } from "./options.js";

/** Prints what is in a file; gives the exit code. Throws a `CliError` when it is no file of frames. */
export async function dataInfo(file: string, { format }: DataFormatOptions): Promise<number> {
  const absolute = path.resolve(file);
  const { worker, description } = await inspectFile(absolute);
  await worker.close();
  const { train, test } = splitFrames(description.framesPerGroup, prescribedSplit);
  const split = { train: train.indices.length, test: test.indices.length };
  writeResult(format === "json" ? infoJson(absolute, description, split) : infoText(absolute, description, split));
  return exitCodes.clean;
}

interface SplitSizes {
  readonly train: number;
  readonly test: number;
}

function infoJson(file: string, { frames, framesPerGroup, x, y, z }: FramesDescription, split: SplitSizes): string {
  const content = {
    file: shownPath(file),
    frames,
    framesPerClassAndSnr: framesPerGroup,
    classes: modulations,
    snrs: snrLevels,
    datasets: [x, y, z],
    split,
  };
  return JSON.stringify(content, undefined, 2);
}

function infoText(file: string, { frames, framesPerGroup, x, y, z }: FramesDescription, split: SplitSizes): string {
  const lines = table<DatasetDescription>(
    [
      { title: "data set", align: "left", cell: ({ name }) => name },
      { title: "type", align: "left", cell: ({ type }) => type },
      { title: "shape", align: "left", cell: ({ shape }) => formatShape(shape) },
      { title: "storage", align: "left", shorten: "end", cell: storageText },
    ],
    [x, y, z],
  );
  return [
    `${shownPath(file)}: ${formatCount(frames)} frames, ${formatCount(framesPerGroup)} of each of ` +
      `${modulations.length} modulations at each of ${snrLevels.length} SNRs`,
    ...lines,
    `prescribed split: ${formatCount(split.train)} training, ${formatCount(split.test)} test`,
  ].join("\n");
}

function storageText({ chunks, filters, offset }: DatasetDescription): string {
  if (offset !== undefined) return `contiguous from byte ${offset}`;
  const chunked = chunks === undefined ? "not in chunks" : `chunks of ${chunks.join("×")}`;
  return [chunked, ...filters].join(", ");
}
