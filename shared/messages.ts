/**
 * What the client and the server say to each other beyond the Language Server Protocol, typed on both sides.
 *
 * All methods begin with `quantlens/`. URIs are strings as the client sends them; ranges are LSP ranges
 * (0-based lines, UTF-16 columns). A client that knows none of this still gets every standard feature.
 */

/** `initializationOptions` of the `initialize` request; all of it is optional. */
export interface QuantLensInitializationOptions {
  /** Folder where the server may keep compiled code between starts. */
  readonly cacheDir?: string;
  /** URI of the folder with one page per rule (`<code>.md`), for the links of diagnostics. */
  readonly ruleDocsUri?: string;
  /** The client answers `quantlens/readFile`: files that are not on the server's disk can be read. */
  readonly readFile?: boolean;
  /** The client has the commands of `clientCommands` and listens to `ClientNotifications`; without, both are left out. */
  readonly commands?: boolean;
}

/** Commands that the client implements and that lenses and hints call. */
export const clientCommands = {
  /** Argument: `ModelCommandArgument`. */
  train: "quantlens.train",
  /** Argument: `ModelCommandArgument`. */
  prune: "quantlens.prune",
  /** Argument: `ModelCommandArgument`. */
  export: "quantlens.export",
  /** Lets the user choose the weights of a model. Argument: `ModelCommandArgument`. */
  selectWeights: "quantlens.selectWeights",
  /** Shows and selects a range. Argument: `RevealRangeArgument`. */
  revealRange: "quantlens.revealRange",
} as const;

export interface ModelCommandArgument {
  readonly uri: string;
}

export interface RevealRangeArgument {
  readonly uri: string;
  readonly range: MessageRange;
}

export interface MessagePosition {
  readonly line: number;
  readonly character: number;
}

export interface MessageRange {
  readonly start: MessagePosition;
  readonly end: MessagePosition;
}

/** Requests that the client sends. */
export interface ServerRequests {
  /** Which weights the numbers of a model stand for; overrides the setting `quantlens.weights` until the server ends. */
  "quantlens/selectWeights": { params: SelectWeightsParams; result: SelectWeightsResult };
  /** Which values the parameters of a model have; overrides the setting `quantlens.parameters` until the server ends. */
  "quantlens/selectParameters": { params: SelectParametersParams; result: SelectParametersResult };
  /** What can be picked at a model: `null` when the file is no model or has never run. */
  "quantlens/modelSetup": { params: { readonly uri: string }; result: ModelSetup | null };
  /** The official cost dictionary as text, as `quantlens cost --format json` prints it; `null` as above. */
  "quantlens/costJson": { params: { readonly uri: string }; result: { readonly text: string } | null };
  /** Everything a panel shows about a model: `null` when the file is no model or has never run. */
  "quantlens/modelCost": { params: { readonly uri: string }; result: ModelCostRecord | null };
}

/** Notifications that the client sends. */
export interface ServerNotifications {
  /** The text of a file at the last commit, for "since HEAD" in the lens. */
  "quantlens/baseText": BaseTextParams;
}

/** Requests that the server sends. */
export interface ClientRequests {
  /** Reads a file through the client's file system; `null` when there is none. */
  "quantlens/readFile": {
    params: { readonly uri: string; readonly encoding: "utf8" | "base64" };
    result: { readonly content: string } | null;
  };
}

/** Notifications that the server sends, to clients that announce `commands`. */
export interface ClientNotifications {
  "quantlens/status": ServerStatus;
  /** A model was evaluated (again): what a status bar shows. */
  "quantlens/modelChanged": ModelChanged;
}

export interface SelectWeightsParams {
  /** The model file. */
  readonly uri: string;
  /** URI of an `.onnx` or `.safetensors` file; `null` for none (dense); left out to follow the settings again. */
  readonly weights?: string | null;
}

export interface SelectWeightsResult {
  /** One sentence when the weights cannot be used; the numbers are dense then. */
  readonly problem?: string;
}

export interface SelectParametersParams {
  /** The model file. */
  readonly uri: string;
  /** Values by name, the others have their defaults; left out to follow the settings again. */
  readonly parameters?: Readonly<Record<string, ParameterValue>>;
}

export interface SelectParametersResult {
  /** One sentence when a value cannot be used; its parameter has its default then. */
  readonly problem?: string;
}

/** What a parameter's value may be. */
export type ParameterValue = number | string | boolean | readonly number[] | readonly string[];

/** A `param(...)` of a model file. */
export interface ParameterRecord {
  readonly name: string;
  /** The value in force. */
  readonly value: ParameterValue;
  readonly default: ParameterValue;
}

export interface ModelSetup {
  readonly name: string;
  readonly parameters: readonly ParameterRecord[];
  /** The stages of the model's recipe. */
  readonly stages: readonly RecipeStageRecord[];
}

export interface RecipeStageRecord {
  /** From 1. */
  readonly position: number;
  readonly kind: "train" | "prune";
  /** As reports name it. */
  readonly name: string;
}

export interface BaseTextParams {
  readonly uri: string;
  /** `null` when the file is not in the last commit or there is no repository. */
  readonly text: string | null;
  /** What the text is from, `HEAD` when left out. */
  readonly label?: string;
}

export interface ServerStatus {
  readonly state: "starting" | "ready" | "busy" | "error";
  /** One sentence for `error`. */
  readonly message?: string;
}

export interface ModelChanged {
  readonly uri: string;
  /** Absent while the file has never run. */
  readonly summary?: ModelSummary;
  /** False when the numbers are of an earlier text because the file does not run now. */
  readonly fresh: boolean;
  /** Helper modules that the model imports, whose base texts are wanted too. */
  readonly dependencies: readonly string[];
}

/** The numbers of one model in one line. */
export interface ModelSummary {
  readonly name: string;
  readonly score: number;
  readonly bops: number;
  readonly memWBits: number;
  readonly macs: number;
  /** Name of the weights' file; absent when the numbers are dense. */
  readonly weights?: { readonly uri: string; readonly stale: boolean };
  /** The parameters of the model with the values that the numbers stand for; absent when it has none. */
  readonly parameters?: readonly ParameterRecord[];
  readonly budget?: { readonly score?: number; readonly bops?: number; readonly memWBits?: number };
}

export interface ModelCostRecord {
  readonly uri: string;
  readonly fresh: boolean;
  readonly summary: ModelSummary;
  readonly layers: readonly LayerCostRecord[];
  readonly unsupported: readonly string[];
}

/** One executed layer, in execution order. */
export interface LayerCostRecord {
  readonly name: string;
  readonly kind: string;
  readonly outputShape?: readonly number[];
  readonly macs: number;
  readonly bops: number;
  readonly memWBits: number;
  readonly memOBits: number;
  /** Share of the model's bit-operations, 0..1. */
  readonly share: number;
  readonly density: number;
  readonly inputType?: string;
  readonly weightType?: string;
  readonly outputType?: string;
  /** Where the layer is called. */
  readonly location?: { readonly uri: string; readonly range: MessageRange };
}
