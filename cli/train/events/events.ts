/**
 * What a run tells whoever follows it: one JSON object per line of `events.jsonl`, in the order in which things happen.
 * Documented in docs/training.md. Fields are added within a schema; when one changes its meaning, the number goes up.
 */

/** Of the event `run`, the first line of each file. */
export const eventSchema = 1;

/** Where in a run something happened. Stages, rounds and epochs count from 1. */
export interface Place {
  /** 2 and up: the run began again with another seed. */
  readonly attempt: number;
  readonly stage: number;
  /** Of pruning and fine-tuning in a stage that prunes in steps; 1 elsewhere. */
  readonly round: number;
}

/** What the weights cost by the official functions: quantised, pruned weights, zeros discounted. */
export interface Price {
  readonly score: number;
  readonly bops: number;
  readonly memWBits: number;
}

export interface LayerDensity {
  readonly layer: string;
  readonly weights: number;
  /** After quantisation. */
  readonly nonZero: number;
  readonly density: number;
}

/** Cost and zeros of the network as it is. */
export interface NetworkCost {
  /** By flavour of the official tools. */
  readonly cost: Readonly<Record<"finn-base" | "qonnx", Price>>;
  readonly weights: number;
  readonly nonZero: number;
  /** Share of weights that are not zero after quantisation. */
  readonly density: number;
  readonly layers: readonly LayerDensity[];
}

/** Shares of correct predictions, 0 to 1. */
export interface Accuracy {
  readonly test?: number;
  /** Of the held-out part of the training data, with `--validation`. */
  readonly validation?: number;
}

export type RunStatus = "done" | "missed" | "interrupted" | "diverged" | "failed";

export type TrainEvent =
  | {
      readonly event: "run";
      readonly schema: typeof eventSchema;
      readonly tool: string;
      readonly model: { readonly name: string; readonly file: string; readonly sha256: string };
      readonly data: {
        readonly name: string;
        readonly classes: number;
        readonly train: number;
        readonly validation: number;
        readonly test: number;
      };
      readonly backend: string;
      readonly threads: number | null;
      readonly stages: readonly { readonly name: string; readonly kind: string; readonly epochs: number }[];
      /** The accuracy that makes the run worth its while: `--until-accuracy`, else the challenge's. */
      readonly goal?: number;
      /** What the model may cost. */
      readonly budget?: { readonly score?: number; readonly bops?: number; readonly memWBits?: number };
    }
  /** The run goes on from its last checkpoint. What came after this place before is repeated: the later line counts. */
  | ({ readonly event: "resume"; readonly epoch: number; readonly batch: number } & Place)
  | { readonly event: "attempt"; readonly attempt: number; readonly seed: number }
  | { readonly event: "calibrated"; readonly method: string; readonly thresholds: Readonly<Record<string, number>> }
  | ({ readonly event: "stage"; readonly name: string; readonly kind: string } & Place)
  /** Before the fine-tuning. `share`: of the way to the stage's aim. */
  | ({
      readonly event: "pruned";
      readonly name: string;
      readonly share: number;
      readonly accuracy: Accuracy;
    } & NetworkCost &
      Place)
  /** A feedback schedule gave up the round, because the accuracy was missed. */
  | ({ readonly event: "undone"; readonly name: string; readonly accuracy: number; readonly goal: number } & Place)
  /** About once a second. */
  | ({
      readonly event: "progress";
      readonly epoch: number;
      readonly batch: number;
      readonly batches: number;
      readonly loss: number;
      readonly samplesPerSecond: number;
      readonly secondsLeft: number;
    } & Place)
  | ({
      readonly event: "epoch";
      readonly name: string;
      readonly epoch: number;
      readonly epochs: number;
      readonly lr: number;
      /** Means over the epoch, while the weights changed. */
      readonly loss: number;
      readonly trainAccuracy: number;
      readonly accuracy: Accuracy;
      /** The best epoch of this training so far. */
      readonly best: boolean;
      /** Training and evaluation; 0 for what was done before a resume. */
      readonly seconds: number;
      readonly samplesPerSecond: number;
    } & Place)
  /** A stage is over; these are the last epoch's weights, with which the next stage goes on. */
  | ({
      readonly event: "measured";
      readonly name: string;
      readonly kind: string;
      readonly accuracy: Accuracy;
      readonly bestAccuracy: Accuracy;
      readonly bestEpoch: number;
      /** Relative to the run's folder. */
      readonly files: { readonly last: string; readonly best: string };
    } & NetworkCost &
      Place)
  | { readonly event: "warning"; readonly message: string }
  | { readonly event: "end"; readonly status: RunStatus; readonly message?: string };
