/** Small tasks of a step. */
import { dropoutKey } from "../../dropout.js";
import { floatsAt, doublesAt, sumOfSlots } from "./memory.js";
import type { TaskContext } from "./task.js";

export interface ZeroFloats {
  readonly kind: "zeroFloats";
  readonly begin: number;
  readonly count: number;
}

export function zeroFloats({ begin, count }: ZeroFloats, context: TaskContext): void {
  floatsAt(context, begin, count).fill(0);
}

/** Writes the key of a dropout operator in this step. */
export interface DropoutKeyTask {
  readonly kind: "dropoutKey";
  readonly seed: number;
  /** Index of the operator in its program. */
  readonly op: number;
  /** int32. */
  readonly key: number;
}

export function dropoutKeyTask({ seed, op, key }: DropoutKeyTask, { int32, settings }: TaskContext): void {
  int32[key / 4] = dropoutKey(seed, settings.step, op);
}

/** Sums what the chunks have gathered: the loss, and how many samples are right. */
export interface SumLoss {
  readonly kind: "sumLoss";
  /** In the slots: two doubles. */
  readonly parts: number;
  /** Two doubles: mean loss, number of right samples. */
  readonly result: number;
}

export function sumLoss({ parts, result }: SumLoss, context: TaskContext): void {
  doublesAt(context, result, 2).set(sumOfSlots(context, parts, 2));
}
