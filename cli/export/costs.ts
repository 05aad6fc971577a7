/** What an exported network costs, and that the file says so. */
import { computeCost } from "../../shared/cost/cost.js";
import { officialDictionary } from "../../shared/cost/official.js";
import { score } from "../../shared/cost/score.js";
import type { Baseline, CostReport } from "../../shared/cost/types.js";
import type { CostFlavor } from "../../shared/graph/datatype.js";
import type { Graph } from "../../shared/graph/graph.js";
import { deferredValues } from "../../shared/graph/values/tensor-value.js";
import { fromQcdq } from "../../shared/import/from-qcdq.js";
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

/**
 * The file that is about to be written must cost what the model file costs with the same weights, to the last bit. The
 * official cost of a QCDQ file is that of its containers: what is compared are the quantisers that it stands for.
 * @param written the graph that the bytes were made of, whose arrays stand for what is read of them where they are the same.
 */
export function confirmCosts(bytes: Uint8Array, written: Graph, expected: Graph): void {
  const known = new Map([...written.tensors].flatMap(([name, { data }]) => (data ? [[name, data] as const] : [])));
  const file = readOnnx(bytes, { known }).value;
  const read = file && fromQcdq(file, deferredValues()).graph;
  for (const flavor of flavors) {
    const options = { flavor, discountSparsity: true };
    const [found, wanted] = [read && computeCost(read, options).totals, computeCost(expected, options).totals];
    if (found?.bops !== wanted.bops || found.memWBits !== wanted.memWBits) {
      throw new CliError(
        `The file would cost ${String(found?.bops)} bit-operations and ${String(found?.memWBits)} bits by ${flavor} where the model file costs ${wanted.bops} and ${wanted.memWBits}, so it was not written: this is an error of QuantLens, please report it.`,
      );
    }
  }
}
