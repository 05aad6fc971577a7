/**
 * The index of exports beside a model file: what was exported from it, from what, and what that costs. The command
 * writes it, the editor shows it. It lies in the model file's folder; all paths in it are relative to that folder, with
 * `/`, or absolute.
 */

export const exportIndexFolder = ".quantlens";
export const exportIndexFile = "exports.json";

/** More exports of the models of one folder are forgotten, the oldest first. */
const mostRecords = 100;

/** One ONNX file that was exported. A later export to the same place takes its place, whichever model it is of. */
export interface ExportRecord {
  /** Name of the model file. */
  readonly model: string;
  readonly output: string;
  readonly outputSha256: string;
  readonly weights: string;
  readonly weightsSha256: string;
  readonly format: string;
  /** SHA-256 of the model file and of the files that it imports. */
  readonly sources: Readonly<Record<string, string>>;
  /** Values of the model's parameters, by name. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** finn-base's cost with the zeros of the weights left out. */
  readonly score: number;
  readonly bops: number;
  readonly memWBits: number;
  /** ISO 8601, in UTC. */
  readonly exportedAt: string;
}

/** The records of an index, oldest first; what is not one is left out. Never throws: anybody may have written the file. */
export function parseExportIndex(text: string): readonly ExportRecord[] {
  const content = parsed(text);
  const exports = isObject(content) && content.schema === 1 ? content.exports : undefined;
  return Array.isArray(exports) ? exports.slice(-mostRecords).filter(isRecord) : [];
}

/** The text of an index. `exports`: oldest first. */
export function formatExportIndex(exports: readonly ExportRecord[]): string {
  return `${JSON.stringify({ schema: 1, exports: exports.slice(-mostRecords) }, undefined, 2)}\n`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is ExportRecord {
  if (!isObject(value)) return false;
  const { model, output, outputSha256, weights, weightsSha256, format, exportedAt } = value;
  const { sources, parameters, score, bops, memWBits } = value;
  return (
    [model, output, outputSha256, weights, weightsSha256, format].every((text) => typeof text === "string" && text) &&
    [score, bops, memWBits].every((number) => typeof number === "number" && Number.isFinite(number) && number >= 0) &&
    typeof exportedAt === "string" &&
    !Number.isNaN(Date.parse(exportedAt)) &&
    isObject(sources) &&
    Object.values(sources).every((digest) => typeof digest === "string") &&
    isObject(parameters)
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
