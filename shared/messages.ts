/**
 * What the client and the server say to each other beyond the Language Server Protocol, typed on both sides.
 *
 * All methods begin with `quantlens/`. URIs are strings as the client sends them; ranges are LSP ranges
 * (0-based lines, UTF-16 columns). A client that knows none of this still gets every standard feature.
 */

import type { DrawingParams, DrawingRecord, NetworkRecord, NoAnswer } from "./network-messages.js";

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
  /** The layers by the calls that made them, with costs and findings: `null` when the file is no model. */
  "quantlens/modelTree": { params: { readonly uri: string }; result: ModelTree | null };
  /** The official cost dictionary as text, as `quantlens cost --format json` prints it; `null` as above. */
  "quantlens/costJson": { params: { readonly uri: string }; result: { readonly text: string } | null };
  /** Everything a panel shows about a model: `null` when the file is no model or has never run. */
  "quantlens/modelCost": { params: { readonly uri: string }; result: ModelCostRecord | null };
  /** What the cost explorer shows, with a what-if if one is asked: `null` when the file is no model or has never run. */
  "quantlens/explore": { params: ExploreParams; result: ExploreRecord | null };
  /** The edits that make a what-if true. */
  "quantlens/exploreEdit": { params: ExploreParams; result: ExploreEdit };
  /** An ONNX file's nodes with what they cost. */
  "quantlens/network": { params: { readonly uri: string }; result: NetworkRecord | NoAnswer };
  /** The graph of a model file or of an ONNX file as a picture. */
  "quantlens/drawing": { params: DrawingParams; result: DrawingRecord | NoAnswer };
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

export interface ModelTree {
  readonly uri: string;
  readonly fresh: boolean;
  /** Absent while the file has never run. */
  readonly summary?: ModelSummary;
  /** Of the model as a whole, and why it does not run. */
  readonly findings: readonly TreeFinding[];
  readonly nodes: readonly ModelTreeNode[];
}

/** All that one call makes. */
export interface ModelTreeNode {
  /** Unique in the tree; the same after edits that leave the calls around it as they are. */
  readonly id: string;
  readonly label: string;
  /** `layer`: a layer function's call, by however many turns of a loop; `call`: a helper's. */
  readonly kind: "layer" | "call";
  /** Output shape of the last layer. */
  readonly outputShape?: readonly number[];
  readonly macs: number;
  readonly bops: number;
  readonly memWBits: number;
  /** Share of the model's bit-operations, 0..1. */
  readonly share: number;
  /** At this very call. */
  readonly findings: readonly TreeFinding[];
  readonly location?: MessageLocation;
  readonly children: readonly ModelTreeNode[];
}

export interface TreeFinding {
  readonly severity: "error" | "warning" | "info" | "hint";
  readonly code: string;
  readonly message: string;
}

/** `whatIf` may name sites that are gone since: these are left out. */
export interface ExploreParams {
  readonly uri: string;
  readonly whatIf?: WhatIf;
}

/** Differences to the model as it is written. */
export interface WhatIf {
  /** Bits by `BitWidthRecord.id`. */
  readonly bits: Readonly<Record<string, number>>;
  /** Share of weights that are not zero, 0..1, by `CostNode.id`; a node within another one has the last word. */
  readonly densities: Readonly<Record<string, number>>;
}

export interface CostNumbers {
  readonly macs: number;
  readonly bops: number;
  readonly memWBits: number;
  readonly memOBits: number;
}

export interface ScoredCost extends CostNumbers {
  readonly score: number;
}

export interface ExploreRecord {
  readonly uri: string;
  /** False: the numbers are of an earlier text, because the file does not run now. */
  readonly fresh: boolean;
  readonly summary: ModelSummary;
  readonly basis: CostBasis;
  readonly total: ScoredCost;
  /** Absent where no what-if was asked, or none of its sites exists. */
  readonly whatIf?: Changed<ScoredCost>;
  /** The model's layers by the calls that made them, and, where there are configuration arrays, by their rows. */
  readonly calls: CostNode;
  readonly rows?: CostNode;
  readonly layers: readonly ExploredLayer[];
  readonly bitWidths: readonly BitWidthRecord[];
  /** The model at the last commit, where the client told its text. */
  readonly comparison?: CostComparison;
  readonly unsupported: readonly string[];
}

/** Numbers with what they differ by: `value` minus what it is compared with. */
export interface Changed<T> {
  readonly value: T;
  readonly difference: T;
}

/** What the numbers stand for. */
export interface CostBasis {
  readonly flavor: string;
  readonly profile: string;
  /** What the score is measured against. */
  readonly baseline: string;
  /** Zeros are discounted. Without, densities change nothing. */
  readonly discountSparsity: boolean;
}

/** A part of the model: all that one call, or one row of a configuration array, makes. The root is the model itself. */
export interface CostNode {
  /** The same after edits that leave the calls around it as they are. */
  readonly id: string;
  readonly label: string;
  readonly kind: "model" | "call" | "row" | "layer";
  /** Indices into `ExploreRecord.layers`. */
  readonly layers: readonly number[];
  readonly cost: CostNumbers;
  readonly whatIf?: Changed<CostNumbers>;
  /** Of the whole model, 0..1; with a what-if of what the model is then. */
  readonly share: CostNumbers;
  /** Share of weights that are not zero, as the cost counts them; absent where there are no weights. */
  readonly density?: number;
  readonly location?: MessageLocation;
  readonly children: readonly CostNode[];
}

export interface MessageLocation {
  readonly uri: string;
  readonly range: MessageRange;
}

export interface ExploredLayer extends LayerCostRecord {
  readonly whatIf?: Changed<CostNumbers> & { readonly density: number };
}

/** A number in the source that is the bit width of quantisers. */
export interface BitWidthRecord {
  /** The same after edits that leave the calls around it as they are. */
  readonly id: string;
  /** `weightQuant in convNormReLU`. */
  readonly label: string;
  readonly bits: number;
  /** Widths that can be tried. */
  readonly least: number;
  readonly most: number;
  /** Indices of the layers whose weights or inputs have this width. */
  readonly layers: readonly number[];
  readonly location?: MessageLocation;
}

/** Before and now on the same footing: `dense` where the selected weights do not fit both. */
export interface CostComparison {
  /** What the model is compared with: `HEAD`. */
  readonly label: string;
  readonly dense: boolean;
  readonly before: ScoredCost;
  readonly now: Changed<ScoredCost>;
  /** Matched by name, those of now in order, then those that are gone. */
  readonly layers: readonly ComparedLayer[];
}

export interface ComparedLayer {
  readonly name: string;
  readonly kind: string;
  /** Index into `ExploreRecord.layers`. */
  readonly layer?: number;
  readonly before?: CostNumbers;
  readonly now?: CostNumbers;
  /** What it costs more now; a layer that is not there costs nothing. */
  readonly difference: CostNumbers;
}

export interface ExploreEdit {
  /** Per file; empty with a `problem`. */
  readonly edits: readonly FileEdits[];
  /** One sentence: what cannot be written, and why. */
  readonly problem?: string;
}

export interface FileEdits {
  readonly uri: string;
  /** Of the text that the ranges are of; `null` where the file is not open. */
  readonly version: number | null;
  readonly edits: readonly { readonly range: MessageRange; readonly newText: string }[];
}
