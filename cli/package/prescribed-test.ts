/** The test that the challenge prescribes: 410 frames of each modulation and SNR of RadioML 2018.01A. */
import { modulations } from "../../shared/dsl/data.js";
import { formatCount } from "../../shared/format.js";
import { groupCount, radiomlFramesPerGroup, snrLevels } from "../data/frames/grid.js";
import { prescribedSplit, splitFrames, testFrames } from "../data/frames/split.js";
import { framesDigest } from "../evaluate/frames-digest.js";
import type { EvaluationDocument, Tally } from "./evaluation-document.js";

const challengeData = "RadioML 2018.01A";

/** Why an evaluation is not of all frames of the prescribed test; `undefined` when it is. */
export function otherTest({ data, accuracy, bySnr, byClass }: EvaluationDocument): string | undefined {
  const perGroup = testFrames(radiomlFramesPerGroup, prescribedSplit.testFraction);
  const wanted = groupCount * perGroup;
  if (data.name !== challengeData)
    return `the accuracy was measured on ${data.name}, where ${challengeData} is prescribed`;
  if (data.testSize !== wanted || accuracy.samples !== wanted) {
    return `the accuracy was measured on ${formatCount(accuracy.samples)} of ${formatCount(data.testSize)} test frames, where all ${formatCount(wanted)} of the prescribed split are expected`;
  }
  const { test } = splitFrames(radiomlFramesPerGroup, prescribedSplit);
  if (data.testSha256 !== framesDigest(test.indices)) {
    return `the test frames have the SHA-256 ${data.testSha256 ?? "(none)"}, where the prescribed split (seed ${prescribedSplit.seed}) has ${framesDigest(test.indices)}`;
  }
  if (!covers(bySnr, snrLevels.length, modulations.length * perGroup))
    return `its accuracies by SNR are not those of ${snrLevels.length} ratios with the same number of frames`;
  if (!covers(byClass, modulations.length, snrLevels.length * perGroup))
    return `its accuracies by class are not those of ${modulations.length} modulations with the same number of frames`;
  const sums = [bySnr, byClass].map((rows) => rows.reduce((sum, { correct }) => sum + correct, 0));
  if (sums.some((sum) => sum !== accuracy.correct))
    return "its accuracies by SNR and by class do not add up to the overall accuracy";
  return undefined;
}

function covers(rows: readonly Tally[], count: number, samples: number): boolean {
  return rows.length === count && rows.every((row) => row.samples === samples && row.correct <= samples);
}
