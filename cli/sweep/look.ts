/** `quantlens sweep status`, `best` and `cancel`: what does not run anything. */
import path from "node:path";
import { CliError, exitCodes } from "../errors.js";
import { writeFileAtomic } from "../output/atomic-file.js";
import { formatPreciseScore } from "../output/scores.js";
import { shownPath } from "../output/paths.js";
import { writeMessage, writeResult } from "../output/streams.js";
import { table, type Column } from "../output/table.js";
import { workingProcess } from "../train/run/lock.js";
import { formatAccuracy } from "../train/run/terminal.js";
import { sweepFiles } from "./folder/files.js";
import { readSweepManifest } from "./folder/manifest.js";
import { readSweepView, type RowView, type SweepView } from "./folder/sweep-view.js";
import type { SweepBestOptions, SweepStatusOptions } from "./options.js";
import { bestRows, bestTable } from "./report/best-table.js";
import { resultsOf } from "./report/results.js";
import { parametersText } from "./rows.js";
import { summaryText } from "./terminal/sweep-terminal.js";

/** Prints where a sweep stands; gives the exit code: 1 when rows have failed. */
export function sweepStatus(folder: string, { format }: SweepStatusOptions): number {
  const view = viewOf(folder);
  const rows = [...view.rows.values()].sort((a, b) => a.row - b.row);
  if (format === "json") writeResult(JSON.stringify(resultsOf(view), undefined, 2));
  else writeResult([...table(statusColumns(view), rows), "", statusText(folder, view)].join("\n"));
  return rows.some(({ state }) => state === "failed") ? exitCodes.findings : exitCodes.clean;
}

/** Prints the rows that no other row beats; gives the exit code: 1 when there are none. */
export function sweepBest(folder: string, { format, ...filter }: SweepBestOptions): number {
  const view = viewOf(folder);
  const best = bestRows(view, filter);
  const numbers = new Set(best.map(({ row }) => row));
  if (format === "json") {
    writeResult(
      JSON.stringify(
        resultsOf(view).rows.filter(({ row }) => numbers.has(row)),
        undefined,
        2,
      ),
    );
  } else if (best.length > 0) writeResult(bestTable(view, filter));
  else writeMessage(`No row of ${shownPath(path.resolve(folder))} is done that has what is asked for.`);
  return best.length === 0 ? exitCodes.findings : exitCodes.clean;
}

/** Asks the process that works on a sweep to save and end; gives the exit code. */
export function cancelSweep(folder: string): number {
  const absolute = path.resolve(folder);
  readSweepManifest(absolute);
  const pid = workingProcess(absolute);
  if (pid === undefined) {
    throw new CliError(`No process of this machine works on ${shownPath(absolute)}: there is nothing to cancel.`);
  }
  writeFileAtomic(path.join(absolute, sweepFiles.cancel), "");
  process.kill(pid, "SIGINT");
  writeMessage(`Process ${pid} ends the sweep; go on with it by quantlens sweep resume ${shownPath(absolute)}.`);
  return exitCodes.clean;
}

function viewOf(folder: string): SweepView {
  const absolute = path.resolve(folder);
  readSweepManifest(absolute);
  return readSweepView(absolute);
}

function statusText(folder: string, view: SweepView): string {
  const state =
    view.status === "running" && workingProcess(path.resolve(folder)) === undefined ? "stopped" : view.status;
  return `${state}: ${summaryText(view)}`;
}

const statusColumns = ({ varied }: SweepView): readonly Column<RowView>[] => [
  { title: "row", align: "right", cell: ({ row }) => String(row) },
  { title: "parameters", align: "left", shorten: "end", cell: ({ parameters }) => parametersText(parameters, varied) },
  { title: "state", align: "left", cell: ({ state }) => state },
  { title: "stages", align: "right", spare: 1, cell: stagesText },
  { title: "accuracy", align: "right", cell: ({ result }) => (result ? formatAccuracy(result.accuracy) : "") },
  { title: "score", align: "right", cell: ({ result }) => (result ? formatPreciseScore(result.score) : "") },
  { title: "message", align: "left", shorten: "end", cell: ({ message }) => message ?? "" },
];

function stagesText({ stages }: RowView): string {
  const over = stages.filter(({ state }) => state === "done" || state === "shared").length;
  return stages.length === 0 ? "" : `${over}/${stages.length}`;
}
