/** How rules word what they found: prices, lists of layers, counts. Numbers themselves are written by `shared/format.ts`. */
import { score } from "../../cost/score.js";
import { formatBits, formatBops, formatCount, formatShare } from "../../format.js";
import type { GraphNode, Layer } from "../../graph/graph.js";
import type { Price } from "../../problems.js";
import type { RuleContext } from "../types.js";
import type { Facts } from "./facts.js";

/** `1 layer`, `3 layers`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `a`, `a and b`, `a, b and c`; of more than four the first three are named and the rest counted. */
export function listed(names: readonly string[]): string {
  const shown = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
  if (shown.length < 2) return shown.join("");
  return `${shown.slice(0, -1).join(", ")} and ${shown.at(-1) ?? ""}`;
}

/**
 * What a message calls nodes: `conv (quantConv1d)`, `10 quantConv1d layers (conv, conv_1, conv_2 and 7 more)`; nodes of
 * an ONNX file go by their names alone.
 */
export function layersPhrase(facts: Facts, nodes: readonly GraphNode[]): string {
  const layers = nodes.map((node) => sourceLayer(facts, node));
  const names = nodes.map((node, index) => layers[index]?.name ?? node.name);
  const kinds = [...new Set(layers.map((layer) => layer?.kind))];
  const kind = kinds.length === 1 ? kinds[0] : undefined;
  if (kind === undefined) return listed(names);
  return names.length === 1 ? `${names.join("")} (${kind})` : `${names.length} ${kind} layers (${listed(names)})`;
}

/** The layer of a model file that a node belongs to. */
export function sourceLayer(facts: Facts, node: GraphNode): Layer | undefined {
  const layer = facts.layerOf(node);
  return layer?.kind === node.opType ? undefined : layer;
}

/**
 * What ignoring a problem costs, ready to end a sentence with (it begins with a separator; empty when it costs nothing):
 * `: costs +7.33 Mbop = 38.1 % of all bit-ops (score 0.016211 → 0.011675 without)`.
 */
export function priceClause(context: RuleContext, price: Price): string {
  const { totals } = context.cost;
  const parts: string[] = [];
  if (price.bops > 0)
    parts.push(`+${formatBops(price.bops)} = ${formatShare(price.bops / totals.bops)} of all bit-ops`);
  if (price.memWBits > 0) {
    parts.push(
      `+${formatBits(price.memWBits)} = ${formatShare(price.memWBits / totals.memWBits)} of the weight memory`,
    );
  }
  return parts.length === 0 ? "" : `: costs ${parts.join(" and ")} (${scoreChange(context, price)} without)`;
}

/**
 * `score 0.016211 → 0.011675`: now, and without what the price stands for.
 * Six decimals, as the challenge publishes scores, because three digits would hide what one layer changes.
 */
export function scoreChange(context: RuleContext, price: Price): string {
  const { totals } = context.cost;
  const mended = { bops: totals.bops - price.bops, memWBits: totals.memWBits - price.memWBits };
  return `score ${score(totals, context.baseline).toFixed(6)} → ${score(mended, context.baseline).toFixed(6)}`;
}

/** `18 bits`, or `14 to 18 bits` for several executions. */
export function bitsRange(bits: readonly number[]): string {
  const [least, most] = [Math.min(...bits), Math.max(...bits)];
  return least === most ? `${most} bits` : `${least} to ${most} bits`;
}
