/** Where findings point: call sites and options in a model file, nodes in an ONNX graph. */
import type { GraphNode, NodeRole, Origin } from "../../graph/graph.js";
import type { OptionPath, ProblemTarget } from "../../problems.js";
import type { Finding, RuleContext } from "../types.js";
import type { Facts } from "./facts.js";
import type { Quantizer } from "./quantizers.js";

/** The layer option that a quantiser is the value of. */
const optionOfRole: Partial<Record<NodeRole, string>> = {
  weightQuant: "weightQuant",
  biasQuant: "biasQuant",
  inputQuant: "inputQuant",
  actQuant: "actQuant",
  outputQuant: "outputQuant",
};

/** The call that made a node, or the node itself where there is no source. */
export function layerTarget(facts: Facts, node: GraphNode, path?: OptionPath): ProblemTarget {
  const origin = facts.layerOf(node)?.origin;
  return origin ? siteTarget(origin, path) : { kind: "node", node: node.name };
}

/** The quantiser's own call (`int(6)`), else the layer option that it is, else its node. */
export function quantizerTarget(facts: Facts, quantizer: Quantizer, path?: OptionPath): ProblemTarget {
  const { node } = quantizer;
  if (node.quantizerOrigin) return siteTarget(node.quantizerOrigin, path);
  const option = quantizerOption(quantizer);
  return layerTarget(facts, node, option === undefined ? undefined : [option]);
}

/** Name of the layer option that holds the quantiser; `undefined` in graphs without source. */
export function quantizerOption(quantizer: Pick<Quantizer, "node">): string | undefined {
  return quantizer.node.role && optionOfRole[quantizer.node.role];
}

/** What the model file says about a quantiser, as the layer's record has it: its kind (`binary`) and options. */
export function writtenOptions(facts: Facts, { node }: Quantizer): Readonly<Record<string, unknown>> | undefined {
  const option = quantizerOption({ node });
  const written = option === undefined ? undefined : facts.layerOf(node)?.options[option];
  return typeof written === "object" && written !== null ? (written as Readonly<Record<string, unknown>>) : undefined;
}

export function siteTarget(origin: Origin, path?: OptionPath): ProblemTarget {
  return { kind: "site", origin, ...(path && { path }) };
}

/** Findings of several executions that stand at the same place in the source. */
export interface Place<T> {
  readonly target: ProblemTarget;
  readonly first: T;
  /** All, `first` included, in graph order. */
  readonly items: readonly T[];
}

/**
 * Gathers what stands at the same place: a helper called in a loop is one finding, not one per round.
 * `variantOf` keeps apart what must be said differently (the value found); with `oncePerFile` all nodes of an ONNX file
 * are one place.
 */
export function groupByPlace<T>(
  context: RuleContext,
  items: readonly T[],
  targetOf: (item: T) => ProblemTarget,
  variantOf: (item: T) => string = () => "",
  oncePerFile = false,
): Place<T>[] {
  const places = new Map<string, { target: ProblemTarget; first: T; items: T[] }>();
  for (const item of items) {
    const target = targetOf(item);
    const whole = oncePerFile && target.kind === "node";
    const key = `${whole ? "file" : (context.placeOf?.(target) ?? placeKey(target))}\n${variantOf(item)}`;
    const place = places.get(key);
    if (place) place.items.push(item);
    else places.set(key, { target, first: item, items: [item] });
  }
  return [...places.values()];
}

/** `related` entries for further places, left out when there are none. */
export function relatedEntries<T>(
  items: readonly T[],
  targetOf: (item: T) => ProblemTarget,
  messageOf: (item: T) => string,
): Pick<Finding, "related"> {
  if (items.length === 0) return {};
  return { related: items.map((item) => ({ message: messageOf(item), target: targetOf(item) })) };
}

/** Same call and option, whichever way it was reached. */
function placeKey(target: ProblemTarget): string {
  switch (target.kind) {
    case "site":
      return `site ${target.origin.calls.at(-1) ?? ""} ${(target.path ?? []).join(".")}`;
    case "range":
      return `range ${target.file} ${target.start} ${target.end}`;
    case "node":
      return `node ${target.node}`;
    case "model":
      return `model ${(target.path ?? []).join(".")}`;
  }
}
