/** Numbers in the source that are bit widths of quantisers, with all quantisers that each decides. */
import type { QuantizerCost } from "../../../shared/cost/attribution.js";
import { computeTotals } from "../../../shared/cost/cost.js";
import { score } from "../../../shared/cost/score.js";
import type { CostTotals } from "../../../shared/cost/types.js";
import type { GraphNode, Origin } from "../../../shared/graph/graph.js";
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

type Place = SourceRange & { readonly value?: number; readonly call: CallSite };

function collect(analysis: RunAnalysis): readonly BitWidthSite[] {
  const sites = new Map<string, BitWidthSite>();
  for (const quantizer of attributionOf(analysis).quantizers.values()) {
    for (const [key, { nodes, layers, ...place }] of sitesOf(analysis, quantizer)) {
      const known = sites.get(key);
      sites.set(key, {
        ...place,
        nodes: [...(known?.nodes ?? []), ...nodes],
        layers: new Set([...(known?.layers ?? []), ...layers]),
      });
    }
  }
  return [...sites.values()];
}

/** One call of a quantiser may read its width from several config rows: a site for each. */
function sitesOf({ program, graph }: RunAnalysis, quantizer: QuantizerCost): ReadonlyMap<string, BitWidthSite> {
  const byPlace = new Map<string, { readonly place: Place; readonly nodes: GraphNode[] }>();
  for (const name of quantizer.nodes) {
    const node = graphIndex(graph).nodes.get(name);
    const place = node?.quantizerOrigin && placeOf(program, node.quantizerOrigin);
    if (!node || !place) continue;
    const key = `${place.file}:${place.start}`;
    const known = byPlace.get(key);
    if (known) known.nodes.push(node);
    else byPlace.set(key, { place, nodes: [node] });
  }
  const sites = [...byPlace].map(([key, { place, nodes }]): [string, BitWidthSite] => {
    // Where one number decides all, the layers that read the widths are known, not only those that quantise.
    const layers = byPlace.size === 1 ? quantizer.layers : nodes.flatMap(({ layer }) => layer ?? []);
    return [key, { ...place, nodes: nodes.map(({ name }) => name), layers: new Set(layers) }];
  });
  return new Map(sites);
}

function placeOf(program: Program, origin: Origin): Place | undefined {
  const call = program.calls.get(origin.calls.at(-1) ?? -1);
  if (!call) return undefined;
  const number = editableNumber(program, origin, [0]);
  if (number) return { ...number.range, value: number.value, call };
  // `int()`: the number goes before the closing parenthesis.
  const at = call.end - 1;
  return call.args.length === 0 ? { file: call.file, start: at, end: at, call } : undefined;
}
