/** What a search varies: numbers in the source that are widths of quantisers which the network is charged for. */
import { bitWidthSites, type BitWidthSite } from "../../shared/analysis/bit-width-sites.js";
import { attribute } from "../../shared/cost/attribution.js";
import { computeCost } from "../../shared/cost/cost.js";
import type { CostFlavor } from "../../shared/graph/datatype.js";
import type { Graph } from "../../shared/graph/graph.js";
import type { Program } from "../../shared/sandbox/program.js";
import type { TrainProgram } from "../train/program.js";

/** A number in the source, with all quantisers whose width it is: a helper that feeds many layers has one for all. */
export interface Location {
  readonly site: BitWidthSite & { readonly value: number };
  /** Names of the layers whose weights or inputs have this width. */
  readonly layers: readonly string[];
  /** Widths to try, from the one that is written downwards. */
  readonly widths: readonly number[];
}

/** All of a program's, in the order of the source. `minBits`: the least width to try. */
export function searchLocations(
  { program, graph, trained }: { readonly program: Program; readonly graph: Graph; readonly trained: TrainProgram },
  flavor: CostFlavor,
  minBits: number,
): readonly Location[] {
  const attribution = attribute(computeCost(graph, { flavor, discountSparsity: true }), graph);
  const integers = new Set(
    trained.quantizers.flatMap(({ name, twins = [], kind }) => (kind === "int" ? [name, ...twins] : [])),
  );
  return bitWidthSites(program, graph, attribution)
    .flatMap((site): Location[] => {
      const { value, nodes } = site;
      if (value === undefined || value <= minBits || !nodes.every((node) => integers.has(node))) return [];
      const layers = [...site.layers].sort((a, b) => a - b).flatMap((index) => graph.layers[index]?.name ?? []);
      const widths = Array.from({ length: value - minBits + 1 }, (_, step) => value - step);
      return layers.length === 0 ? [] : [{ site: { ...site, value }, layers, widths }];
    })
    .toSorted(({ site: a }, { site: b }) => (a.file === b.file ? a.start - b.start : a.file < b.file ? -1 : 1));
}

/** The same program with these quantisers at another width. Thresholds stay what they are, so steps become larger. */
export function withWidth(program: TrainProgram, nodes: readonly string[], bits: number): TrainProgram {
  const changed = new Set(nodes);
  return {
    ...program,
    quantizers: program.quantizers.map((spec) =>
      [spec.name, ...(spec.twins ?? [])].some((name) => changed.has(name)) ? { ...spec, bits } : spec,
    ),
  };
}
