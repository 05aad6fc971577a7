/** The editor of ONNX files. Every number in it comes from the server; here they are only placed and written. */
import { formatCount, formatShape } from "../../../../shared/format.js";
import type { NamedTensor, NetworkRecord } from "../../../../shared/network-messages.js";
import "../common/base.css";
import { element, perFrame, setShown, setText } from "../common/dom.js";
import { createGraphView } from "../common/graph-view.js";
import { connect } from "../common/host.js";
import { createTabs } from "../common/tabs.js";
import { createNodeTable } from "./node-table.js";
import { createOfficial } from "./official.js";
import "./onnx.css";
import { createTotals } from "./totals.js";
import { readView, type View } from "./view.js";

const host = connect<"onnx">((message) => {
  switch (message.kind) {
    case "network":
      network = message.network;
      render();
      break;
    case "noNetwork":
      network = undefined;
      setText(problem, message.message);
      render();
      break;
    case "drawing":
      graph.show(message.drawing);
      break;
    case "noDrawing":
      graph.fail(message.message);
      break;
  }
});

let network: NetworkRecord | undefined;
let view = readView(host.kept);
let isDrawn = false;

const facts = element("p", { id: "facts", class: "muted" });
const notices = element("div", { id: "notices" });
const problem = element("p", { id: "problem", class: "notice", role: "status" }, ["Reading the file ..."]);
const totals = createTotals();
const nodes = createNodeTable({
  onSort: (sort) => {
    change({ sort });
  },
  onFilter: (filter) => {
    change({ filter });
  },
  onFlavor: (flavor) => {
    change({ flavor });
  },
  onOpen: (name) => {
    change({ tab: "graph" });
    draw();
    graph.focusNode(name);
  },
});
const graph = createGraphView({
  onLook(look) {
    const other = look.form !== view.graph.form;
    change({ graph: look });
    if (other) host.post({ kind: "draw", form: look.form });
  },
  opens: ({ name }) => network?.nodes.some((node) => node.name === name) === true,
  onOpen({ name }) {
    if (name === undefined) return;
    change({ tab: "nodes", filter: "" });
    draw();
    nodes.focusRow(name);
  },
});
const graphTab = element("section", { class: "tab" }, [graph.root]);
const official = createOfficial();
const tabs = createTabs(
  "What is shown",
  [
    { key: "nodes", label: "Nodes", panel: nodes.root },
    { key: "graph", label: "Graph", panel: graphTab },
    { key: "official", label: "Official cost", panel: official.root },
  ],
  (tab) => {
    change({ tab });
  },
);
const content = element("div", { id: "content", hidden: true }, [
  facts,
  notices,
  element("div", { class: "scroll totals" }, [totals.root]),
  tabs.root,
  nodes.root,
  graphTab,
  official.root,
]);
host.root.append(element("h1", { id: "file" }, [document.title]), problem, content);

function change(changes: Partial<View>): void {
  view = { ...view, ...changes };
  host.keep(view);
  render();
}

const render = perFrame(draw);

function draw(): void {
  setShown(content, network !== undefined);
  setShown(problem, network === undefined);
  if (!network) return;
  const flavor = view.flavor ?? network.flavor;
  setText(facts, factsOf(network));
  notices.replaceChildren(...noticesOf(network).map((text) => element("p", { class: "notice" }, [text])));
  totals.show(network, flavor);
  tabs.show(view.tab);
  // What is hidden is shown when its tab is: a table of thousands of nodes need not follow the scrolling of the graph.
  if (view.tab === "nodes") nodes.show(network, flavor, view);
  if (view.tab === "official") official.show(network);
  graph.look(view.graph);
  if (view.tab === "graph" && !isDrawn) {
    // A drawing is made for those who look at it; from then on it follows the file.
    isDrawn = true;
    host.post({ kind: "draw", form: view.graph.form });
  }
  host.root.dataset.rendered = String(Number(host.root.dataset.rendered ?? 0) + 1);
}

function factsOf({ name, bytes, inputs, outputs, baseline, discountSparsity }: NetworkRecord): string {
  const zeros = discountSparsity ? "zeros discounted" : "zeros counted";
  return [
    ...(name === "" ? [] : [name]),
    `${formatCount(bytes)} bytes`,
    `in ${tensorsOf(inputs)}`,
    `out ${tensorsOf(outputs)}`,
    `${zeros}, baseline ${baseline}`,
  ].join(" · ");
}

/** Files may list hundreds. */
const mostTensors = 4;

function tensorsOf(tensors: readonly NamedTensor[]): string {
  const texts = tensors
    .slice(0, mostTensors)
    .map(({ name, shape, type }) => `${name} ${shape ? formatShape(shape) : "of unknown shape"} ${type}`);
  const rest = tensors.length - texts.length;
  return [...texts, ...(rest > 0 ? [`${rest} more`] : [])].join(", ") || "nothing";
}

function noticesOf({ notes, costs }: NetworkRecord): string[] {
  const unsupported = Object.entries(costs)
    .filter(([, cost]) => cost.unsupported.length > 0)
    .map(([flavor, cost]) => `${flavor} has no price for ${cost.unsupported.join(", ")}: such nodes count as nothing.`);
  return [...notes, ...unsupported];
}

host.post({ kind: "ready" });
