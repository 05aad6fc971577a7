/** How the editor of ONNX files is set up; plain data that is kept over reloads. */
import type { NetworkRecord } from "../../../../shared/network-messages.js";
import { readGraphLook, type GraphLook } from "../common/graph-view.js";
import type { Sort } from "../common/table.js";

export type TabKey = "nodes" | "graph" | "official";
export type Flavor = NetworkRecord["flavor"];

export const flavors: readonly Flavor[] = ["finn-base", "qonnx"];

export interface View {
  readonly tab: TabKey;
  /** Whose cost the table of nodes shows; absent: that of the settings. */
  readonly flavor?: Flavor;
  readonly sort: Sort;
  /** Nodes whose name or operator has this in it. */
  readonly filter: string;
  readonly graph: GraphLook;
}

/** What was kept, as far as it is understood. */
export function readView(kept: unknown): View {
  const { tab, flavor, sort, filter, graph } = recordOf(kept);
  const { column, descending } = recordOf(sort);
  const known = flavors.find((each) => each === flavor);
  return {
    tab: (["nodes", "graph", "official"] as const).find((each) => each === tab) ?? "nodes",
    ...(known && { flavor: known }),
    sort: { column: typeof column === "string" ? column : "order", descending: descending === true },
    filter: typeof filter === "string" ? filter : "",
    graph: readGraphLook(graph),
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
