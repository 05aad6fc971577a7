/** What the page has of each run. */
import type { EpochPoint, Measure, RunEvaluation, RunInfo, RunUpdate } from "../../panels/dashboard-messages.js";
import { Pairs } from "./pairs.js";

export interface RunData {
  readonly run: string;
  readonly steps: Pairs;
  epochs: EpochPoint[];
  measures: readonly Measure[];
  info: RunInfo;
  evaluation: RunEvaluation | null;
}

export function newRunData(run: string): RunData {
  return {
    run,
    steps: new Pairs(),
    epochs: [],
    measures: [],
    info: { stages: [], warnings: [], unreadable: 0 },
    evaluation: null,
  };
}

/** Which charts have to be drawn again. */
export type Part = "steps" | "epochs" | "measures" | "evaluation" | "runs";

export function applyUpdate(data: RunData, update: RunUpdate): Part[] {
  const { reset, info, steps, epochs, measures } = update;
  if (reset) {
    data.steps.clear();
    data.epochs = [];
    data.measures = [];
  }
  data.info = info;
  data.steps.append(steps);
  data.epochs.push(...epochs);
  if (measures) data.measures = measures;
  return [
    ...(reset || steps.length > 0 ? (["steps"] as const) : []),
    ...(reset || epochs.length > 0 ? (["epochs"] as const) : []),
    ...(reset || measures ? (["measures"] as const) : []),
  ];
}
