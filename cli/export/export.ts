/** `quantlens export`: a trained model as ONNX with its cost beside it, or as PyTorch and Brevitas. */
import { statSync } from "node:fs";
import path from "node:path";
import { netronAttachment } from "../../shared/cost/netron.js";
import type { CostTotals } from "../../shared/cost/types.js";
import { needsOpset10, writeQonnx, type Dialect } from "../../shared/onnx/write.js";
import { applyWeights } from "../../shared/weights/apply.js";
import { writePth } from "../../shared/weights/pth/write.js";
import { CliError, exitCodes } from "../errors.js";
import { endRunner } from "../input/host.js";
import { loadNetwork } from "../import/load-network.js";
import type { dialects, exportFormats, RunOptions } from "../options.js";
import { checkPlaces, writeFilesAtomic } from "../output/atomic-file.js";
import { shownPath } from "../output/paths.js";
import { writeMessage } from "../output/streams.js";
import { evaluatedNetwork } from "../train/lower/program-weights.js";
import { loadTrainableModel, type TrainableModel } from "../train/model.js";
import { brevitasOf } from "./brevitas/brevitas.js";
import { isIdentifier } from "./brevitas/python.js";
import { confirmCosts, costJson, costsOf, metadataOf } from "./costs.js";
import { qcdqOf } from "./qcdq.js";
import { recordExport } from "./record-export.js";
import { trainedGraph } from "./trained-graph.js";

export interface ExportOptions extends RunOptions {
  readonly weights: string;
  readonly format: (typeof exportFormats)[number];
  /** Of QONNX. Default: `qonnx`. */
  readonly dialect?: (typeof dialects)[number];
  readonly output: string;
  readonly force: boolean;
}

/** Writes the model and what belongs to it, and says so; gives the exit code. */
export async function exportModel(file: string, options: ExportOptions, version: string): Promise<number> {
  if (options.format === "brevitas") {
    const { source, state, script } = await writeBrevitas(file, options, version);
    writeMessage(
      `${source}: weights in ${state}, exported and costed by ${script}; not run here, since it needs Brevitas.`,
    );
    return exitCodes.clean;
  }
  const { onnx, cost, score: value, totals, model } = await writeExport(file, options, version);
  writeMessage(`${onnx}: score ${value.toFixed(6)} (costs in ${cost}).`);
  const { weights, format } = options;
  await recordExport({ model, output: onnx, weights, format, score: value, totals });
  return exitCodes.clean;
}

/** What was written, and the score of finn-base's cost. */
export interface WrittenExport {
  readonly onnx: string;
  readonly cost: string;
  readonly netron: string;
  readonly score: number;
  /** finn-base's cost. */
  readonly totals: CostTotals;
  readonly model: TrainableModel;
}

/** Writes the ONNX file, `<name>.cost.json` and `<name>.netron.json`. */
export async function writeExport(file: string, options: ExportOptions, version: string): Promise<WrittenExport> {
  const { format, dialect = "qonnx", output } = options;
  if (format === "qcdq" && dialect !== "qonnx")
    throw new CliError(`--dialect ${dialect} is a form of QONNX: leave it out with --format qcdq.`);
  const base = baseOf(output, ".onnx", "ONNX file");
  const outputs = { onnx: output, cost: `${base}.cost.json`, netron: `${base}.netron.json` };
  checkNew(Object.values(outputs), options);
  const { model, trained } = await loadTrained(file, options);
  const graph = trainedGraph(model.graph, trained);
  const costs = costsOf(graph, model.baseline);
  const given = { producerVersion: version, metadata: metadataOf(model, costs, { format, version }), dialect };
  if (dialect === "brevitas-0.6") checkDialect(file, model);
  const written = format === "qcdq" ? qcdqOf(graph, file) : graph;
  const bytes = writeQonnx(written, given);
  confirmCosts(bytes, written, applyWeights(model.graph, trained.weights).value);
  const { report, score } = costs["finn-base"];
  writeFilesAtomic([
    { file: outputs.cost, content: costJson(costs) },
    { file: outputs.netron, content: `${JSON.stringify(netronAttachment(report, graph), undefined, 2)}\n` },
    { file: outputs.onnx, content: bytes },
  ]);
  return { ...outputs, score, totals: report.totals, model };
}

/** What was written for Brevitas. */
export interface WrittenBrevitas {
  readonly source: string;
  readonly state: string;
  readonly script: string;
  readonly cost: string;
}

/** Writes the PyTorch module `<name>.py`, its weights `<name>.pth`, the script `<name>_export.py` and `<name>.cost.json`. */
export async function writeBrevitas(file: string, options: ExportOptions, version: string): Promise<WrittenBrevitas> {
  const { output, dialect } = options;
  if (dialect !== undefined)
    throw new CliError(`--dialect ${dialect} is a form of QONNX: leave it out with --format brevitas.`);
  const base = baseOf(output, ".py", "Python module");
  const moduleName = path.basename(base);
  if (!isIdentifier(moduleName))
    throw new CliError(
      `${output} cannot be imported by Python: its name must be letters, digits and underscores, such as net.py.`,
    );
  const outputs = { source: output, state: `${base}.pth`, script: `${base}_export.py`, cost: `${base}.cost.json` };
  checkNew(Object.values(outputs), options);
  const { model, trained } = await loadTrained(file, options);
  const origin = `${model.definition.name}, written by quantlens ${version} from ${path.basename(model.file)}.`;
  const { value, problems } = brevitasOf(model.graph, trained, { moduleName, origin, baseline: model.baseline });
  if (value === undefined)
    throw new CliError(problems.map((problem) => `${shownPath(model.file)}: ${problem}`).join("\n"));
  writeFilesAtomic([
    { file: outputs.cost, content: costJson(costsOf(trainedGraph(model.graph, trained), model.baseline)) },
    { file: outputs.script, content: value.script },
    { file: outputs.state, content: writePth(value.state) },
    { file: outputs.source, content: value.source },
  ]);
  return outputs;
}

/** The output's path without its extension. */
function baseOf(output: string, extension: string, what: string): string {
  if (output.endsWith(extension) && path.basename(output) !== extension) return output.slice(0, -extension.length);
  throw new CliError(
    `${output} cannot be the ${what}: it needs a name that ends with ${extension}, such as net${extension}.`,
  );
}

/** `--force` replaces what an earlier export wrote, never the weights that are being exported. */
function checkNew(outputs: readonly string[], { force, weights }: ExportOptions): void {
  const input = outputs.find((name) => path.resolve(name) === path.resolve(weights));
  if (input !== undefined)
    throw new CliError(`${input} would be replaced by the export, and holds its weights: choose another name for -o.`);
  checkPlaces(outputs, { force });
}

/** Beside such weights the memory of what ran the model file counts; less are exported before it could start again. */
const largeWeightBytes = 2 ** 25;

async function loadTrained(file: string, options: ExportOptions) {
  const model = await loadTrainableModel(file, options);
  if ((statSync(options.weights, { throwIfNoEntry: false })?.size ?? 0) > largeWeightBytes)
    await endRunner(options.run);
  const network = loadNetwork(options.weights, model.program);
  checkFinite(options.weights, network.parameters);
  return { model, trained: evaluatedNetwork({ program: model.program, ...network }, { ownsValues: true }) };
}

/** A checkpoint of ours may be of a training that diverged; files of others are checked when they are matched. */
function checkFinite(weights: string, parameters: ReadonlyMap<string, Float32Array>): void {
  for (const [name, values] of parameters) {
    const place = values.findIndex((value) => !Number.isFinite(value));
    if (place < 0) continue;
    throw new CliError(
      `${weights}: the parameter "${name}" has the value ${String(values[place])} at element ${place}, where finite numbers are expected; use weights of a training that did not diverge.`,
    );
  }
}

/** Brevitas 0.6 writes opset 9 and has no word for rounding. */
function checkDialect(file: string, { graph, program }: TrainableModel): void {
  const dialect: Dialect = "brevitas-0.6";
  if (needsOpset10(graph))
    throw new CliError(
      `${file}: --dialect ${dialect} is opset 9, where pools have no ceilMode and no dilation; leave them out.`,
    );
  const rounding = program.quantizers.find((quantizer) => quantizer.kind !== "trunc" && quantizer.rounding !== "round");
  if (rounding)
    throw new CliError(
      `${file}: --dialect ${dialect} cannot say that "${rounding.name}" rounds by ${rounding.rounding}; use rounding: "round". (rounding-mode)`,
    );
}
