/** Writes down what was exported, so that the editor can show it at the model file. */
import { createHash } from "node:crypto";
import { createReadStream, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import type { CostTotals } from "../../shared/cost/types.js";
import {
  exportIndexFile,
  exportIndexFolder,
  formatExportIndex,
  parseExportIndex,
  type ExportRecord,
} from "../../shared/exports/export-index.js";
import { systemErrorCode } from "../errors.js";
import { makeFolder, writeFileAtomic } from "../output/atomic-file.js";
import { writeMessage } from "../output/streams.js";
import type { TrainableModel } from "../train/model.js";

export interface FinishedExport {
  readonly model: Pick<TrainableModel, "file" | "sha256" | "imports" | "definition">;
  /** Paths of the ONNX file and of the weights, seen from the working directory. */
  readonly output: string;
  readonly weights: string;
  readonly format: string;
  readonly score: number;
  readonly totals: Pick<CostTotals, "bops" | "memWBits">;
}

/**
 * Adds an export to the index beside its model file. The export itself is done: where the index cannot be written that
 * is said, and nothing else happens.
 */
export async function recordExport(done: FinishedExport, now = new Date()): Promise<void> {
  const folder = path.dirname(done.model.file);
  const file = path.join(folder, exportIndexFolder, exportIndexFile);
  try {
    const record = await recordOf(done, realpathSync(folder), now);
    const others = known(file).filter(({ output }) => output !== record.output);
    makeFolder(path.dirname(file));
    writeFileAtomic(file, formatExportIndex([...others, record]));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    writeMessage(`The editor will not show this export, as it cannot be noted beside the model file: ${error.message}`);
  }
}

async function recordOf(done: FinishedExport, folder: string, now: Date): Promise<ExportRecord> {
  const { model, output, weights, format, score, totals } = done;
  const relative = (file: string): string => {
    const found = path.relative(folder, realpathSync(file));
    return path.isAbsolute(found) ? found : found.split(path.sep).join("/");
  };
  const imports = await Promise.all(model.imports.map(async (file) => [relative(file), await digestOf(file)] as const));
  return {
    model: path.basename(model.file),
    output: relative(output),
    outputSha256: await digestOf(output),
    weights: relative(weights),
    weightsSha256: await digestOf(weights),
    format,
    // The model file may have been edited since it was read: what counts is what was exported.
    sources: Object.fromEntries([[relative(model.file), model.sha256], ...imports]),
    parameters: Object.fromEntries(model.definition.parameters.map(({ name, value }) => [name, value])),
    score,
    bops: totals.bops,
    memWBits: totals.memWBits,
    exportedAt: now.toISOString(),
  };
}

/** In chunks: weights may be large, and the export's memory is bounded by theirs. */
async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function known(file: string): readonly ExportRecord[] {
  try {
    return parseExportIndex(readFileSync(file, "utf8"));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}
