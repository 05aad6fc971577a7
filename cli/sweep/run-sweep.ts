/** Runs a sweep: however it ends, what it came to is written down, and it can go on. */
import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import type { SweepDefinition } from "../../shared/dsl/definition.js";
import { makeFolder } from "../output/atomic-file.js";
import { shownPath } from "../output/paths.js";
import { writeMessage } from "../output/streams.js";
import { openEventLog } from "../train/events/event-log.js";
import { lockFolder } from "../train/run/lock.js";
import { doneFile, requireNoSweep, rowsFolder, stageFolder, sweepFiles } from "./folder/files.js";
import { mendRows } from "./folder/rows-file.js";
import { writeSweepManifest } from "./folder/manifest.js";
import { applyEvent, readSweepView, type SweepView } from "./folder/sweep-view.js";
import type { Engine } from "./engines/engine.js";
import { sweepEventSchema, type SweepEvent, type SweepStatus } from "./events.js";
import { createResolver } from "./plan/resolve.js";
import { writeResults } from "./report/write-results.js";
import type { RowParameters } from "./rows.js";
import { rowSource } from "./next-row.js";
import { RowSchedule } from "./schedule/schedule.js";
import type { SweepTerminal } from "./terminal/sweep-terminal.js";
import { copyTable } from "./begin-table.js";
import type { SweepStart } from "./begin.js";

export interface SweepRequest extends SweepStart {
  readonly engine: Engine;
  readonly terminal: SweepTerminal;
  readonly version: string;
  readonly signal: AbortSignal;
  readonly atExit: (cleanUp: () => void) => void;
}

/** While rows end, the results are written so often at most. */
const writeEveryMs = 5000;

/** Runs all rows. Throws a `CliError` when it cannot: another process works in the folder, the disk is full. */
export async function runSweep(request: SweepRequest): Promise<SweepView> {
  const { folder, manifest, resumed, atExit } = request;
  makeFolder(folder);
  // Jobs of an earlier process, or of another sweep with the same store, may still work.
  const unlock = lockFolder(folder, [rowsFolder(folder), manifest.settings.store]);
  atExit(unlock);
  try {
    if (!resumed) {
      requireNoSweep(folder);
      if (manifest.table) copyTable(folder, manifest.table);
      writeSweepManifest(folder, manifest);
    }
    rmSync(path.join(folder, sweepFiles.cancel), { force: true });
    mendRows(folder);
    return await withJournal(request);
  } finally {
    unlock();
  }
}

async function withJournal(request: SweepRequest): Promise<SweepView> {
  const { folder, manifest, engine, terminal, version, signal, atExit } = request;
  const log = openEventLog<SweepEvent>(path.join(folder, sweepFiles.events));
  const view = readSweepView(folder);
  let written = performance.now();
  const report = (event: SweepEvent): void => {
    log.write(event);
    applyEvent(view, event);
    terminal.show(event, view);
    if (event.event !== "result" || performance.now() - written < writeEveryMs) return;
    writeResults(folder, manifest, view);
    written = performance.now();
  };
  const finish = (status: SweepStatus): void => {
    report({ event: "end", status });
    writeResults(folder, manifest, view);
  };
  try {
    const rows = rowSource(folder, manifest, view);
    report(firstEvent(request, rows.total));
    const guarded = guard(report, signal);
    const schedule = new RowSchedule({
      nextRow: rows.next,
      resolve: createResolver(manifest),
      isStored: (key) => existsSync(path.join(stageFolder(manifest.settings.store, key), doneFile)),
      report: guarded.report,
      retries: manifest.settings.retries,
      signal: guarded.signal,
    });
    await engine.run(schedule, { folder, manifest, version, atExit, signal: guarded.signal, report: guarded.report });
    guarded.rethrow();
    finish(signal.aborted ? statusOfAbort(folder) : "done");
    return view;
  } catch (error) {
    terminal.clear();
    writeMessage(`Go on with: quantlens sweep resume ${shownPath(folder)}`);
    finish("failed");
    throw error;
  } finally {
    terminal.clear();
    log.close();
  }
}

/** Events come from processes, too, where nobody catches: what goes wrong then (a full disk) ends the sweep in order. */
function guard(report: (event: SweepEvent) => void, signal: AbortSignal) {
  const failed = new AbortController();
  return {
    signal: AbortSignal.any([signal, failed.signal]),
    report: (event: SweepEvent): void => {
      try {
        if (!failed.signal.aborted) report(event);
      } catch (error) {
        failed.abort(error);
      }
    },
    rethrow: () => {
      failed.signal.throwIfAborted();
    },
  };
}

function statusOfAbort(folder: string): SweepStatus {
  return existsSync(path.join(folder, sweepFiles.cancel)) ? "cancelled" : "interrupted";
}

function firstEvent({ manifest, engine }: SweepRequest, total: number | undefined): SweepEvent {
  return {
    event: "sweep",
    schema: sweepEventSchema,
    tool: manifest.tool,
    model: manifest.model.name,
    sampler: manifest.table === undefined ? manifest.sweep.sampler.kind : path.basename(manifest.table.file),
    rows: total ?? null,
    varied: variedNames(manifest.sweep),
    engine: engine.name,
    workers: engine.workers,
  };
}

/** Those that a sweep varies; of listed rows those that are not the same in all. */
function variedNames({ vary, sampler }: SweepDefinition): readonly string[] {
  const { rows } = sampler.options;
  if (!Array.isArray(rows)) return Object.keys(vary);
  const values = new Map<string, Set<string>>();
  for (const row of rows as readonly RowParameters[]) {
    for (const [name, value] of Object.entries(row)) {
      const known = values.get(name) ?? new Set<string>();
      values.set(name, known.add(JSON.stringify(value)));
    }
  }
  return [...values].filter(([, known]) => known.size > 1).map(([name]) => name);
}
