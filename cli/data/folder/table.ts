/** A file of rows of numbers, whatever its format. */
import type { Shape } from "../../../shared/graph/graph.js";
import { CliError, systemErrorCode } from "../../errors.js";
import { shownPath } from "../../output/paths.js";
import type { SampleReader } from "../frames/subset.js";

export interface Table {
  /** Path as messages show it. */
  readonly file: string;
  readonly rows: number;
  /** Of one row. */
  readonly rowShape: Shape;
  readonly reader: SampleReader;
}

/** Runs a step that opens or reads a file; the system's error becomes a `CliError`. */
export async function withFile<T>(file: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    const reason = code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
    throw new CliError(`${shownPath(file)} ${reason}: a folder of samples has x and y as .npy or .csv files.`);
  }
}
