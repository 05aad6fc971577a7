/** Numbers in the source that are bit widths of quantisers, with all quantisers that each decides. */
import { computeTotals } from "../../../shared/cost/cost.js";
import { score } from "../../../shared/cost/score.js";
import type { CostTotals } from "../../../shared/cost/types.js";
import type { Origin } from "../../../shared/graph/graph.js";
import { graphIndex } from "../../../shared/graph/graph-index.js";
import { editableNumber } from "../../../shared/sandbox/locate.js";
import type { CallSite, Program, SourceRange } from "../../../shared/sandbox/program.js";
import { attributionOf, type RunAnalysis } from "../models/model-state.js";

/** A number literal, also one behind a constant or in a config row; or the place where one is missing. */
export interface BitWidthSite extends SourceRange {
  /** Absent in `int()`. */
  readonly value?: number;
  /** Names of the Quant nodes whose width it is. */
  readonly nodes: readonly string[];
  /** Layers whose weights or inputs have this width. */
  readonly layers: ReadonlySet<number>;
  /** The quantiser's call, the first one when a constant serves several. */
  readonly call: CallSite;
}

export interface WhatIf {
  readonly bits: number;
  readonly totals: CostTotals;
  readonly score: number;
  /** True for the width in force. */
  readonly current: boolean;
}

/** The widths that what-ifs try. */
const triedBits = [1, 2, 3, 4, 5, 6, 7, 8] as const;

const memo = new WeakMap<RunAnalysis, readonly BitWidthSite[]>();

/** All bit widths of a program, each place once. */
export function bitWidthSites(analysis: RunAnalysis): readonly BitWidthSite[] {
  let sites = memo.get(analysis);
  if (!sites) {
    sites = collect(analysis);
    memo.set(analysis, sites);
  }
  return sites;
}

/** The model's cost with this bit width at 1 to 8 bits. */
export function whatIfBits({ graph, cost, baseline }: RunAnalysis, site: BitWidthSite): WhatIf[] {
  return triedBits.map((bits) => {
    const changes = site.nodes.map((node) => ({ kind: "bits", node, bits }) as const);
    const { flavor, discountSparsity } = cost;
    const totals = computeTotals(graph, { flavor, discountSparsity, changes });
    return { bits, totals, score: score(totals, baseline), current: bits === site.value };
  });
}

interface Collected extends SourceRange {
  value?: number;
  readonly nodes: string[];
  readonly layers: Set<number>;
  readonly call: CallSite;
}

function collect(analysis: RunAnalysis): readonly BitWidthSite[] {
  const { program, graph } = analysis;
  const nodes = graphIndex(graph).nodes;
  const sites = new Map<string, Collected>();
  for (const quantizer of attributionOf(analysis).quantizers.values()) {
    const origin = nodes.get(quantizer.nodes[0] ?? "")?.quantizerOrigin;
    const found = origin && siteOf(program, origin);
    if (!found) continue;
    const key = `${found.file}:${found.start}`;
    const site = sites.get(key) ?? { ...found, nodes: [], layers: new Set<number>() };
    sites.set(key, site);
    site.nodes.push(...quantizer.nodes);
    for (const layer of quantizer.layers) site.layers.add(layer);
  }
  return [...sites.values()];
}

function siteOf(program: Program, origin: Origin): (SourceRange & { value?: number; call: CallSite }) | undefined {
  const call = program.calls.get(origin.calls.at(-1) ?? -1);
  if (!call) return undefined;
  const number = editableNumber(program, origin, [0]);
  if (number) return { ...number, call };
  // `int()`: the number goes before the closing parenthesis.
  const at = call.end - 1;
  return call.args.length === 0 ? { file: call.file, start: at, end: at, call } : undefined;
}
