/** What an exported network costs, and that the file says so. */
import { computeCost } from "../../shared/cost/cost.js";
import { officialDictionary } from "../../shared/cost/official.js";
import { score } from "../../shared/cost/score.js";
import type { Baseline, CostReport } from "../../shared/cost/types.js";
import type { CostFlavor } from "../../shared/graph/datatype.js";
import type { Graph } from "../../shared/graph/graph.js";
import { readOnnx } from "../../shared/onnx/read.js";
import { CliError } from "../errors.js";
import { flavors } from "../options.js";
import type { TrainableModel } from "../train/model.js";

interface Costed {
  readonly report: CostReport;
  readonly score: number;
}

export type Costs = Readonly<Record<CostFlavor, Costed>>;

export function costsOf(graph: Graph, baseline: Baseline): Costs {
  const costed = (flavor: CostFlavor): Costed => {
    const report = computeCost(graph, { flavor, discountSparsity: true });
    return { report, score: score(report.totals, baseline) };
  };
  return { "finn-base": costed("finn-base"), qonnx: costed("qonnx") };
}

/** Both tools' dictionaries, each with its score. */
export function costJson(costs: Costs): string {
  const official = Object.fromEntries(
    flavors.map((flavor) => {
      const { report, score: value } = costs[flavor];
      return [flavor, { ...officialDictionary(report, true), quantlens: { score: value } }];
    }),
  );
  return `${JSON.stringify(official, undefined, 2)}\n`;
}

/** For the file's `metadata_props`. */
export function metadataOf(
  { sha256 }: TrainableModel,
  costs: Costs,
  { format, version }: { readonly format: string; readonly version: string },
): Record<string, string> {
  const { report, score: value } = costs["finn-base"];
  return {
    "quantlens.version": version,
    "quantlens.format": format,
    "quantlens.model_sha256": sha256,
    "quantlens.score": String(value),
    "quantlens.total_bops": String(report.totals.bops),
    "quantlens.total_mem_w_bits": String(report.totals.memWBits),
  };
}

/** The file that is about to be written must cost what the model file costs with the same weights, to the last bit. */
export function confirmCosts(bytes: Uint8Array, expected: Graph): void {
  const read = readOnnx(bytes).value;
  for (const flavor of flavors) {
    const options = { flavor, discountSparsity: true };
    const [written, wanted] = [read && computeCost(read, options).totals, computeCost(expected, options).totals];
    if (written?.bops !== wanted.bops || written.memWBits !== wanted.memWBits) {
      throw new CliError(
        `The file would cost ${String(written?.bops)} bit-operations and ${String(written?.memWBits)} bits by ${flavor} where the model file costs ${wanted.bops} and ${wanted.memWBits}, so it was not written: this is an error of QuantLens, please report it.`,
      );
    }
  }
}
