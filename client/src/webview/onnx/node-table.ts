/** The nodes of a network with what each costs. */
import { formatCount, formatShape, formatShare } from "../../../../shared/format.js";
import type { NetworkNode, NetworkNodeCost, NetworkRecord } from "../../../../shared/network-messages.js";
import { element, setShown, setText } from "../common/dom.js";
import { createTable, numberColumn, type Column, type Sort } from "../common/table.js";
import { flavors, type Flavor, type View } from "./view.js";

interface Row {
  readonly index: number;
  readonly node: NetworkNode;
  readonly cost: NetworkNodeCost;
}

export interface NodeTable {
  readonly root: HTMLElement;
  show(network: NetworkRecord, flavor: Flavor, view: View): void;
  /** Brings a node's row into view and gives it the keyboard; false where the table has none of this name. */
  focusRow(name: string): boolean;
}

export interface NodeTableOptions {
  readonly onSort: (sort: Sort) => void;
  readonly onFilter: (filter: string) => void;
  readonly onFlavor: (flavor: Flavor) => void;
  /** A node was opened: its place in the graph is wanted. */
  readonly onOpen: (name: string) => void;
}

export function createNodeTable({ onSort, onFilter, onFlavor, onOpen }: NodeTableOptions): NodeTable {
  const flavor = element(
    "select",
    { id: "flavor" },
    flavors.map((each) => element("option", { value: each }, [each])),
  );
  flavor.addEventListener("change", () => {
    onFlavor(flavors.find((each) => each === flavor.value) ?? "finn-base");
  });
  const filter = element("input", { id: "filter", type: "text", placeholder: "name or operator" });
  filter.addEventListener("input", () => {
    onFilter(filter.value);
  });
  const count = element("span", { id: "node-count", class: "muted", role: "status" });
  const limited = element("p", { id: "limited", class: "notice", hidden: true });
  const table = createTable<Row>({
    id: "nodes",
    label: "Nodes",
    onSort,
    onOpen: ({ node }) => {
      onOpen(node.name);
    },
  });
  const root = element("section", { class: "tab" }, [
    element("div", { class: "toolbar", role: "toolbar", "aria-label": "Nodes" }, [
      element("label", {}, ["Cost as by ", flavor]),
      element("label", {}, ["Filter ", filter]),
      count,
    ]),
    limited,
    element("div", { class: "scroll rows" }, [table.root]),
  ]);
  return {
    root,
    show({ nodes, nodeCount }, shown, view) {
      flavor.value = shown;
      if (filter.value !== view.filter) filter.value = view.filter;
      const all = nodes.map((node, index): Row => ({ index, node, cost: node.costs[shown] }));
      const wanted = view.filter.trim().toLowerCase();
      const rows = all.filter(({ node }) => `${node.name} ${node.operator}`.toLowerCase().includes(wanted));
      setText(count, wanted === "" ? `${formatCount(nodeCount)} nodes` : `${rows.length} of ${nodes.length} nodes`);
      setShown(limited, nodes.length < nodeCount);
      setText(
        limited,
        `The graph has ${formatCount(nodeCount)} nodes: here are the ${formatCount(nodes.length)} that cost most. quantlens cost prints all that have a price.`,
      );
      table.show({ columns, rows, sort: view.sort, keyOf: ({ node }) => node.name });
    },
    focusRow(name) {
      const row = [...table.root.querySelectorAll<HTMLElement>("tbody tr")].find(({ dataset }) => dataset.row === name);
      row?.scrollIntoView({ block: "center" });
      row?.querySelector("button")?.focus();
      return row !== undefined;
    },
  };
}

const columns: readonly Column<Row>[] = [
  { key: "order", label: "Node", text: ({ node }) => node.name, value: ({ index }) => index, isOpener: true },
  { key: "operator", label: "Operator", text: ({ node }) => node.operator },
  scoreColumn(),
  amount("bops", "Bit-operations", ({ bops }) => bops),
  amount("memWBits", "Weight bits", ({ memWBits }) => memWBits),
  amount("memOBits", "Activation bits", ({ memOBits }) => memOBits),
  amount("macs", "MACs", ({ macs }) => macs),
  amount("density", "Density", ({ density }) => density, formatShare),
  { key: "shape", label: "Output", text: ({ node }) => (node.outputShape ? formatShape(node.outputShape) : "unknown") },
  { key: "inputType", label: "Input type", text: ({ cost }) => cost.inputType },
  { key: "weightType", label: "Weight type", text: ({ cost }) => cost.weightType ?? "" },
  { key: "outputType", label: "Output type", text: ({ cost }) => cost.outputType },
];

/** Of nodes with a price; empty for all others. */
function amount(
  key: string,
  label: string,
  of: (cost: NetworkNodeCost) => number | undefined,
  format: (value: number) => string = formatCount,
): Column<Row> {
  const ofPriced = ({ cost }: Row): number | undefined => (cost.price === "priced" ? of(cost) : undefined);
  return numberColumn({ key, label, of: ofPriced, format });
}

/** The share of the score, and in words why there is none. */
function scoreColumn(): Column<Row> {
  const shares = amount("share", "Score", ({ share }) => share, formatShare);
  return {
    ...shares,
    text: (row) => ({ priced: shares.text(row), free: "free", unsupported: "no price" })[row.cost.price],
    value: ({ cost: { price, share } }) => ({ priced: share, free: -1, unsupported: -2 })[price],
    className: ({ cost: { price } }) => ({ priced: "", free: "muted", unsupported: "worse" })[price],
  };
}
