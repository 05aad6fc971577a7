/** Commands of lenses and hints: what the client and the server call them, and their arguments. */
import type { MessageRange } from "./messages.js";

/** Commands that the client implements and that lenses and hints call. */
export const clientCommands = {
  /** Argument: `ModelCommandArgument`. */
  train: "quantlens.train",
  /** Argument: `ModelCommandArgument`. */
  prune: "quantlens.prune",
  /** Argument: `ModelCommandArgument`, or `ExportAgainArgument` to replace an earlier export without questions. */
  export: "quantlens.export",
  /** Shows an ONNX file's costs. Argument: `ModelCommandArgument` with the file's URI. */
  openOnnx: "quantlens.openOnnx",
  /** Lets the user choose the weights of a model. Argument: `ModelCommandArgument`. */
  selectWeights: "quantlens.selectWeights",
  /** Shows and selects a range. Argument: `RevealRangeArgument`. */
  revealRange: "quantlens.revealRange",
} as const;

/** Commands that the server carries out for clients without `clientCommands`. */
export const serverCommands = {
  /** Has the client show and select a range (`window/showDocument`). Argument: `RevealRangeArgument`. */
  showRange: "quantlens.showRange",
} as const;

export interface ModelCommandArgument {
  readonly uri: string;
}

/**
 * An export that was made before: URIs of the model file, of the ONNX file and of the weights, and the dialect. Weights
 * that are gone are left out.
 */
export interface ExportAgainArgument extends ModelCommandArgument {
  readonly output: string;
  readonly weights?: string;
  readonly format: string;
}

export interface RevealRangeArgument {
  readonly uri: string;
  readonly range: MessageRange;
}
