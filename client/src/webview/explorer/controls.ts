/** What the explorer shows: which cost, grouped how, compared with what. */
import type { ExploreRecord } from "../../../../shared/messages.js";
import { element, setText } from "../common/dom.js";
import { metrics, type Metric } from "./metrics.js";
import type { Grouping, View } from "./view.js";

export interface Controls {
  readonly root: HTMLElement;
  show(record: ExploreRecord, view: View): void;
}

export function createControls(onChange: (change: Partial<View>) => void): Controls {
  const metric = choice(
    "metric",
    "Cost",
    metrics.map(({ key, label }) => [key, label] as const),
  );
  const grouping = choice("grouping", "By", [
    ["calls", "call chain"],
    ["rows", "configuration row"],
    ["layers", "layer"],
  ]);
  const compare = element("input", { id: "compare", type: "checkbox" });
  const compareText = element("span");
  metric.select.addEventListener("change", () => {
    onChange({ metric: metric.select.value as Metric });
  });
  grouping.select.addEventListener("change", () => {
    onChange({ grouping: grouping.select.value as Grouping });
  });
  compare.addEventListener("change", () => {
    onChange({ compare: compare.checked });
  });
  return {
    root: element("div", { class: "toolbar", role: "toolbar", "aria-label": "View" }, [
      metric.root,
      grouping.root,
      element("label", {}, [compare, " ", compareText]),
    ]),
    show({ rows, comparison }, view) {
      metric.select.value = view.metric;
      const rowsOption = grouping.select.options.item(1);
      if (rowsOption) rowsOption.disabled = rows === undefined;
      grouping.select.value = view.grouping === "rows" && !rows ? "calls" : view.grouping;
      compare.disabled = comparison === undefined;
      compare.checked = view.compare && comparison !== undefined;
      setText(
        compareText,
        comparison ? `compare with ${comparison.label}` : "compare with the last commit (there is none of this file)",
      );
    },
  };
}

function choice(id: string, label: string, options: readonly (readonly [string, string])[]) {
  const select = element(
    "select",
    { id },
    options.map(([value, text]) => element("option", { value }, [text])),
  );
  return { select, root: element("label", {}, [`${label} `, select]) };
}
