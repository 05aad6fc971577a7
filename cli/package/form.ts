/** The form that the challenge asks for, filled in. */
import type { CostReport } from "../../shared/cost/types.js";
import { baselines } from "../../shared/cost/baselines.js";
import { officialDictionary } from "../../shared/cost/official.js";
import { score } from "../../shared/cost/score.js";
import { formatPercent, type Criterion } from "./criteria.js";
import type { Tally } from "./evaluation-document.js";

export interface FormContent {
  readonly name: string;
  readonly accuracy: Tally;
  /** finn-base's, of the ONNX file. */
  readonly cost: CostReport;
  /** Names in the zip. */
  readonly onnx: string;
  /** Absent where there is none. */
  readonly checkpoint?: string;
  readonly repository?: string;
  readonly comments?: string;
  readonly criteria: readonly Criterion[];
}

/** Plain text: a heading for each question, `->` before its answer. */
export function formText(content: FormContent): string {
  const { accuracy, cost, onnx, checkpoint, repository, comments, criteria } = content;
  const { correct, samples } = accuracy;
  const failed = criteria.filter(({ verdict }) => verdict === "failed");
  const answers: readonly (readonly [question: string, answer: string])[] = [
    ["Overall test accuracy", `${formatPercent(samples === 0 ? 0 : correct / samples)} (${correct} of ${samples})`],
    ["Inference cost score", score(cost.totals, baselines.itu2021).toFixed(6)],
    ["Complete output dictionary of inference_cost()", JSON.stringify(officialDictionary(cost, true), undefined, 2)],
    ["Path of the .onnx model in this zip", onnx],
    ["Path of the .pth checkpoint in this zip", checkpoint ?? "none: see README.md"],
    ["Link to the public repository", repository ?? "TO BE FILLED IN"],
    ["Instructions for reproduction", "README.md in this zip"],
    ["Further comments", comments ?? "none"],
  ];
  return [
    `Submission of ${content.name}`,
    "",
    ...notValid(failed),
    ...answers.flatMap(([question, answer]) => [`# ${question}:`, `-> ${answer}`, ""]),
  ].join("\n");
}

/** What stands above the answers when the submission is not valid. */
export function notValid(failed: readonly Criterion[]): readonly string[] {
  if (failed.length === 0) return [];
  return [
    "NOT VALID. These criteria are not met:",
    ...failed.map(({ name, sentence }) => `- ${name}: ${sentence}`),
    "",
  ];
}
