/** `quantlens import --from-onnx`: a starting model file, and the weights, from an ONNX file. */
import path from "node:path";
import { graphFromJson, type Graph } from "../../shared/graph/graph.js";
import type { NotExpressed } from "../../shared/import/calls.js";
import { plainName } from "../../shared/import/layer-names.js";
import { modelFromGraph, type ImportedModel } from "../../shared/import/model-from-graph.js";
import { evaluateModel } from "../../shared/sandbox/evaluate.js";
import { applyWeights } from "../../shared/weights/apply.js";
import { writeSafetensors } from "../../shared/weights/safetensors.js";
import { CliError, exitCodes } from "../errors.js";
import { filesOnDisk, runnerFor } from "../input/host.js";
import { loadOnnx } from "../input/onnx.js";
import { evaluationLimits } from "../input/load.js";
import { trainedGraph } from "../export/trained-graph.js";
import { checkPlaces, writeFileAtomic } from "../output/atomic-file.js";
import { shownPath } from "../output/paths.js";
import { writeMessage, writeResult } from "../output/streams.js";
import { checkpointFormat, encodeCheckpoint, type CheckpointMeta } from "../train/checkpoint/checkpoint.js";
import { digest, fingerprintOf } from "../train/checkpoint/fingerprint.js";
import { lowerProgram } from "../train/lower/lower.js";
import { evaluatedNetwork } from "../train/lower/program-weights.js";
import { importedEntries, importedParameters, unusableValue } from "./imported-weights.js";
import { collectedAll } from "./load-network.js";
import { costDifference, shapeDifference } from "./same-network.js";

export interface ImportModelOptions {
  /** The model file to write. */
  readonly output: string;
  /** Overwrite what is there. */
  readonly force: boolean;
  /** False with `--no-weights`. */
  readonly weights: boolean;
}

/** What was made of a file, before anything is written. */
interface Made extends ImportedModel {
  readonly model: Graph;
  readonly name: string;
}

/**
 * Writes the model file and, beside it, its weights; prints what could not be expressed. Gives the exit code: 1 when
 * something could not, or when the model file does not cost what the ONNX file costs.
 */
export async function importModel(onnx: string, options: ImportModelOptions, version: string): Promise<number> {
  const { output, force } = options;
  if (!/\.[cm]?ts$/.test(output))
    throw new CliError(`${output} cannot be the model file: its name must end with .ts, such as net.model.ts.`);
  const checkpoint = `${output.replace(/(?:\.model)?\.[cm]?ts$/, "")}.safetensors`;
  checkPlaces([output, ...(options.weights ? [checkpoint] : [])], { force });
  const made = await makeModel(onnx, path.resolve(output));
  const weights = options.weights ? weightsOf(made, onnx, output, version) : undefined;
  const differences = [
    shapeDifference(made.model, made.graph, made.calls),
    costDifference(made.model, made.graph, false),
    weights && costDifference(weights.trained, made.graph, true),
  ].filter((sentence) => sentence !== undefined);
  if (weights) writeFileAtomic(checkpoint, weights.bytes);
  writeFileAtomic(output, made.source);
  tell(made, onnx, differences);
  const files = weights
    ? `${shownPath(path.resolve(output))} and ${shownPath(path.resolve(checkpoint))}`
    : shownPath(path.resolve(output));
  writeMessage(
    `${files}: ${made.calls.length} layers of ${onnx}${differences.length === 0 ? ", which cost what they cost there" : ""}.`,
  );
  return made.notExpressed.length + differences.length > 0 ? exitCodes.findings : exitCodes.clean;
}

/** The model file's text, run once in the sandbox. Throws a `CliError` when there is none, or it does not run. */
async function makeModel(onnx: string, entry: string): Promise<Made> {
  const { value, problems } = modelFromGraph(loadOnnx(onnx), path.basename(onnx));
  if (value === undefined) throw new CliError(problems.map(({ message }) => `${onnx}: ${message}`).join("\n"));
  const host = {
    readFile: (file: string) => Promise.resolve(file === entry ? value.source : undefined),
    resolve: (from: string, specifier: string) => filesOnDisk.resolve(from, specifier),
    runner: runnerFor("sandbox"),
  };
  const { definition, problems: failures } = await evaluateModel(entry, host, evaluationLimits);
  const [failure] = definition === undefined ? failures : definition.problems;
  if (definition === undefined || failure !== undefined) {
    throw new CliError(
      `${onnx}: the model file for its ${value.calls.length} layers cannot be used, so nothing is written: ${failure?.message ?? "it defines no model."}`,
    );
  }
  return { ...value, model: graphFromJson(definition.graph), name: definition.name };
}

/** The weights as a checkpoint, or, for a network that cannot be trained, as plain tensors by the model's names. */
function weightsOf(
  { model, calls, name, source }: Made,
  onnx: string,
  output: string,
  version: string,
): { readonly bytes: Uint8Array; readonly trained: Graph } | undefined {
  const entries = importedEntries(model, calls);
  const unusable = unusableValue(entries);
  if (unusable !== undefined)
    throw new CliError(
      `${onnx}: ${unusable}, where finite numbers are expected; --no-weights writes the model file alone.`,
    );
  const { value: program } = lowerProgram(model);
  const parameters = program && importedParameters(program, model, calls);
  if (program === undefined || parameters === undefined) {
    if (entries.length === 0) return undefined;
    return { bytes: writeSafetensors(entries), trained: applyWeights(model, { source: onnx, entries }).value };
  }
  const network = { parameters, masks: new Map<string, Uint8Array>(), buffers: new Map<string, Float32Array>() };
  const meta: CheckpointMeta = {
    format: checkpointFormat,
    tool: `quantlens ${version}`,
    model: { name, file: shownPath(path.resolve(output)), sha256: digest(source) },
    fingerprint: fingerprintOf(program),
    collected: Object.fromEntries(collectedAll(program)),
  };
  return {
    bytes: encodeCheckpoint(program, { meta, ...network }),
    trained: trainedGraph(model, evaluatedNetwork({ program, ...network })),
  };
}

function tell({ notExpressed, hadQcdq }: Made, onnx: string, differences: readonly string[]): void {
  const lines = notExpressed.map((item) => `${nameOf(item)} ${item.reason}.`);
  if (lines.length > 0) writeResult(lines.join("\n"));
  for (const sentence of differences) writeMessage(`${onnx}: ${sentence}`);
  if (hadQcdq) {
    writeMessage(
      `${onnx}: its quantisers are in QCDQ form, whose official cost is that of the containers; the model file has the quantisers' own widths.`,
    );
  }
}

function nameOf({ node, opType }: NotExpressed): string {
  return `${plainName(node) ?? "a node"} (${plainName(opType) ?? "?"})`;
}
