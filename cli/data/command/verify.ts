/** `quantlens data verify`: looks at every frame of a file. */
import { createHash } from "node:crypto";
import path from "node:path";
import { formatCount } from "../../../shared/format.js";
import { exitCodes } from "../../errors.js";
import { shownPath } from "../../output/paths.js";
import { startProgress } from "../../output/progress.js";
import { writeResult } from "../../output/streams.js";
import { radiomlFramesPerGroup } from "../frames/grid.js";
import { prescribedSplit, splitFrames } from "../frames/split.js";
import { inspectFile } from "../hdf5/open-frames.js";
import { FrameFileError } from "../worker/client.js";
import type { DataFormatOptions } from "./options.js";

/**
 * SHA-256 of the prescribed split of RadioML 2018.01A: the frames' numbers as little-endian uint32, in the order in which
 * NumPy's legacy generator with seed 2018 gives them.
 */
export const prescribedHashes = {
  train: "8cc85fb93628e507247e40f24c99642cdf728bb48855b436f779bf91701dcfbd",
  test: "224af376309a877089b98bb103f9c83feeb773f11cb7c18b3e1e08e4f205ef7c",
} as const;

interface VerifyResult {
  readonly file: string;
  readonly frames: number;
  /** All findings; `findings` tells the first of each kind. */
  readonly count: number;
  readonly findings: readonly string[];
  /** Of the split that training uses; absent when the layout is wrong. */
  readonly splitHashes?: { readonly train: string; readonly test: string };
}

/** Prints what is wrong with a file; the exit code is 1 when anything is. Throws a `CliError` when it cannot be read. */
export async function dataVerify(file: string, { format }: DataFormatOptions): Promise<number> {
  const result = await verified(path.resolve(file));
  writeResult(format === "json" ? JSON.stringify(result, undefined, 2) : verifyText(result));
  return result.count === 0 ? exitCodes.clean : exitCodes.findings;
}

async function verified(file: string): Promise<VerifyResult> {
  const shown = shownPath(file);
  try {
    const { worker, description } = await inspectFile(file);
    const progress = startProgress("verifying", description.frames, "frames");
    try {
      const { findings, count, frames } = await worker.ask({ kind: "verify" }, progress.update);
      const splitHashes = hashSplit(description.framesPerGroup);
      const wrongSplit = splitProblem(description.framesPerGroup, splitHashes);
      const sentences = [...findings.map((finding) => `${shown} ${finding}`), ...wrongSplit];
      return { file: shown, frames, count: count + wrongSplit.length, findings: sentences, splitHashes };
    } finally {
      progress.end();
      await worker.close();
    }
  } catch (error) {
    if (!(error instanceof FrameFileError)) throw error;
    return { file: shown, frames: 0, count: 1, findings: [error.message] };
  }
}

function hashSplit(framesPerGroup: number): { readonly train: string; readonly test: string } {
  const { train, test } = splitFrames(framesPerGroup, prescribedSplit);
  const hash = (numbers: Uint32Array) => {
    const bytes = Buffer.alloc(4 * numbers.length);
    numbers.forEach((number, index) => bytes.writeUInt32LE(number, 4 * index));
    return createHash("sha256").update(bytes).digest("hex");
  };
  return { train: hash(train.indices), test: hash(test.indices) };
}

/** Only a set of RadioML's size has a prescribed split to compare with. */
function splitProblem(framesPerGroup: number, found: { readonly train: string; readonly test: string }): string[] {
  if (framesPerGroup !== radiomlFramesPerGroup) return [];
  return (["train", "test"] as const)
    .filter((part) => found[part] !== prescribedHashes[part])
    .map((part) => `The ${part} part of the split has the hash ${found[part]}, expected ${prescribedHashes[part]}.`);
}

function verifyText({ file, frames, count, findings, splitHashes }: VerifyResult): string {
  const more = count - findings.length;
  return [
    ...findings,
    ...(more > 0 ? [`... and ${formatCount(more)} more of these kinds.`] : []),
    ...(count === 0 ? [`${file}: ${formatCount(frames)} frames, nothing wrong`] : []),
    ...(splitHashes
      ? [`split, training: SHA-256 ${splitHashes.train}`, `split, test:     SHA-256 ${splitHashes.test}`]
      : []),
  ].join("\n");
}
