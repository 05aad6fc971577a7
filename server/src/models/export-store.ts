/** What was last exported from a model, and what became of the model since. */
import { createHash } from "node:crypto";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { computeCost } from "../../../shared/cost/cost.js";
import { score } from "../../../shared/cost/score.js";
import {
  exportIndexFile,
  exportIndexFolder,
  parseExportIndex,
  type ExportRecord,
} from "../../../shared/exports/export-index.js";
import { graphFromJson } from "../../../shared/graph/graph.js";
import { applyWeights } from "../../../shared/weights/apply.js";
import type { WeightSet } from "../../../shared/weights/types.js";
import { FileDigests } from "../host/file-digests.js";
import type { Files } from "../host/files.js";
import { baseName, resolveRelative } from "../host/uris.js";
import { isFresh, type ModelState, type RunAnalysis } from "./model-state.js";
import type { WeightsStore } from "./weights-store.js";

export interface ModelExport {
  readonly record: ExportRecord;
  readonly outputUri: string;
  /** Absent when the weights' file is gone. */
  readonly weightsUri?: string;
  /** Milliseconds since it was made; negative when the clocks of then and now differ. */
  readonly age: number;
  /** What is not as it was; the model's name for the model file and for what it imports. */
  readonly changed: readonly ("model" | "parameters" | "weights")[];
  /**
   * The model's score with the weights of the export, relative to that of the export, less one; absent when nothing
   * has changed, and when it cannot be known because the weights are gone or do not fit, or the model does not run.
   */
  readonly change?: number;
}

/** True for the index of exports of some folder. */
export function isExportIndex(key: string): boolean {
  return key.endsWith(`/${exportIndexFolder}/${exportIndexFile}`);
}

/** The index is a file like any other, which anybody may have written: it names files, and they are only read. */
export class ExportStore {
  private readonly digests: FileDigests;

  constructor(
    private readonly files: Files,
    private readonly weights: WeightsStore,
  ) {
    this.digests = new FileDigests(files);
  }

  /**
   * The newest export of a model whose file is still there and still that export. `now`: in milliseconds since 1970.
   */
  async latest(state: ModelState, now: number): Promise<ModelExport | undefined> {
    const index = await this.files.readText(resolveRelative(state.key, `./${exportIndexFolder}/${exportIndexFile}`));
    if (!index) return undefined;
    const name = baseName(state.key);
    for (const record of parseExportIndex(index.text).toReversed()) {
      const outputUri = record.model === name ? uriOf(state.key, record.output) : undefined;
      if (outputUri === undefined || (await this.digests.of(outputUri)) !== record.outputSha256) continue;
      return this.compared(state, record, { outputUri, age: now - Date.parse(record.exportedAt) });
    }
    return undefined;
  }

  private async compared(
    state: ModelState,
    record: ExportRecord,
    about: Pick<ModelExport, "outputUri" | "age">,
  ): Promise<ModelExport> {
    const weightsUri = uriOf(state.key, record.weights);
    const weightsNow = weightsUri === undefined ? undefined : await this.digests.of(weightsUri);
    const changed: ModelExport["changed"][number][] = [];
    if (!(await this.sourcesAre(state, record))) changed.push("model");
    else if (!parametersAre(state, record)) changed.push("parameters");
    if (weightsUri === undefined || weightsNow === undefined) return { ...about, record, changed };
    if (weightsNow !== record.weightsSha256) changed.push("weights");
    const found = { ...about, record, weightsUri, changed };
    if (changed.length === 0 || !isFresh(state) || !state.shown) return found;
    const set = await this.weights.read(weightsUri);
    const value = set && scoreWith(state.shown.analysis, set);
    return value === undefined || record.score === 0 ? found : { ...found, change: value / record.score - 1 };
  }

  /** True when the model file and all that it imports are as they were, in editors as on disk. */
  private async sourcesAre(state: ModelState, { sources }: ExportRecord): Promise<boolean> {
    for (const [file, digest] of Object.entries(sources)) {
      const uri = uriOf(state.key, file);
      const read = uri === undefined ? undefined : await this.files.readText(uri);
      // Editors leave out the byte order mark that a file on disk may begin with.
      if (!read || ![read.text, `\uFEFF${read.text}`].some((text) => digestOf(text) === digest)) return false;
    }
    return true;
  }
}

/** True when the parameters have the values that they had; those of a model that does not run are not known. */
function parametersAre(state: ModelState, { parameters }: ExportRecord): boolean {
  if (!isFresh(state) || !state.shown) return true;
  const own = state.shown.analysis.definition.parameters;
  return own.every(({ name, value }) => JSON.stringify(value) === JSON.stringify(parameters[name]));
}

const memo = new WeakMap<RunAnalysis, WeakMap<WeightSet, number | undefined>>();

/** As `quantlens export` costs it: finn-base's cost without the zeros. `undefined` when the weights do not fit. */
function scoreWith(analysis: RunAnalysis, set: WeightSet): number | undefined {
  const known = memo.get(analysis) ?? new WeakMap<WeightSet, number | undefined>();
  memo.set(analysis, known);
  if (!known.has(set)) known.set(set, computeScore(analysis, set));
  return known.get(set);
}

function computeScore({ definition, baseline }: RunAnalysis, set: WeightSet): number | undefined {
  const { value, mismatches } = applyWeights(graphFromJson(definition.graph), set);
  if (mismatches.length > 0) return undefined;
  return score(computeCost(value, { flavor: "finn-base", discountSparsity: true }).totals, baseline);
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * A path of the index as a URI: relative to the model's folder, or absolute (of Windows too). `undefined` for one on
 * another host than the model's: to look for a file there would tell that host who asks.
 */
function uriOf(model: string, file: string): string | undefined {
  if (!path.isAbsolute(file)) return resolveRelative(model, `./${file.split("/").map(encodeURIComponent).join("/")}`);
  try {
    const uri = pathToFileURL(file);
    return uri.host === new URL(model).host ? uri.href : undefined;
  } catch {
    return undefined;
  }
}
