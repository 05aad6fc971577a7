/** Where a sweep stands, from its events: what the terminal, the reports and a sweep that goes on see. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { isShaped, isText, parseJson } from "../../train/checkpoint/guards.js";
import type { JobState, PlannedStage, StageMeasure, SweepEvent, SweepStatus } from "../events.js";
import type { Measured, RowParameters } from "../rows.js";
import { sweepFiles } from "./files.js";

export interface StageView {
  readonly plan: PlannedStage;
  state: "waiting" | JobState;
  /** Epochs of its training that are over, with the share of the one under way. */
  epochsDone: number;
  /** Of the job that did it; 0 where the result was there already. */
  seconds?: number;
  measured?: StageMeasure;
}

export interface RowView {
  readonly row: number;
  parameters: RowParameters;
  line?: number;
  state: "waiting" | "running" | "done" | "failed" | "skipped";
  stages: StageView[];
  result?: Measured;
  /** Why it failed or was skipped. */
  message?: string;
}

export interface SweepView {
  model: string;
  sampler: string;
  engine: string;
  workers: number;
  /** Parameters in which rows differ. */
  varied: readonly string[];
  /** Rows in all, where that is known. */
  total?: number;
  readonly rows: Map<number, RowView>;
  status: "running" | SweepStatus;
  readonly warnings: string[];
}

export function newSweepView(): SweepView {
  const about = { model: "", sampler: "", engine: "local", workers: 1, varied: [] };
  return { ...about, rows: new Map(), status: "running", warnings: [] };
}

/** The view of a folder's events so far. */
export function readSweepView(folder: string): SweepView {
  const view = newSweepView();
  const file = path.join(folder, sweepFiles.events);
  if (!existsSync(file)) return view;
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const event = parseJson(line, isShaped<{ readonly event: string }>({ event: isText }));
    if (event !== undefined) applyEvent(view, event as SweepEvent);
  }
  return view;
}

/** Takes one event into account. */
export function applyEvent(view: SweepView, event: SweepEvent): void {
  switch (event.event) {
    case "sweep": {
      const { model, sampler, engine, workers, varied, rows } = event;
      Object.assign(view, { model, sampler, engine, workers, varied, status: "running" });
      if (rows !== null) view.total = rows;
      // What a process that was killed has left running does not run any more.
      for (const row of view.rows.values()) if (row.state === "running") stopRow(row);
      return;
    }
    case "row":
      planRow(view, event);
      return;
    case "job":
      applyJob(rowOf(view, event.row), event);
      return;
    case "progress":
    case "epoch": {
      const stage = rowOf(view, event.row).stages[event.stage - 1];
      if (stage) stage.epochsDone = event.event === "epoch" ? event.epoch : event.epoch - 1 + event.share;
      return;
    }
    case "skipped":
    case "failed": {
      Object.assign(rowOf(view, event.row), { state: event.event, message: event.message });
      return;
    }
    case "result": {
      const { accuracy, score, bops, memWBits, density } = event;
      Object.assign(rowOf(view, event.row), { state: "done", result: { accuracy, score, bops, memWBits, density } });
      return;
    }
    case "warning":
      view.warnings.push(event.message);
      return;
    case "end":
      view.status = event.status;
  }
}

function rowOf(view: SweepView, row: number): RowView {
  const known = view.rows.get(row);
  if (known) return known;
  const fresh: RowView = { row, parameters: {}, state: "waiting", stages: [] };
  view.rows.set(row, fresh);
  return fresh;
}

/** A row that is planned anew, by a sweep that goes on, keeps what its stages came to. */
function planRow(view: SweepView, { row, parameters, line, stages }: Extract<SweepEvent, { event: "row" }>): void {
  const own = rowOf(view, row);
  const known = new Map(own.stages.map((stage) => [stage.plan.key, stage]));
  Object.assign(own, { parameters, ...(line !== undefined && { line }) });
  own.state = "waiting";
  delete own.message;
  own.stages = stages.map((plan) => known.get(plan.key) ?? { plan, state: "waiting", epochsDone: 0 });
}

function applyJob(row: RowView, event: Extract<SweepEvent, { event: "job" }>): void {
  const { state, stage, seconds, measured } = event;
  if (state === "started") row.state = "running";
  else if (row.state === "running") row.state = "waiting";
  const own = stage === null ? undefined : row.stages[stage - 1];
  if (own === undefined) return;
  own.state = state;
  if (seconds !== undefined) own.seconds = seconds;
  if (measured !== undefined) own.measured = measured;
  if (state === "done" || state === "shared") own.epochsDone = own.plan.epochs;
}

function stopRow(row: RowView): void {
  row.state = "waiting";
  for (const stage of row.stages) if (stage.state === "started") stage.state = "interrupted";
}
