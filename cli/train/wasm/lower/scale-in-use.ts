/** A quantiser of activations at one of its uses. */
import type { QuantizerSpec } from "../../program.js";
import type { TaskId } from "../flow/flow.js";
import type { ScaleFactor } from "../tasks/stored-tensor.js";

export interface ScaleInUse {
  readonly spec: QuantizerSpec;
  readonly factor: ScaleFactor;
  /** When the scale is there. */
  readonly task: TaskId;
  /** The parts of the tensor that have a scale each. */
  readonly views: readonly GroupView[];
  /** True if the threshold is a statistic of the batch, through which a gradient flows to one element. */
  readonly isCollecting: boolean;
  /** True if somebody wants the scale's gradient. */
  readonly learns: boolean;
}

/** Elements that share a scale: `rows` of `channels` floats, `step` floats apart. */
export interface GroupView {
  readonly begin: number;
  readonly rows: number;
  readonly channels: number;
  readonly step: number;
}
