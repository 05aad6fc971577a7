/** The latest evaluation of a run, for dashboards: `evaluation.json` in the run's folder (docs/training.md). */
import type { Evaluation } from "../../evaluate/evaluation.js";
import { bySnr, confusionRows, overall, withInterval, type TallyWithInterval } from "../../evaluate/metrics.js";

export interface EvaluationRecord {
  readonly schema: 1;
  /** What was evaluated: a stage's network, its best epoch. */
  readonly network: string;
  readonly part: "test" | "validation";
  readonly accuracy: TallyWithInterval;
  readonly classes: readonly string[];
  /** Empty where the data has no signal-to-noise ratios. */
  readonly bySnr: readonly (TallyWithInterval & { readonly snr: number })[];
  /** Counts: a row per true class, a column per predicted one. */
  readonly confusion: { readonly overall: readonly (readonly number[])[] };
}

export function evaluationRecord(
  evaluation: Evaluation,
  { network, part, classes }: Pick<EvaluationRecord, "network" | "part" | "classes">,
): EvaluationRecord {
  return {
    schema: 1,
    network,
    part,
    accuracy: withInterval(overall(evaluation)),
    classes,
    bySnr: bySnr(evaluation).map(withInterval),
    confusion: { overall: confusionRows(evaluation) },
  };
}
