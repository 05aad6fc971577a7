/** The top of the explorer: the model's numbers, and what they stand for. */
import { formatChange, formatDifference, formatScore, formatShare } from "../../../../shared/format.js";
import type { ExploreRecord, ModelSummary, ScoredCost } from "../../../../shared/messages.js";
import { element, setShown, setText } from "../common/dom.js";
import { differenceClass, formatMetric, formatMetricDifference, metrics } from "./metrics.js";
import type { View } from "./view.js";

export interface Header {
  readonly root: HTMLElement;
  show(record: ExploreRecord, view: View): void;
}

export interface HeaderOptions {
  readonly onPick: (what: "pickWeights" | "pickParameters" | "pickProfile") => void;
}

export function createHeader({ onPick }: HeaderOptions): Header {
  const title = element("h1", { id: "model-name" });
  const stale = element("p", { id: "stale", class: "notice", role: "status" }, [
    "The file does not run as it is written now: these are the numbers of the last text that ran.",
  ]);
  const unsupported = element("p", { id: "unsupported", class: "notice" });
  const basis = createBasis(onPick);
  const totals = element("dl", { id: "totals", class: "totals", "aria-label": "Totals" });
  return {
    root: element("header", {}, [title, basis.root, stale, unsupported, totals]),
    show(record, view) {
      setText(title, record.summary.name);
      setShown(stale, !record.fresh);
      setShown(unsupported, record.unsupported.length > 0);
      setText(unsupported, `Not priced by this cost analysis: ${record.unsupported.join(", ")}.`);
      basis.show(record);
      totals.replaceChildren(...totalsOf(record, view));
    },
  };
}

function createBasis(onPick: HeaderOptions["onPick"]): { root: HTMLElement; show(record: ExploreRecord): void } {
  const item = (id: string, label: string, what: Parameters<HeaderOptions["onPick"]>[0]) => {
    const value = element("span", { id: `basis-${id}` });
    const button = element("button", { id: `pick-${id}`, type: "button", "aria-label": `Pick ${label}` }, ["Pick …"]);
    button.addEventListener("click", () => {
      onPick(what);
    });
    const root = element("span", { class: "basis-item" }, [
      element("strong", {}, [`${capitalised(label)}: `]),
      value,
      button,
    ]);
    return { root, value, button };
  };
  const weights = item("weights", "weights", "pickWeights");
  const parameters = item("parameters", "parameters", "pickParameters");
  const profile = item("profile", "profile", "pickProfile");
  const counted = element("span", { id: "basis-cost", class: "muted" });
  const root = element(
    "div",
    { id: "basis", class: "toolbar", role: "group", "aria-label": "What the numbers stand for" },
    [weights.root, parameters.root, profile.root, counted],
  );
  return {
    root,
    show({ summary, basis }) {
      setText(weights.value, weightsText(summary));
      setText(parameters.value, parametersText(summary));
      parameters.button.hidden = summary.parameters === undefined;
      setText(profile.value, basis.profile);
      const zeros = basis.discountSparsity ? "zeros discounted" : "zeros counted";
      setText(counted, `cost as by ${basis.flavor}, ${zeros}, baseline ${basis.baseline}`);
    },
  };
}

function weightsText({ weights }: ModelSummary): string {
  if (!weights) return "none, dense";
  const name = decodeURIComponent(weights.uri.slice(weights.uri.lastIndexOf("/") + 1));
  return weights.stale ? `${name}, stale: the architecture has changed since` : name;
}

function parametersText({ parameters }: ModelSummary): string {
  if (!parameters) return "none";
  return parameters
    .map(({ name, value, default: preset }) => {
      const text = `${name} = ${JSON.stringify(value)}`;
      return JSON.stringify(value) === JSON.stringify(preset) ? text : `${text} (default ${JSON.stringify(preset)})`;
    })
    .join(", ");
}

function totalsOf(record: ExploreRecord, { compare }: View): HTMLElement[] {
  const { total, whatIf, comparison, summary } = record;
  const compared = compare ? comparison : undefined;
  const budget = summary.budget?.score;
  const score = figure("score", "Score", formatScore(total.score), [
    ...(budget === undefined ? [] : [note(`budget ${formatScore(budget)}`, total.score > budget ? "worse" : "better")]),
    ...(whatIf ? [changeNote("what-if", formatScore(whatIf.value.score), scoreChange(whatIf.difference, total))] : []),
    ...(compared
      ? [
          changeNote(
            `since ${compared.label}${compared.dense ? ", dense" : ""}`,
            "",
            scoreChange(compared.now.difference, compared.before),
          ),
        ]
      : []),
  ]);
  const others = metrics.map(({ key, label }) =>
    figure(key, label, formatMetric(key, total[key]), [
      ...(whatIf
        ? [changeNote("what-if", formatMetric(key, whatIf.value[key]), metricChange(whatIf.difference, key))]
        : []),
      ...(compared ? [changeNote(`since ${compared.label}`, "", metricChange(compared.now.difference, key))] : []),
    ]),
  );
  const { density } = record.calls;
  const dense = density === undefined ? [] : [figure("density", "Density", formatShare(density), [])];
  return [score, ...others, ...dense];
}

interface Change {
  readonly text: string;
  readonly style: string;
}

function metricChange(difference: ScoredCost, key: (typeof metrics)[number]["key"]): Change {
  return { text: formatMetricDifference(key, difference[key]), style: differenceClass(difference[key]) };
}

function scoreChange({ score }: ScoredCost, before: ScoredCost): Change {
  const text = before.score > 0 ? formatChange(score / before.score) : formatDifference(score, formatScore);
  return { text, style: differenceClass(score) };
}

function changeNote(label: string, value: string, { text, style }: Change): HTMLElement {
  return element("span", { class: "note", "data-note": label }, [
    `${label} ${value}${value === "" ? "" : " "}`,
    element("span", { class: style }, [text]),
  ]);
}

function note(text: string, style: string): HTMLElement {
  return element("span", { class: `note ${style}` }, [text]);
}

function figure(id: string, label: string, value: string, notes: readonly HTMLElement[]): HTMLElement {
  return element("div", { class: "figure", "data-total": id }, [
    element("dt", {}, [label]),
    element("dd", {}, [element("span", { class: "value" }, [value]), ...notes]),
  ]);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
