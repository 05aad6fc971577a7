/** The options of `quantlens package`. */
import type { evaluationBackends } from "../evaluate/options.js";
import type { RunOptions } from "../options.js";

export interface PackageOptions extends RunOptions {
  readonly weights: string;
  /** A document of `quantlens evaluate --format json`. */
  readonly evaluation?: string;
  /** In place of the model file's data, for the evaluation that is made where no document is given. */
  readonly data?: string;
  readonly backend: (typeof evaluationBackends)[number];
  readonly threads?: number;
  /** The zip. Default: beside the model file. */
  readonly output?: string;
  /** Address of the public repository, for the form. */
  readonly repository?: string;
  /** For the form. */
  readonly comments?: string;
  /** Write also what is not valid, and replace what exists. */
  readonly force: boolean;
}
