/** What the person at the terminal sees of a sweep: a line per row that ends, and on a terminal a table that moves. */
import { formatAccuracy, formatDuration } from "../../train/run/terminal.js";
import { formatPreciseScore } from "../../output/scores.js";
import type { Colors } from "../../output/colors.js";
import type { SweepEvent } from "../events.js";
import type { RowView, SweepView } from "../folder/sweep-view.js";
import { paretoFront } from "../report/pareto.js";
import { parametersText } from "../rows.js";
import { secondsLeft, workOf, type Work } from "./work-left.js";

export interface SweepTerminalOutput {
  /** Writes text as it is. */
  readonly write: (text: string) => void;
  readonly colors: Colors;
  /** Columns of a terminal; absent: the output is no terminal and has no table. */
  readonly width?: number;
  /** Seconds of a clock that only goes forward. */
  readonly clock: () => number;
}

export interface SweepTerminal {
  /** Shows what happened; the view has taken it into account. */
  readonly show: (event: SweepEvent, view: SweepView) => void;
  /** Takes the table away. */
  readonly clear: () => void;
}

/** More is not read, and costs time itself. */
const redrawSeconds = 0.2;

const barWidth = 20;

/** Rows of the moving table. */
const mostRows = 16;

export function createSweepTerminal({ write, colors, width, clock }: SweepTerminalOutput): SweepTerminal {
  let drawn = 0;
  let last = -Infinity;
  let start: { readonly work: Work; readonly time: number } | undefined;
  const clear = (): void => {
    if (drawn > 0) write(`\r\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  };
  const draw = (view: SweepView): void => {
    if (width === undefined || clock() - last < redrawSeconds) return;
    last = clock();
    const left = start && secondsLeft(start.work, workOf(view), clock() - start.time);
    const lines = tableLines(view, left, width);
    clear();
    write(lines.map((line) => `${line}\n`).join(""));
    drawn = lines.length;
  };
  return {
    clear,
    show(event, view) {
      if (event.event === "sweep") start = { work: workOf(view), time: clock() };
      const line = lineOf(event, view, colors) ?? (width === undefined ? startLine(event, view) : undefined);
      if (line !== undefined) {
        clear();
        write(`${line}\n`);
        last = -Infinity;
      }
      if (event.event === "end") clear();
      else draw(view);
    },
  };
}

function lineOf(event: SweepEvent, view: SweepView, colors: Colors): string | undefined {
  switch (event.event) {
    case "sweep": {
      const rows = event.rows === null ? "rows as results come" : `${event.rows} ${event.rows === 1 ? "row" : "rows"}`;
      // With a queue of its own an engine may have no limit.
      const workers =
        event.workers === 0 ? "no limit" : `${event.workers} ${event.workers === 1 ? "worker" : "workers"}`;
      return `${colors.bold(event.model)}: ${rows} (${event.sampler}), ${workers} (${event.engine})`;
    }
    case "result": {
      const { accuracy, score } = event;
      const text = `${formatAccuracy(accuracy)}  score ${formatPreciseScore(score)}`;
      return `${rowText(view, event.row)}  ${text}${isBest(view, event.row) ? `  ${colors.green("on the front")}` : ""}`;
    }
    case "skipped":
      return colors.dim(`${rowText(view, event.row)}  ${event.message}`);
    case "failed":
      return colors.red(`${rowText(view, event.row)}  failed: ${event.message}`);
    case "job": {
      const { state, name, message = "" } = event;
      if (state !== "lost" && state !== "failed") return undefined;
      return colors.yellow(
        `${rowText(view, event.row)}  ${name} ${state === "lost" ? "was lost" : "failed"}: ${message}`,
      );
    }
    case "warning":
      return colors.yellow(event.message);
    case "epoch":
    case "progress":
    case "row":
    case "end":
      return undefined;
  }
}

/** Where no table moves, the log says what has begun. */
function startLine(event: SweepEvent, view: SweepView): string | undefined {
  return event.event === "job" && event.state === "started" ? `${rowText(view, event.row)}  ${event.name}` : undefined;
}

function isBest({ rows }: SweepView, row: number): boolean {
  return paretoFront([...rows.values()]).some((each) => each.row === row);
}

function rowText({ rows, varied }: SweepView, row: number): string {
  const parameters = parametersText(rows.get(row)?.parameters ?? {}, varied);
  return `row ${row}${parameters === "" ? "" : ` (${parameters})`}`;
}

function tableLines(view: SweepView, left: number | undefined, width: number): string[] {
  const rows = [...view.rows.values()];
  const running = rows.filter(({ state }) => state === "running");
  const shown = running.slice(0, mostRows).map((row) => rowLine(row, view.varied));
  const more = running.length > mostRows ? [`and ${running.length - mostRows} more`] : [];
  const time = left === undefined ? "" : `, ${formatDuration(left)} left`;
  return [...shown, ...more, summaryText(view) + time].map((line) => line.slice(0, width - 1));
}

function rowLine({ row, stages, parameters }: RowView, varied: readonly string[]): string {
  const epochs = stages.reduce((sum, { plan }) => sum + plan.epochs, 0);
  const done = stages.reduce((sum, { epochsDone }) => sum + epochsDone, 0);
  const filled = epochs === 0 ? 0 : Math.min(barWidth, Math.round((barWidth * done) / epochs));
  const bar = "━".repeat(filled) + "─".repeat(barWidth - filled);
  const stage = stages.find(({ state }) => state === "started")?.plan.name ?? "evaluation and export";
  return `row ${String(row).padStart(4)}  ${bar}  ${stage}  ${parametersText(parameters, varied)}`;
}

/** `12/40 rows done, 1 failed`. */
export function summaryText(view: SweepView): string {
  const rows = [...view.rows.values()];
  const count = (state: RowView["state"]): number => rows.filter((row) => row.state === state).length;
  const parts = [
    `${count("done")}${view.total === undefined ? "" : `/${view.total}`} rows done`,
    ...(["skipped", "failed"] as const).flatMap((state) => (count(state) === 0 ? [] : [`${count(state)} ${state}`])),
  ];
  return parts.join(", ");
}
