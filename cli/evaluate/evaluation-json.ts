/** An evaluated model as a JSON document (docs/evaluation.md describes it). */
import { inspectionJson } from "../inspect/inspection-json.js";
import { topKRows } from "./columns.js";
import type { EvaluatedModel } from "./evaluated-model.js";
import type { Evaluation } from "./evaluation.js";
import type { IntegerComparison } from "./integer/compare.js";
import { byClass, byClassAndSnr, bySnr, confusionRows, overall, withInterval } from "./metrics.js";

/** Plain data, ready to be written. What does not apply is `null`. */
export function evaluationJson(evaluated: EvaluatedModel): Record<string, unknown> {
  const { evaluation, classes, integer, inspection, verdict, data, cost } = evaluated;
  const { file, model, weights, backend } = evaluated;
  const result = overall(evaluation);
  return {
    ...{ file, model, weights, backend },
    data: { ...data, samples: result.samples },
    accuracy: withInterval(result),
    topK: topKRows(evaluated),
    loss: finite(evaluation.loss),
    notFinite: evaluation.notFinite,
    goal: verdict ?? null,
    cost,
    classes,
    ...breakdown(evaluation, classes),
    integer: integer ? integerJson(integer) : null,
    inspection: inspection ? inspectionJson(inspection) : null,
  };
}

function breakdown(evaluation: Evaluation, classes: readonly string[]): Record<string, unknown> {
  return {
    bySnr: bySnr(evaluation).map(withInterval),
    byClass: byClass(evaluation).map((tally, label) => ({ class: classes[label] ?? String(label), ...tally })),
    // Rows are classes, columns signal-to-noise ratios.
    byClassAndSnr: byClassAndSnr(evaluation),
    // Counts: a row per true class, a column per predicted one.
    confusion: {
      overall: confusionRows(evaluation),
      bySnr: evaluation.snrs.map((snr) => ({ snr, matrix: confusionRows(evaluation, snr) })),
    },
  };
}

function integerJson(comparison: IntegerComparison): Record<string, unknown> {
  const { integer, disagreements, layers, accumulators, notes, largestLogitDifference } = comparison;
  return { accuracy: overall(integer), disagreements, layers, accumulators, notes, largestLogitDifference };
}

/** JSON has no word for what is not a number. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
