/** What is done between stages, on the whole batch's sums: by one thread, in JavaScript. All addresses are bytes. */
import type { Kernels } from "../kernels.js";
import { foldActivation, type FoldActivation } from "./fold-activation.js";
import { activationGradient, type ActivationGradient } from "./activation-gradient.js";
import {
  biasGradient,
  quantizeWeight,
  weightGradient,
  type BiasGradient,
  type QuantizeWeight,
  type WeightGradient,
} from "./weight.js";
import {
  activationScale,
  codesGradient,
  spreadScale,
  thresholdGradient,
  type ActivationScale,
  type CodesGradient,
  type SpreadScale,
  type ThresholdGradient,
} from "./scale.js";
import { deposit, selectBin, statisticScale, type Deposit, type SelectBin, type StatisticScale } from "./percentile.js";
import { dropoutKeyTask, sumLoss, zeroFloats, type DropoutKeyTask, type SumLoss, type ZeroFloats } from "./simple.js";

export type Task =
  | ActivationGradient
  | ActivationScale
  | BiasGradient
  | CodesGradient
  | Deposit
  | DropoutKeyTask
  | FoldActivation
  | QuantizeWeight
  | SelectBin
  | SpreadScale
  | StatisticScale
  | SumLoss
  | ThresholdGradient
  | WeightGradient
  | ZeroFloats;

/** What differs from run to run of a plan. */
export interface RunSettings {
  /** Samples. */
  readonly size: number;
  readonly step: number;
  readonly labelSmoothing: number;
  /** Absent: there is no teacher. */
  readonly distillation?: { readonly temperature: number; readonly weight: number };
  readonly freezeBatchNorm: boolean;
  /** Training calls that the quantisers have spent collecting, by id. */
  readonly collected: readonly number[];
}

/** The memory as a task sees it. */
export interface TaskContext {
  readonly settings: RunSettings;
  readonly kernels: Kernels;
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly int32: Int32Array;
  /** The chunks' accumulators: `count` of them, `stride` bytes apart. */
  readonly slots: { readonly begin: number; readonly stride: number; readonly count: number };
}

export function runTask(task: Task, context: TaskContext): void {
  switch (task.kind) {
    case "activationGradient":
      activationGradient(task, context);
      return;
    case "activationScale":
      activationScale(task, context);
      return;
    case "biasGradient":
      biasGradient(task, context);
      return;
    case "codesGradient":
      codesGradient(task, context);
      return;
    case "deposit":
      deposit(task, context);
      return;
    case "dropoutKey":
      dropoutKeyTask(task, context);
      return;
    case "foldActivation":
      foldActivation(task, context);
      return;
    case "quantizeWeight":
      quantizeWeight(task, context);
      return;
    case "selectBin":
      selectBin(task, context);
      return;
    case "spreadScale":
      spreadScale(task, context);
      return;
    case "statisticScale":
      statisticScale(task, context);
      return;
    case "sumLoss":
      sumLoss(task, context);
      return;
    case "thresholdGradient":
      thresholdGradient(task, context);
      return;
    case "weightGradient":
      weightGradient(task, context);
      return;
    case "zeroFloats":
      zeroFloats(task, context);
  }
}
