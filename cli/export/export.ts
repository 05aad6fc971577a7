/** `quantlens export`: a trained model as ONNX, with its cost beside it. */
import { existsSync } from "node:fs";
import { analyzeOnnx, defaultAnalysisOptions } from "../../shared/analysis/analyze.js";
import { computeCost } from "../../shared/cost/cost.js";
import { netronAttachment } from "../../shared/cost/netron.js";
import { officialDictionary } from "../../shared/cost/official.js";
import { score } from "../../shared/cost/score.js";
import type { Baseline, CostReport } from "../../shared/cost/types.js";
import type { CostFlavor } from "../../shared/graph/datatype.js";
import type { Graph } from "../../shared/graph/graph.js";
import { toQcdq } from "../../shared/onnx/qcdq/convert.js";
import { readOnnx } from "../../shared/onnx/read.js";
import { writeQonnx } from "../../shared/onnx/write.js";
import { applyWeights } from "../../shared/weights/apply.js";
import { CliError, exitCodes } from "../errors.js";
import { loadNetwork } from "../import/load-network.js";
import { flavors, type exportFormats, type RunOptions } from "../options.js";
import { writeFileAtomic } from "../output/atomic-file.js";
import { findingsOf } from "../output/findings.js";
import { writeMessage } from "../output/streams.js";
import { programWeights } from "../train/lower/program-weights.js";
import { loadTrainableModel, type TrainableModel } from "../train/model.js";
import { trainedGraph } from "./trained-graph.js";

export interface ExportOptions extends RunOptions {
  readonly weights: string;
  readonly format: (typeof exportFormats)[number];
  readonly output: string;
  readonly force: boolean;
}

/** Writes the ONNX file and what belongs to it, and says so; gives the exit code. */
export async function exportModel(file: string, options: ExportOptions, version: string): Promise<number> {
  const { onnx, cost, score: value } = await writeExport(file, options, version);
  writeMessage(`${onnx}: score ${value.toFixed(6)} (costs in ${cost}).`);
  return exitCodes.clean;
}

/** What was written, and the score of finn-base's cost. */
export interface WrittenExport {
  readonly onnx: string;
  readonly cost: string;
  readonly netron: string;
  readonly score: number;
}

/** Writes the ONNX file, `<name>.cost.json` and `<name>.netron.json`. */
export async function writeExport(file: string, options: ExportOptions, version: string): Promise<WrittenExport> {
  const { weights, format, output, force } = options;
  if (!output.endsWith(".onnx")) throw new CliError(`${output} cannot be the ONNX file: its name must end with .onnx.`);
  const base = output.slice(0, -".onnx".length);
  const outputs = { onnx: output, cost: `${base}.cost.json`, netron: `${base}.netron.json` };
  const existing = Object.values(outputs).find((name) => existsSync(name));
  if (existing !== undefined && !force) {
    throw new CliError(`${existing} exists: choose another name, or --force to replace it.`);
  }
  const model = await loadTrainableModel(file, options);
  const trained = { program: model.program, ...loadNetwork(weights, model.program) };
  const graph = trainedGraph(model.graph, trained);
  const costs = costsOf(graph, model.baseline);
  const bytes = writeQonnx(format === "qcdq" ? qcdqOf(graph, file) : graph, {
    producerVersion: version,
    metadata: metadataOf(model, costs, format),
  });
  // Costs of QCDQ are those of 8-bit containers: what is compared is the QONNX form of the same graph.
  confirmCosts(
    format === "qonnx" ? bytes : writeQonnx(graph),
    applyWeights(model.graph, programWeights(trained)).value,
  );
  writeFileAtomic(outputs.cost, `${JSON.stringify(costJson(costs), undefined, 2)}\n`);
  writeFileAtomic(
    outputs.netron,
    `${JSON.stringify(netronAttachment(costs["finn-base"].report, graph), undefined, 2)}\n`,
  );
  writeFileAtomic(outputs.onnx, bytes);
  return { ...outputs, score: costs["finn-base"].score };
}

interface Costed {
  readonly report: CostReport;
  readonly score: number;
}

type Costs = Readonly<Record<CostFlavor, Costed>>;

function costsOf(graph: Graph, baseline: Baseline): Costs {
  const costed = (flavor: CostFlavor): Costed => {
    const report = computeCost(graph, { flavor, discountSparsity: true });
    return { report, score: score(report.totals, baseline) };
  };
  return { "finn-base": costed("finn-base"), qonnx: costed("qonnx") };
}

/** Both tools' dictionaries, each with its score. */
function costJson(costs: Costs): Record<string, unknown> {
  return Object.fromEntries(
    flavors.map((flavor) => {
      const { report, score: value } = costs[flavor];
      return [flavor, { ...officialDictionary(report, true), quantlens: { score: value } }];
    }),
  );
}

function metadataOf({ sha256 }: TrainableModel, costs: Costs, format: string): Record<string, string> {
  const { report, score: value } = costs["finn-base"];
  return {
    "quantlens.format": format,
    "quantlens.model_sha256": sha256,
    "quantlens.score": String(value),
    "quantlens.total_bops": String(report.totals.bops),
    "quantlens.total_mem_w_bits": String(report.totals.memWBits),
  };
}

/** Throws a `CliError` with the sentences of the rules that the graph breaks for QCDQ. */
function qcdqOf(graph: Graph, file: string): Graph {
  const analysis = analyzeOnnx(graph, { ...defaultAnalysisOptions, profile: "qcdq" });
  const errors = findingsOf(file, analysis).filter(({ severity }) => severity === "error");
  const refused = errors.filter(({ code }) => qcdqLimits.has(code));
  if (refused.length > 0)
    throw new CliError(refused.map(({ message, code }) => `${file}: ${message} (${code})`).join("\n"));
  return toQcdq(graph);
}

/** The rules about what QuantizeLinear, Clip and DequantizeLinear can express. */
const qcdqLimits: ReadonlySet<string> = new Set([
  "bit-width-range",
  "rounding-mode",
  "scale-granularity",
  "non-uniform-quantiser",
  "unsupported-op",
  "bias-quantiser",
]);

/** The file that is about to be written must cost what the model file costs with the same weights, to the last bit. */
function confirmCosts(bytes: Uint8Array, expected: Graph): void {
  const read = readOnnx(bytes).value;
  for (const flavor of flavors) {
    const options = { flavor, discountSparsity: true };
    const [written, wanted] = [read && computeCost(read, options).totals, computeCost(expected, options).totals];
    if (written?.bops !== wanted.bops || written.memWBits !== wanted.memWBits) {
      throw new Error(`The file would cost ${String(written?.bops)} bit-operations and the model costs ${wanted.bops}`);
    }
  }
}
