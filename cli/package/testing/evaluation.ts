/** An evaluation of all test frames, made up, for tests. */
import { modulations } from "../../../shared/dsl/data.js";
import { radiomlFramesPerGroup, snrLevels } from "../../data/frames/grid.js";
import { prescribedSplit, splitFrames } from "../../data/frames/split.js";
import { framesDigest } from "../../evaluate/frames-digest.js";
import type { EvaluationDocument } from "../evaluation-document.js";

export const testFrameCount = 255_840;

/** Of a network with this name and cost that recognises `correct` of the frames. */
export function madeEvaluation(
  model: string,
  cost: { readonly bops: number; readonly memWBits: number },
  correct: number,
): EvaluationDocument {
  const parts = (count: number) =>
    Array.from({ length: count }, (_, index) => Math.floor(correct / count) + Number(index < correct % count));
  const { test } = splitFrames(radiomlFramesPerGroup, prescribedSplit);
  return {
    model,
    data: { name: "RadioML 2018.01A", testSize: testFrameCount, testSha256: framesDigest(test.indices) },
    accuracy: { correct, samples: testFrameCount },
    cost: { ...cost, flavor: "finn-base" },
    bySnr: parts(26).map((right, index) => ({ snr: snrLevels[index] ?? 0, correct: right, samples: 9840 })),
    byClass: parts(24).map((right, index) => ({ class: modulations[index] ?? "", correct: right, samples: 10_660 })),
  };
}
