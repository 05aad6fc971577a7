/** The trained model as the submission holds it: ONNX with its costs, PyTorch source with its weights. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { isCliError } from "../errors.js";
import { writeBrevitas, writeExport, type ExportOptions } from "../export/export.js";
import { writeProblem } from "../output/atomic-file.js";
import type { PackageOptions } from "./options.js";

export interface WrittenModel {
  readonly onnx: Uint8Array;
  /** Both tools' dictionaries with scores. */
  readonly costJson: Uint8Array;
  /** Absent where Brevitas has no word for a layer. */
  readonly brevitas?: { readonly source: Uint8Array; readonly state: Uint8Array; readonly script: Uint8Array };
  /** Why it is absent. */
  readonly brevitasProblem?: string;
}

/** Exports the model in both forms. `name`: of the Python module. Throws a `CliError` when there is no ONNX of it. */
export async function writeModel(
  file: string,
  { run, param, weights }: PackageOptions,
  name: string,
  version: string,
): Promise<WrittenModel> {
  const folder = temporaryFolder();
  const options = (format: ExportOptions["format"], output: string): ExportOptions => ({
    ...{ run, weights, format, output: path.join(folder, output), force: false },
    ...(param && { param }),
  });
  try {
    const { onnx, cost } = await writeExport(file, options("qonnx", `${name}.onnx`), version);
    const written = { onnx: bytesOf(onnx), costJson: bytesOf(cost) };
    rmSync(cost);
    try {
      const { source, state, script } = await writeBrevitas(file, options("brevitas", `${name}.py`), version);
      return { ...written, brevitas: { source: bytesOf(source), state: bytesOf(state), script: bytesOf(script) } };
    } catch (error) {
      if (!isCliError(error)) throw error;
      return { ...written, brevitasProblem: error.message };
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function temporaryFolder(): string {
  const folder = path.join(tmpdir(), "quantlens-package-");
  try {
    return mkdtempSync(folder);
  } catch (error) {
    throw writeProblem(error, tmpdir());
  }
}

function bytesOf(file: string): Uint8Array {
  return new Uint8Array(readFileSync(file));
}
