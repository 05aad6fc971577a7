/** What the training dashboard's page and the extension host say to each other. All numbers are from the runs' files. */

export interface DashboardProtocol {
  readonly toPage:
    /** The runs of the workspace, the newest first. */
    | { readonly kind: "runs"; readonly runs: readonly RunEntry[] }
    /** A run that someone wants to see. */
    | { readonly kind: "select"; readonly run: string }
    | { readonly kind: "update"; readonly run: string; readonly update: RunUpdate }
    /** `null`: the run has none yet. */
    | { readonly kind: "evaluation"; readonly run: string; readonly evaluation: RunEvaluation | null };
  readonly fromPage: /** The runs to read; all others are let go. */
  { readonly kind: "follow"; readonly runs: readonly string[] };
}

export interface RunEntry {
  /** URI of its folder. */
  readonly run: string;
  /** The folder as the workspace names it. */
  readonly label: string;
  readonly model: string;
}

/** What is new of a run since the last update. */
export interface RunUpdate {
  /** What came before is to be forgotten: this is everything. */
  readonly reset: boolean;
  readonly info: RunInfo;
  /** Pairs of position and loss, one per `progress` event. A position counts epochs over the whole run. */
  readonly steps: Float64Array;
  readonly epochs: readonly EpochPoint[];
  /** All of them, whenever one is new. */
  readonly measures?: readonly Measure[];
}

export interface RunInfo {
  readonly model?: string;
  readonly data?: string;
  readonly backend?: string;
  readonly goal?: number;
  readonly scoreBudget?: number;
  readonly stages: readonly { readonly name: string; readonly kind: string; readonly epochs: number }[];
  /** Absent while no event has said how the run ended. */
  readonly ended?: { readonly status: string; readonly message?: string };
  /** Where the run is. */
  readonly now?: RunningPlace;
  readonly warnings: readonly string[];
  /** Milliseconds since 1970 of the last event. */
  readonly lastEvent?: number;
  /** Lines that are no events. */
  readonly unreadable: number;
}

export interface RunningPlace {
  readonly attempt: number;
  readonly stage: number;
  readonly round: number;
  readonly epoch: number;
  readonly batch: number;
  readonly batches: number;
  readonly loss: number;
  readonly samplesPerSecond: number;
  /** In the epoch. */
  readonly secondsLeft: number;
}

export interface EpochPoint {
  /** Counts epochs over the whole run. */
  readonly at: number;
  readonly attempt: number;
  readonly stage: number;
  readonly round: number;
  readonly name: string;
  readonly epoch: number;
  readonly loss: number;
  readonly trainAccuracy: number;
  readonly test?: number;
  readonly validation?: number;
  readonly lr: number;
  readonly samplesPerSecond: number;
  readonly best: boolean;
}

/** A network with its cost: just pruned, or at the end of a stage. */
export interface Measure {
  readonly kind: "pruned" | "measured";
  readonly at: number;
  readonly attempt: number;
  readonly stage: number;
  readonly round: number;
  readonly name: string;
  readonly test?: number;
  readonly validation?: number;
  /** By the flavour that the challenge used. */
  readonly score: number;
  readonly bops: number;
  readonly memWBits: number;
  readonly density: number;
}

/** `evaluation.json` of a run's folder. */
export interface RunEvaluation {
  readonly network: string;
  readonly part: string;
  readonly accuracy: Counted;
  readonly classes: readonly string[];
  readonly bySnr: readonly (Counted & { readonly snr: number })[];
  readonly confusion: { readonly overall: readonly (readonly number[])[] };
}

export interface Counted {
  readonly correct: number;
  readonly samples: number;
  readonly accuracy: number;
  readonly interval: { readonly low: number; readonly high: number };
}
