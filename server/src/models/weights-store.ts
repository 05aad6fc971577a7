/** Which weights a model's numbers stand for, and their values. */
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { AnalysisOptions, WeightsState } from "../../../shared/analysis/types.js";
import { readOnnx } from "../../../shared/onnx/read.js";
import type { Problem } from "../../../shared/problems.js";
import { readPth } from "../../../shared/weights/pth/read.js";
import { readSafetensors, type SafetensorsResult } from "../../../shared/weights/safetensors.js";
import type { WeightSet } from "../../../shared/weights/types.js";
import { readWeightsFromOnnx } from "../../../shared/weights/weights-from-onnx.js";
import type { Files } from "../host/files.js";
import { baseName, canonicalUri, resolveRelative } from "../host/uris.js";
import { entryOf, Selections } from "./selections.js";

/** What was chosen for a model. */
export interface ChosenWeights {
  /** Absent: none, the numbers are dense. */
  readonly uri?: string;
  readonly set?: WeightSet;
  /** One sentence when the file cannot be used. */
  readonly problem?: string;
}

type Loaded = Omit<ChosenWeights, "uri">;

export class WeightsStore {
  private readonly selections = new Selections<string | undefined>();
  private readonly loaded = new Map<string, { readonly stamp: string; readonly result: Promise<Loaded> }>();

  constructor(private readonly files: Files) {}

  /** The choice of the user: a URI, `null` for none, `undefined` to follow the settings. */
  select(model: string, weights: string | null | undefined, setting: string | undefined): void {
    if (weights === undefined) this.selections.forget(model);
    else this.selections.select(model, weights === null ? undefined : canonicalUri(weights), setting);
  }

  /** The weights in force for a model, read again when their file has changed. */
  async of(model: string, setting: string | undefined): Promise<ChosenWeights> {
    const uri = this.selections.of(model, setting);
    if (uri === undefined) return {};
    return { uri, ...(await this.load(uri)) };
  }

  /** The weights of a file, whichever model has chosen them; `undefined` when they cannot be read. */
  async read(uri: string): Promise<WeightSet | undefined> {
    return (await this.load(canonicalUri(uri))).set;
  }

  private async load(uri: string): Promise<Loaded> {
    const stamp = await this.files.stamp(uri);
    if (stamp === undefined) {
      this.loaded.delete(uri);
      return {
        problem: `The weights file ${baseName(uri)} cannot be found: select another one. The numbers are dense.`,
      };
    }
    const known = this.loaded.get(uri);
    if (known?.stamp === stamp) return known.result;
    const result = this.readFile(uri);
    this.loaded.set(uri, { stamp, result });
    return result;
  }

  private async readFile(uri: string): Promise<Loaded> {
    const name = baseName(uri);
    const bytes = await this.files.readBytes(uri);
    if (!bytes)
      return { problem: `The weights file ${name} cannot be read: select another one. The numbers are dense.` };
    const { value, problems } = readerOf(name)(bytes, name);
    if (value) return { set: value };
    return { problem: `The weights file ${name} cannot be used, the numbers are dense: ${problems[0]?.message ?? ""}` };
  }
}

/** What the setting `quantlens.weights` says about a model. */
export function weightsSetting(
  model: string,
  weights: Readonly<Record<string, string>>,
  folders: readonly string[],
): string | undefined {
  const entry = entryOf(model, weights, folders);
  return entry === undefined || entry.value === "" ? undefined : weightsUri(entry.folder, entry.value);
}

/** What is shown at the model: a file that cannot be used, or weights that do not fit it any more. */
export function weightsProblems(
  chosen: ChosenWeights,
  applied: WeightsState | undefined,
  severities: AnalysisOptions["severities"],
): Problem[] {
  const found = chosen.problem === undefined ? staleProblem(applied) : (["weights-unusable", chosen.problem] as const);
  if (!found) return [];
  const [code, message] = found;
  const severity = severities[code] ?? "warning";
  return severity === "off" ? [] : [{ code, severity, message, target: { kind: "model" } }];
}

function staleProblem(applied: WeightsState | undefined): readonly [string, string] | undefined {
  if (applied?.state !== "stale") return undefined;
  const [first = "", ...others] = applied.mismatches;
  const more = others.length === 0 ? "" : ` ${others.length} more do not fit.`;
  return ["weights-stale", `${first}${more} Layers without weights are counted as dense.`];
}

function readerOf(name: string): (bytes: Uint8Array, name: string) => SafetensorsResult {
  if (name.endsWith(".safetensors")) return readSafetensors;
  return /\.pth?$/.test(name) ? readPth : readOnnxWeights;
}

function readOnnxWeights(bytes: Uint8Array, name: string): SafetensorsResult {
  const { value, problems } = readOnnx(bytes);
  return { value: value && readWeightsFromOnnx(value, name), problems };
}

function weightsUri(folder: string, file: string): string {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(file)) return canonicalUri(file);
  if (path.isAbsolute(file)) return canonicalUri(pathToFileURL(file).href);
  const relative = file.split(/[\\/]/).map(encodeURIComponent).join("/");
  return resolveRelative(`${canonicalUri(folder).replace(/\/$/, "")}/`, relative);
}
