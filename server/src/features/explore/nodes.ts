/** The parts of a model with their costs: by the calls that made the layers, and by rows of configuration arrays. */
import type { NodeCost } from "../../../../shared/cost/types.js";
import type { CostNode, MessageLocation } from "../../../../shared/messages.js";
import type { ElementSite, SourceRange } from "../../../../shared/sandbox/program.js";
import type { RunAnalysis, ShownModel } from "../../models/model-state.js";
import { callTree, type CallTree } from "../call-tree.js";
import { byLayer, changed, densityOf, shareOf, sumOf } from "./numbers.js";
import { uniqueIds } from "./unique-ids.js";

/** A part of the model before it is priced. */
export interface Part {
  readonly id: string;
  readonly label: string;
  readonly kind: CostNode["kind"];
  readonly layers: readonly number[];
  readonly location?: MessageLocation;
  readonly children: readonly Part[];
}

const maxLabelLength = 60;

/** By the chain of calls; the layers themselves are the leaves. */
export function callParts(shown: ShownModel): Part {
  return { ...rootOf(shown), children: callChildren(shown, callTree(shown.analysis), "") };
}

/** By rows of configuration arrays, layers below; `undefined` for a model without such rows. */
export function rowParts(shown: ShownModel): Part | undefined {
  const { graph, program } = shown.analysis;
  const root = emptyRows();
  for (const { index, origin } of graph.layers) {
    let at = root;
    at.layers.push(index);
    for (const row of origin?.rows ?? []) {
      const next = at.rows.get(row) ?? emptyRows();
      at.rows.set(row, next);
      next.layers.push(index);
      at = next;
    }
    at.own.push(index);
  }
  if (root.rows.size === 0) return undefined;
  const childrenOf = (tree: RowTree, parent: string): Part[] => {
    const nextId = uniqueIds();
    const rows = [...tree.rows].map(([id, below]): Part => {
      const site = program.elements.get(id);
      const label = site ? rowLabel(site) : "row";
      const own = `${parent}/${nextId(label)}`;
      const { layers } = below;
      return { id: own, label, kind: "row", layers, ...located(shown, site), children: childrenOf(below, own) };
    });
    return inOrder([...rows, ...tree.own.map((layer) => layerPart(shown, layer))]);
  };
  return { ...rootOf(shown), children: childrenOf(root, "") };
}

interface RowTree {
  readonly rows: Map<number, RowTree>;
  /** Layers of this row and no row within it. */
  readonly own: number[];
  readonly layers: number[];
}

function emptyRows(): RowTree {
  return { rows: new Map(), own: [], layers: [] };
}

/** Prices parts. `whatIf` is of the same graph. */
export function priceParts(root: Part, analysis: RunAnalysis, whatIf: readonly NodeCost[] | undefined): CostNode {
  const now = byLayer(analysis.cost.nodes);
  const then = whatIf && byLayer(whatIf);
  const whole = sumOf(root.layers, then ?? now);
  const price = ({ children, ...rest }: Part): CostNode => {
    const cost = sumOf(rest.layers, now);
    const after = then && sumOf(rest.layers, then);
    const density = densityOf(rest.layers, then ?? now);
    return {
      ...rest,
      cost,
      ...(after && { whatIf: changed(after, cost) }),
      share: shareOf(after ?? cost, whole),
      ...(density !== undefined && { density }),
      children: children.map(price),
    };
  };
  return price(root);
}

function rootOf({ analysis, sources }: ShownModel): Omit<Part, "children"> {
  const call = analysis.program.calls.get(analysis.program.modelCall ?? -1);
  const location = call && sources.locationOf({ file: call.file, ...call.calleeSpan });
  return {
    id: "/",
    label: analysis.definition.name || "model",
    kind: "model",
    layers: analysis.graph.layers.map(({ index }) => index),
    ...(location && { location }),
  };
}

function callChildren(shown: ShownModel, tree: CallTree, parent: string): Part[] {
  const nextId = uniqueIds();
  const parts = [...tree.children].flatMap(([id, below]): Part[] => {
    const call = shown.analysis.program.calls.get(id);
    if (!call) return [];
    const [only, ...others] = below.layers;
    if (below.leaf && below.children.size === 0 && only !== undefined && others.length === 0) {
      return [layerPart(shown, only)];
    }
    const label = shortened(call.callee);
    const own = `${parent}/${nextId(label)}`;
    const { layers } = below;
    const children = callChildren(shown, below, own);
    return [{ id: own, label, kind: "call", layers, ...located(shown, call), children }];
  });
  const inCalls = new Set(parts.flatMap(({ layers }) => layers));
  const own = tree.layers.filter((layer) => !inCalls.has(layer));
  return inOrder([...parts, ...own.map((layer) => layerPart(shown, layer))]);
}

/** Layers are named by themselves: their names are unique and survive edits. */
function layerPart(shown: ShownModel, index: number): Part {
  const { graph, program } = shown.analysis;
  const { name = "", kind = "", origin } = graph.layers[index] ?? {};
  const call = program.calls.get(origin?.calls.at(-1) ?? -1);
  const label = name === "" ? kind : name;
  return { id: `layer:${label}`, label, kind: "layer", layers: [index], ...located(shown, call), children: [] };
}

function located({ sources }: ShownModel, place: SourceRange | undefined): Pick<Part, "location"> {
  const location = place && sources.locationOf(place);
  return location ? { location } : {};
}

function rowLabel({ arrayName, index }: ElementSite): string {
  return `${arrayName ?? "row"}[${index}]`;
}

function shortened(callee: string): string {
  const text = callee.replace(/\s+/g, " ");
  return text.length > maxLabelLength ? `${text.slice(0, maxLabelLength - 1)}…` : text;
}

/** In execution order. */
function inOrder(parts: readonly Part[]): Part[] {
  return [...parts].sort((a, b) => (a.layers[0] ?? 0) - (b.layers[0] ?? 0));
}
