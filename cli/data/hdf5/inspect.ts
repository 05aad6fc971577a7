/** Looks into a file before its frames are used: its layout, where the frames lie, and samples of their order. */
import { modulations } from "../../../shared/dsl/data.js";
import { groupAt, groupCount, snrLevels } from "../frames/grid.js";
import { FileProblem, type FramesDescription } from "./description.js";
import type { OpenHdf5 } from "./library.js";
import { withOffset } from "./offset.js";
import { checkLayout, isOneHot, labelText } from "./schema.js";

/** Rows of Z that are read at once: half a mebibyte. */
const rowsPerRead = 65_536;

/**
 * Checks the layout, all SNRs, and the label of the first and last frame of each modulation; `verifyFrames` checks all.
 * Finds where contiguous data sets lie in `path`. Throws a `FileProblem`.
 */
export function inspectFrames(file: OpenHdf5, path: string): FramesDescription {
  const description = checkLayout(file.describe());
  checkSnrs(file, description);
  checkSomeLabels(file, description);
  return {
    ...description,
    x: withOffset(file, path, description.x),
    y: withOffset(file, path, description.y),
    z: withOffset(file, path, description.z),
  };
}

function checkSnrs(file: OpenHdf5, { frames, framesPerGroup }: FramesDescription): void {
  for (let start = 0; start < frames; start += rowsPerRead) {
    const snrs = file.rows("Z", start, Math.min(frames, start + rowsPerRead));
    const problem = firstWrongSnr(snrs, start, framesPerGroup);
    if (problem !== undefined) throw new FileProblem(`${problem}: ${orderText(framesPerGroup)}.`);
  }
}

/** The first frame of a block of Z, which begins at frame `start`, that has another SNR than its place says. */
export function firstWrongSnr(snrs: BigInt64Array, start: number, framesPerGroup: number): string | undefined {
  for (let index = 0; index < snrs.length;) {
    const frame = start + index;
    const group = groupAt(frame, framesPerGroup);
    const end = Math.min(snrs.length, group.start + framesPerGroup - start);
    const expected = BigInt(group.snr);
    for (; index < end; index++) {
      if (snrs[index] !== expected) return `has ${snrs[index]} dB at frame ${start + index}, expected ${group.snr} dB`;
    }
  }
  return undefined;
}

/** Said after a frame that is out of order. */
export function orderText(framesPerGroup: number): string {
  return (
    `its ${framesPerGroup * groupCount} frames must be ordered by modulation, then by SNR, ${framesPerGroup} of each, ` +
    "as in RadioML 2018.01A"
  );
}

function checkSomeLabels(file: OpenHdf5, { framesPerGroup }: FramesDescription): void {
  const perModulation = framesPerGroup * snrLevels.length;
  for (const [modulation, name] of modulations.entries()) {
    for (const frame of [modulation * perModulation, (modulation + 1) * perModulation - 1]) {
      const row = file.rows("Y", frame, frame + 1);
      if (isOneHot(row, 0, modulation)) continue;
      throw new FileProblem(
        `has the label ${labelText(row, 0)} at frame ${frame}, expected ${name}: ${orderText(framesPerGroup)}.`,
      );
    }
  }
}
