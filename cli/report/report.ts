/** Reports as HTML. */
import { formatCount } from "../../shared/format.js";
import { percent, topKRows } from "../evaluate/columns.js";
import type { EvaluatedModel } from "../evaluate/evaluated-model.js";
import { overall, wilsonInterval } from "../evaluate/metrics.js";
import { crossEntropyText, notFiniteText, verdictText } from "../evaluate/sentences.js";
import type { Inspection } from "../inspect/inspect.js";
import { formatPreciseScore } from "../output/scores.js";
import { evaluationSections } from "./evaluation-sections.js";
import { html } from "./html.js";
import { inspectionSections } from "./inspection-section.js";
import { integerSection } from "./integer-section.js";
import { facts, page, type Fact } from "./page.js";

/** The report of `quantlens evaluate`: one self-contained HTML document. */
export function evaluationReport(evaluated: EvaluatedModel): string {
  const { model, file, weights, data, backend, evaluation, verdict, integer, inspection, classes } = evaluated;
  const lead = html`<p class="faint">
      <code>${file}</code> with the weights of <code>${weights}</code>, test part of ${data.name}, backend ${backend}
    </p>
    ${verdict && html`<p class="${verdict.met ? "met" : "missed"}">${capitalised(verdictText(verdict))}.</p>`}
    ${evaluation.notFinite > 0 ? html`<p class="missed">${notFiniteText(evaluation.notFinite)}.</p>` : undefined}
    ${facts(headline(evaluated))}`;
  return page(`Evaluation of ${model}`, lead, [
    ...evaluationSections(evaluated),
    ...(integer ? [integerSection(integer, classes)] : []),
    ...(inspection ? inspectionSections(inspection) : []),
  ]);
}

/** The report of `quantlens inspect`. */
export function inspectionReport(model: string, source: string, inspection: Inspection): string {
  return page(`Inspection of ${model}`, html`<p class="faint">${source}</p>`, inspectionSections(inspection));
}

function headline(evaluated: EvaluatedModel): Fact[] {
  const { evaluation, cost } = evaluated;
  const { accuracy, correct, samples } = overall(evaluation);
  const { low, high } = wilsonInterval({ correct, samples });
  const tops = topKRows(evaluated).filter(({ k }) => k > 1);
  return [
    { name: "accuracy", value: percent(accuracy), more: `95 % interval ${percent(low)} to ${percent(high)}` },
    ...tops.map(({ k, accuracy: share }) => ({ name: `top ${k}`, value: percent(share) })),
    { name: "samples", value: formatCount(samples), more: `${formatCount(correct)} recognised` },
    { name: "mean cross-entropy", value: crossEntropyText(evaluation.loss) },
    { name: "score", value: formatPreciseScore(cost.score), more: `baseline: ${cost.baseline}` },
    { name: "bit-operations", value: formatCount(cost.bops), more: cost.flavor },
    { name: "weight memory in bits", value: formatCount(cost.memWBits) },
  ];
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
