/** `quantlens sweep` and `sweep resume`: run a sweep, or go on with one. */
import { availableParallelism } from "node:os";
import { exitCodes } from "../errors.js";
import { shownPath } from "../output/paths.js";
import { colorsFor, write, writeMessage, writeResult } from "../output/streams.js";
import { withInterrupt } from "../train/run/interrupt.js";
import { isFolder, newSweep, resumedSweep, type SweepStart } from "./begin.js";
import type { Engine } from "./engines/engine.js";
import { localEngine } from "./engines/local.js";
import { slurmEngine } from "./engines/slurm/engine.js";
import { work } from "./engines/worker.js";
import type { SweepView } from "./folder/sweep-view.js";
import type { SweepCommandOptions, SweepResources } from "./options.js";
import { bestTable } from "./report/best-table.js";
import { runSweep } from "./run-sweep.js";
import { createSweepTerminal } from "./terminal/sweep-terminal.js";

/** A new sweep of a model file or a table, or the sweep in a folder; gives the exit code. */
export async function sweep(target: string, options: SweepCommandOptions, version: string): Promise<number> {
  if (isFolder(target)) return resumeSweep(target, options, version);
  return run(await newSweep(target, options, version), options, version);
}

/** Goes on with the sweep in a folder. */
export async function resumeSweep(folder: string, resources: SweepResources, version: string): Promise<number> {
  return run(await resumedSweep(folder), resources, version);
}

/** A worker process of a local sweep. */
export const sweepWork = work;

async function run(start: SweepStart, resources: SweepResources, version: string): Promise<number> {
  const { isTTY, columns } = process.stderr;
  const terminal = createSweepTerminal({
    write: (text) => {
      write("stderr", text);
    },
    colors: colorsFor(process.stderr),
    ...(isTTY && { width: columns }),
    clock: () => performance.now() / 1000,
  });
  const engine = engineOf(resources);
  return withInterrupt(async (signal, atExit) => {
    const view = await runSweep({ ...start, engine, terminal, version, signal, atExit });
    return ended(view, start.folder);
  });
}

function engineOf({ engine, workers, threads, sbatch = [] }: SweepResources): Engine {
  const own = threads === undefined ? {} : { threads };
  if (engine === "slurm") return slurmEngine({ sbatch, ...own, ...(workers !== undefined && { throttle: workers }) });
  return localEngine({ workers: workers ?? availableParallelism(), ...own });
}

function ended(view: SweepView, folder: string): number {
  const rows = [...view.rows.values()];
  if (rows.some(({ result }) => result !== undefined)) writeResult(bestTable(view));
  writeMessage(`The sweep is in ${shownPath(folder)}.`);
  switch (view.status) {
    case "interrupted":
    case "cancelled":
      writeMessage(`Go on with: quantlens sweep resume ${shownPath(folder)}`);
      return exitCodes.interrupted;
    default:
      return rows.some(({ state }) => state === "failed") ? exitCodes.findings : exitCodes.clean;
  }
}
