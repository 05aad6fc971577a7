/** An evaluated model as the table, the JSON document and the report show it. */
import type { Inspection } from "../inspect/inspect.js";
import type { Evaluation } from "./evaluation.js";
import type { IntegerComparison } from "./integer/compare.js";
import type { Verdict } from "./metrics.js";

export interface EvaluatedModel {
  /** As shown to the user. */
  readonly file: string;
  readonly model: string;
  /** The weights' file, as shown. */
  readonly weights: string;
  /** Name of the data set, how many samples its test part has, and which (`framesDigest`). */
  readonly data: { readonly name: string; readonly testSize: number; readonly testSha256: string };
  readonly backend: string;
  readonly classes: readonly string[];
  readonly evaluation: Evaluation;
  /** How many guesses are allowed, in each top-k accuracy. */
  readonly topK: readonly number[];
  /** Against the accuracy that the challenge or `--goal` asks for. */
  readonly verdict?: GoalVerdict;
  /** Of the quantised, pruned weights. */
  readonly cost: ModelCost;
  readonly integer?: IntegerComparison;
  readonly inspection?: Inspection;
}

export interface GoalVerdict extends Verdict {
  /** Who asks for it: the challenge's name, or `--goal`. */
  readonly from: string;
  /** What the verdict is not. */
  readonly remark?: string;
}

export interface ModelCost {
  readonly score: number;
  readonly bops: number;
  readonly memWBits: number;
  readonly baseline: string;
  readonly flavor: string;
}
