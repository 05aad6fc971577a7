/** Which entry of a weights file belongs to which weight of a model: by name, else by order and shape. */
import type { Shape, Tensor } from "../graph/graph.js";
import type { WeightEntry, WeightSet } from "./types.js";

export interface WeightMatch {
  readonly tensor: Tensor;
  readonly entry: WeightEntry;
}

export interface MatchResult {
  readonly matches: readonly WeightMatch[];
  /** One sentence each. */
  readonly mismatches: readonly string[];
}

/**
 * Pairs a model's weights with a file's entries: by name (checkpoints of this project carry the model's names) or by
 * order and shape (files of other programs), whichever places more weights; by name when both place as many.
 *
 * In order, the entries that can be weights (two dimensions or more) are taken, each weight the next one of its shape,
 * so that a layer too many on either side leaves the rest in place.
 */
export function matchWeights(weights: readonly Tensor[], set: WeightSet): MatchResult {
  const byName = matchByName(weights, set);
  if (byName.mismatches.length === 0) return byName;
  const byOrder = matchByOrder(weights, set);
  return byOrder.matches.length > byName.matches.length ? byOrder : byName;
}

function matchByName(weights: readonly Tensor[], { entries, source }: WeightSet): MatchResult {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const matches: WeightMatch[] = [];
  const mismatches: string[] = [];
  for (const tensor of weights) {
    const entry = byName.get(tensor.name);
    const shape = tensor.shape ?? [];
    if (entry === undefined) mismatches.push(missing(tensor, source));
    else if (sameShape(entry.shape, shape)) matches.push({ tensor, entry });
    else {
      mismatches.push(
        `The weight "${tensor.name}" is ${formatShape(shape)} in the model and ${formatShape(entry.shape)} in ${source}; train the model again or choose the weights of this architecture.`,
      );
    }
  }
  return { matches, mismatches };
}

function matchByOrder(weights: readonly Tensor[], set: WeightSet): MatchResult {
  const { source } = set;
  const entries = naturalOrder(set.entries.filter((entry) => entry.shape.length > 1));
  const matches: WeightMatch[] = [];
  const mismatches: string[] = [];
  const used = new Set<WeightEntry>();
  let next = 0;
  for (const tensor of weights) {
    const place = entries.findIndex((entry, index) => index >= next && sameShape(entry.shape, tensor.shape ?? []));
    const entry = entries[place];
    if (entry === undefined) mismatches.push(missing(tensor, source));
    else {
      matches.push({ tensor, entry });
      used.add(entry);
      next = place + 1;
    }
  }
  const left = entries.filter((entry) => !used.has(entry));
  if (left[0] !== undefined) {
    mismatches.push(
      `${source} has ${left.length === 1 ? "a weight" : `${left.length} weights`} that no layer of the model takes ("${left[0].name}", ${formatShape(left[0].shape)}${left.length > 1 ? ", ..." : ""}); choose the weights of this architecture.`,
    );
  }
  return { matches, mismatches };
}

function missing(tensor: Tensor, source: string): string {
  return `No weight in ${source} fits "${tensor.name}" (${formatShape(tensor.shape ?? [])}) of the model; train the model again or choose the weights of this architecture.`;
}

/** safetensors files are often sorted by name; then "conv.10" is meant to come after "conv.9", not after "conv.1". */
function naturalOrder(entries: readonly WeightEntry[]): readonly WeightEntry[] {
  const sorted = entries.every((entry, index) => index === 0 || (entries[index - 1]?.name ?? "") <= entry.name);
  if (!sorted) return entries;
  const collator = new Intl.Collator("en", { numeric: true });
  return entries.toSorted((a, b) => collator.compare(a.name, b.name));
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

function formatShape(shape: Shape): string {
  return shape.length === 0 ? "a scalar" : shape.join("×");
}
