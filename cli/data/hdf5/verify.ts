/** Reads a whole file of frames and says what is wrong with it. */
import { modulations } from "../../../shared/dsl/data.js";
import { frameLength, groupAt } from "../frames/grid.js";
import type { FramesDescription } from "./description.js";
import type { FrameSource } from "./frame-source.js";
import { firstWrongSnr, orderText } from "./inspect.js";
import type { OpenHdf5 } from "./library.js";
import { isOneHot, labelText } from "./schema.js";

/** Frames that are looked at between two reports. */
const framesPerStep = 1024;
/** Findings of one kind that are told one by one. */
const mostFindings = 10;

export interface Verification {
  readonly frames: number;
  /** Sentences about single frames, the first few of each kind. */
  readonly findings: readonly string[];
  /** All of them. */
  readonly count: number;
}

/** Checks the label, the SNR and the samples of every frame. `report` is given the number of frames done. */
export function verifyFrames(
  file: OpenHdf5,
  source: FrameSource,
  { frames, framesPerGroup }: FramesDescription,
  report: (done: number) => void,
): Verification {
  const findings = new Findings();
  const values = new Float32Array(framesPerStep * frameLength);
  for (let start = 0; start < frames; start += framesPerStep) {
    const end = Math.min(frames, start + framesPerStep);
    const snrProblem = firstWrongSnr(file.rows("Z", start, end), start, framesPerGroup);
    if (snrProblem !== undefined) findings.add("order", `${snrProblem}: ${orderText(framesPerGroup)}.`);
    checkLabels(file.rows("Y", start, end), start, framesPerGroup, findings);
    source.read(
      Uint32Array.from({ length: end - start }, (_, index) => start + index),
      values,
    );
    checkSamples(values.subarray(0, (end - start) * frameLength), start, findings);
    report(end);
  }
  return { frames, findings: findings.told, count: findings.count };
}

class Findings {
  readonly told: string[] = [];
  count = 0;
  readonly #perKind = new Map<string, number>();

  add(kind: string, text: string): void {
    const before = this.#perKind.get(kind) ?? 0;
    this.#perKind.set(kind, before + 1);
    this.count++;
    if (before < mostFindings) this.told.push(text);
  }
}

function checkLabels(labels: BigInt64Array, start: number, framesPerGroup: number, findings: Findings): void {
  const width = modulations.length;
  for (let index = 0; index * width < labels.length; index++) {
    const { modulation } = groupAt(start + index, framesPerGroup);
    if (isOneHot(labels, index * width, modulation)) continue;
    const found = labelText(labels, index * width);
    findings.add(
      "label",
      `has the label ${found} at frame ${start + index}, expected ${modulations[modulation]}: ${orderText(framesPerGroup)}.`,
    );
  }
}

function checkSamples(values: Float32Array, start: number, findings: Findings): void {
  for (let frame = 0; frame * frameLength < values.length; frame++) {
    // A product with zero is zero for finite numbers and not a number for all others.
    let zero = 0;
    let largest = 0;
    for (let index = frame * frameLength; index < (frame + 1) * frameLength; index++) {
      const value = values[index] ?? 0;
      zero += value * 0;
      if (value > largest) largest = value;
      else if (-value > largest) largest = -value;
    }
    if (zero !== 0) findings.add("finite", `has a value that is not a finite number in frame ${start + frame} of X.`);
    else if (largest === 0)
      findings.add("zero", `has only zeros in frame ${start + frame} of X: it may not be complete.`);
  }
}
