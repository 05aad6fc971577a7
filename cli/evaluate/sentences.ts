/** What is said about an evaluation in words. */
import { formatCount } from "../../shared/format.js";
import { percent } from "./columns.js";
import type { GoalVerdict } from "./evaluated-model.js";
import type { FloatNote } from "./integer/form.js";

/** Whether the goal is met, and whether another test set of this size could say otherwise. */
export function verdictText({ goal, met, clear, interval, from, remark }: GoalVerdict): string {
  const result = met ? "met" : "missed";
  const { low, high } = interval;
  const doubt = clear
    ? ""
    : `, but the goal lies within the 95 % interval (${percent(low)} to ${percent(high)}): on other samples it could be ${met ? "missed" : "met"}`;
  return `goal of ${percent(goal)} (${from}) ${result}${doubt}${remark === undefined ? "" : `; ${remark}`}`;
}

/** One line for each layer that is not all integers. */
export function notesText(notes: readonly FloatNote[]): string[] {
  return notes.map(({ node, reason }) => `${node}: ${reason}`);
}

/** A mean cross-entropy in nats; a single logit that is no number spoils it. */
export function crossEntropyText(loss: number): string {
  return Number.isNaN(loss) ? "not a number" : loss.toFixed(4);
}

/** What is said of samples whose logits are no numbers. */
export function notFiniteText(samples: number): string {
  return samples === 1
    ? "1 sample gave logits that are not numbers: it counts as wrong"
    : `${formatCount(samples)} samples gave logits that are not numbers: they count as wrong`;
}
