/** What the command line decides about a run. Plain data: it is kept in `run.json`, from which a resumed run takes it. */
import type { CostFlavor } from "../../../shared/graph/datatype.js";
import type { RunOptions } from "../../options.js";
import type { BackendName } from "../backend.js";
import type { CalibrationMethod } from "../calibrate/thresholds.js";

export interface RunSettings extends RunOptions {
  /** Which stages of the recipe are run. */
  readonly command: "train" | "prune" | "finetune";
  /** Of `train`: so many stages of the recipe, from its first. Absent: all. */
  readonly stages?: number;
  /** Of `prune` and `finetune`: the stage's position, from 1. */
  readonly stage?: number;
  /** Of `prune`: false leaves the fine-tuning out. */
  readonly finetune?: boolean;
  /** In place of the model file's data; paths are absolute. */
  readonly data?: string;
  readonly backend: BackendName;
  readonly threads: number;
  readonly epochs?: number;
  readonly limitFrames?: number;
  /** Ends each training when it is reached, 0 to 1. */
  readonly untilAccuracy?: number;
  readonly seed?: number;
  readonly restarts: number;
  /** Absolute path of the weights to start from. */
  readonly from?: string;
  readonly calibrate?: CalibrationMethod;
  readonly freezeAfter?: number;
  /** Share of the training data that is held out, above 0 and below 1. */
  readonly validation?: number;
  readonly teacher?: { readonly checkpoint: string; readonly model: string };
  readonly tensorboard: boolean;
  readonly flavor: CostFlavor;
}
