/** How the user has set up the explorer: kept while the panel is hidden and over reloads. */
import type { WhatIf } from "../../../../shared/messages.js";
import { metrics, type Metric } from "./metrics.js";

export type Grouping = "calls" | "rows" | "layers";

export interface View {
  readonly metric: Metric;
  readonly grouping: Grouping;
  readonly compare: boolean;
  /** Id of the part that is looked at. */
  readonly selected: string;
  readonly sort: { readonly column: string; readonly descending: boolean };
  readonly whatIf: WhatIf;
}

export const noWhatIf: WhatIf = { bits: {}, densities: {} };

const initialView: View = {
  metric: "bops",
  grouping: "calls",
  compare: false,
  selected: "/",
  sort: { column: "order", descending: false },
  whatIf: noWhatIf,
};

/** What was kept, as far as it is understood. */
export function readView(kept: unknown): View {
  const { metric, grouping, compare, selected, sort, whatIf } = recordOf(kept);
  const { column, descending } = recordOf(sort);
  const { bits, densities } = recordOf(whatIf);
  return {
    metric: metrics.find(({ key }) => key === metric)?.key ?? initialView.metric,
    grouping: (["calls", "rows", "layers"] as const).find((known) => known === grouping) ?? initialView.grouping,
    compare: compare === true,
    selected: typeof selected === "string" ? selected : initialView.selected,
    sort: typeof column === "string" ? { column, descending: descending === true } : initialView.sort,
    whatIf: { bits: numbersOf(bits), densities: numbersOf(densities) },
  };
}

export function isEmpty({ bits, densities }: WhatIf): boolean {
  return Object.keys(bits).length === 0 && Object.keys(densities).length === 0;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function numbersOf(value: unknown): Record<string, number> {
  const entries = Object.entries(recordOf(value)).filter((entry): entry is [string, number] =>
    Number.isFinite(entry[1]),
  );
  return Object.fromEntries(entries);
}
