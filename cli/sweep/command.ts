/** `quantlens sweep` and `sweep resume`: run a sweep, or go on with one. */
import { availableParallelism } from "node:os";
import { exitCodes } from "../errors.js";
import { shownPath } from "../output/paths.js";
import { colorsFor, write, writeMessage, writeResult } from "../output/streams.js";
import { withInterrupt } from "../train/run/interrupt.js";
import { refuseOptions } from "../train/run/work-folder.js";
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

/** A sweep as the command line asks for it. */
export interface SweepCall<Options> {
  /** Of a new one its model file or table, else its folder. */
  readonly target: string;
  readonly options: Options;
  /** Names of the options that were written, for what a sweep that goes on cannot change. */
  readonly given: readonly string[];
  readonly version: string;
}

/** A new sweep of a model file or a table, or the sweep in a folder; gives the exit code. */
export async function sweep(call: SweepCall<SweepCommandOptions>): Promise<number> {
  const { target, options, version } = call;
  if (isFolder(target)) return resumeSweep(call);
  return run(await newSweep(target, options, version), options, version);
}

/** Goes on with the sweep in a folder. */
export async function resumeSweep({ target, options, given, version }: SweepCall<SweepResources>): Promise<number> {
  const start = resumedSweep(target);
  refuseOptions(
    start.folder,
    "sweep",
    given.filter((name) => !resourceNames.includes(name)),
  );
  return run(start, options, version);
}

const resourceNames: readonly string[] = ["engine", "workers", "threads", "sbatch"] satisfies (keyof SweepResources)[];

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
