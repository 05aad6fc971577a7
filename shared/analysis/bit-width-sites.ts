/** Numbers in the source that are bit widths of quantisers, with all quantisers that each decides. */
import type { Attribution, QuantizerCost } from "../cost/attribution.js";
import type { Graph, GraphNode, Origin } from "../graph/graph.js";
import { graphIndex } from "../graph/graph-index.js";
import { editableNumber } from "../sandbox/locate.js";
import type { CallSite, Program, SourceRange } from "../sandbox/program.js";

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

/** All bit widths of a program, each place once. `attribution` is that of the graph's cost. */
export function bitWidthSites(program: Program, graph: Graph, attribution: Attribution): readonly BitWidthSite[] {
  const sites = new Map<string, BitWidthSite>();
  for (const quantizer of attribution.quantizers.values()) {
    for (const [key, { nodes, layers, ...place }] of sitesOf(program, graph, quantizer)) {
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

/** True unless the call is known to be of a quantiser that has no width to choose, such as `binary()`. */
export function hasWidth({ dslName }: CallSite): boolean {
  return dslName === undefined || dslName === "int" || dslName === "uint";
}

type Place = SourceRange & { readonly value?: number; readonly call: CallSite };

/** One call of a quantiser may read its width from several config rows: a site for each. */
function sitesOf(program: Program, graph: Graph, quantizer: QuantizerCost): ReadonlyMap<string, BitWidthSite> {
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
  if (!call || !hasWidth(call)) return undefined;
  const number = editableNumber(program, origin, [0]);
  if (number) return { ...number.range, value: number.value, call };
  // `int()`: the number goes before the closing parenthesis.
  const at = call.end - 1;
  return call.args.length === 0 ? { file: call.file, start: at, end: at, call } : undefined;
}
