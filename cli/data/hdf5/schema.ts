/** The layout of RadioML 2018.01A, and whether a file has it. */
import { modulations } from "../../../shared/dsl/data.js";
import { frameLength, frameSamples, groupCount, snrLevels } from "../frames/grid.js";
import {
  datasetNames,
  FileProblem,
  type DatasetDescription,
  type DatasetName,
  type FramesDescription,
} from "./description.js";

/** A data set of the layout; the first dimension is the frame. */
interface Expected {
  readonly type: string;
  readonly tail: readonly number[];
  readonly meaning: string;
}

export const layout = {
  X: { type: "float32", tail: [frameSamples, 2], meaning: "I and Q of the samples" },
  Y: { type: "int64", tail: [modulations.length], meaning: "the modulation, one-hot" },
  Z: { type: "int64", tail: [1], meaning: "the SNR in dB" },
} as const satisfies Readonly<Record<DatasetName, Expected>>;

/** The filters that the HDF5 library brings itself, by its names; others are plug-ins. */
const readableFilters: ReadonlySet<string> = new Set(["deflate", "shuffle", "fletcher32", "nbit", "scaleoffset"]);
/** Chunks of more bytes than this cannot be read in bounded memory. */
const largestChunk = 64 * 1024 ** 2;
/** Frames are numbered with 32 bits. */
const mostFrames = 2 ** 32 - 1;

/** Checks what a file has against the layout. Throws a `FileProblem` that says what was expected and what is there. */
export function checkLayout(found: Readonly<Record<DatasetName, DatasetDescription>>): FramesDescription {
  for (const name of datasetNames) checkDataset(found[name], layout[name]);
  const { X: x, Y: y, Z: z } = found;
  const frames = x.shape[0] ?? 0;
  if (y.shape[0] !== frames || z.shape[0] !== frames) {
    throw new FileProblem(
      `has ${frames} frames in X, ${y.shape[0]} in Y and ${z.shape[0]} in Z: all must have as many.`,
    );
  }
  if (frames === 0 || frames > mostFrames || frames % groupCount !== 0) {
    throw new FileProblem(
      `has ${frames} frames, which is not a number of frames for each of ${modulations.length} modulations at each of ` +
        `${snrLevels.length} SNRs (a multiple of ${groupCount}): QuantLens reads whole sets only.`,
    );
  }
  return { frames, framesPerGroup: frames / groupCount, x, y, z };
}

function checkDataset(
  { name, shape, type, chunks, filters }: DatasetDescription,
  { type: wanted, tail, meaning }: Expected,
): void {
  const fits = type === wanted && shape.length === tail.length + 1 && tail.every((size, at) => shape[at + 1] === size);
  if (!fits) {
    throw new FileProblem(
      `has ${name} as ${type} (${shape.join(", ")}), expected ${wanted} (frames, ${tail.join(", ")}), ${meaning}, as in ` +
        "RadioML 2018.01A.",
    );
  }
  const unknown = filters.find((filter) => !readableFilters.has(filter));
  if (unknown !== undefined) {
    throw new FileProblem(
      `has ${name} behind the filter ${unknown}, which QuantLens cannot read: repack it without filters ` +
        "(h5repack -f NONE -l CONTI in.hdf5 out.hdf5).",
    );
  }
  const chunkBytes = (chunks ?? []).reduce((product, size) => product * size, wanted === "float32" ? 4 : 8);
  if (chunkBytes > largestChunk) {
    throw new FileProblem(
      `has chunks of ${Math.round(chunkBytes / 1024 ** 2)} MiB in ${name}, and can be read with at most ` +
        `${largestChunk / 1024 ** 2} MiB: repack it without chunks (h5repack -l CONTI in.hdf5 out.hdf5).`,
    );
  }
}

/** The row of Y for a modulation. */
export function isOneHot(row: ArrayLike<bigint>, start: number, modulation: number): boolean {
  for (let index = 0; index < modulations.length; index++) {
    if (row[start + index] !== (index === modulation ? 1n : 0n)) return false;
  }
  return true;
}

/** What a row of Y says, for messages. */
export function labelText(row: ArrayLike<bigint>, start: number): string {
  const values = Array.from({ length: modulations.length }, (_, index) => row[start + index] ?? 0n);
  const label = values.indexOf(1n);
  return label >= 0 && isOneHot(row, start, label) ? (modulations[label] ?? "") : "not one-hot";
}

/** Bytes of one row of each data set. */
export const rowBytes: Readonly<Record<DatasetName, number>> = {
  X: frameLength * Float32Array.BYTES_PER_ELEMENT,
  Y: modulations.length * BigInt64Array.BYTES_PER_ELEMENT,
  Z: BigInt64Array.BYTES_PER_ELEMENT,
};
