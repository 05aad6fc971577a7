/** Executes a run: everything is opened, the stages are run, and however it ends, that is written down. */
import { existsSync } from "node:fs";
import path from "node:path";
import { CliError, isCliError } from "../../errors.js";
import { makeFolder } from "../../output/atomic-file.js";
import { shownPath } from "../../output/paths.js";
import { colorsFor, write } from "../../output/streams.js";
import { newRunState, type RunState } from "../checkpoint/state.js";
import { openEventLog } from "../events/event-log.js";
import { eventSchema, type RunStatus } from "../events/events.js";
import { openScalarLog } from "../events/tensorboard.js";
import type { TrainableModel } from "../model.js";
import { misses, runStages, type Goal } from "./attempts.js";
import { currentStage, DivergedError, placeOf, type RunContext, type RunData, type Trainee } from "./context.js";
import { secondsOf } from "./elapsed.js";
import { readManifest, runFiles, writeManifest, type DataSummary, type RunManifest } from "./folder.js";
import { InterruptedError } from "./interrupt.js";
import { bestFile, keepWholeEpoch } from "./mid-epoch.js";
import { openRun, type OpenedRun } from "./open.js";
import { createReporter, type Reporter } from "./reporter.js";
import { reportOf, writeReport, type RunReport } from "./report.js";
import type { RunSettings } from "./settings.js";
import { startStopwatch } from "./stopwatch.js";
import { createStore, readCheckpoint, takeUp } from "./store.js";
import { createTerminal, type RunTerminal } from "./terminal.js";
import { traineeOpeners, type TraineeOpeners } from "./trainee.js";

export interface RunRequest {
  /** Absolute. */
  readonly folder: string;
  /** Makes the folder and takes its lock. Throws a `CliError`. */
  readonly claim: () => void;
  readonly settings: RunSettings;
  readonly file: string;
  /** The model, where it is not what the file says: of other widths, of another recipe. */
  readonly model?: TrainableModel;
  readonly resumed: boolean;
  readonly version: string;
  readonly signal: AbortSignal;
  /** Who is shown what happens. Absent: standard error. */
  readonly terminal?: RunTerminal;
}

export interface RunOutcome {
  readonly report: RunReport;
  /** One sentence when the run is not done. */
  readonly message?: string;
}

/** Runs to the end, or to where the run is interrupted or diverges. Throws a `CliError` when it cannot run. */
export async function executeRun(request: RunRequest): Promise<RunOutcome> {
  const { settings, file, model, folder, claim } = request;
  const opened = await openRun(file, settings, !existsSync(path.join(folder, runFiles.checkpoint)), model);
  try {
    claim();
    const manifest = manifestOf(request, opened);
    const reporter = openReporter(request);
    try {
      return await withOutcome(request, manifest, reporter, (last) =>
        runFrom({ request, opened, manifest, reporter, last }),
      );
    } finally {
      reporter.close();
    }
  } finally {
    await opened.close();
  }
}

function summaryOf({ name, classes }: OpenedRun["dataset"], { train, validation, test }: RunData): DataSummary {
  return { name, classes: classes.length, train: train.size, validation: validation?.size ?? 0, test: test.size };
}

/** Writes what the run is, or checks that a run to go on with is still the same. */
function manifestOf(
  { folder, settings, version, resumed }: RunRequest,
  { model, stages, dataset, data: samples }: OpenedRun,
): RunManifest {
  const { definition, file, sha256, fingerprint } = model;
  const source = definition.data ?? null;
  const data = summaryOf(dataset, samples);
  if (!resumed) {
    const manifest: RunManifest = {
      schema: 1,
      tool: `quantlens ${version}`,
      model: { name: definition.name, file, sha256 },
      fingerprint,
      source,
      data,
      settings,
      stages,
    };
    writeManifest(folder, manifest);
    return manifest;
  }
  const begun = readManifest(folder);
  const parts = [
    { what: "network", before: begun.fingerprint, now: fingerprint },
    { what: "recipe", before: begun.stages, now: stages },
    // Names of folders depend on where the command is called.
    { what: "data", before: [begun.source, { ...begun.data, name: "" }], now: [source, { ...data, name: "" }] },
  ];
  const changed = parts.find(({ before, now }) => JSON.stringify(before) !== JSON.stringify(now));
  if (changed === undefined) return begun;
  throw new CliError(
    `The ${changed.what} of ${shownPath(file)} is not the one that ${shownPath(folder)} was begun with: undo the change, or begin a new run.`,
  );
}

function openReporter({ folder, settings, terminal = standardError(settings) }: RunRequest): Reporter {
  const { tensorboard } = settings;
  const scalars = path.join(folder, runFiles.tensorboard);
  if (tensorboard) makeFolder(scalars);
  return createReporter({
    log: openEventLog(path.join(folder, runFiles.events)),
    ...(tensorboard && { scalarLog: openScalarLog(scalars) }),
    terminal,
  });
}

function standardError({ flavor }: Pick<RunSettings, "flavor">): RunTerminal {
  const { isTTY, columns } = process.stderr;
  return createTerminal({
    write: (text) => {
      write("stderr", text);
    },
    colors: colorsFor(process.stderr),
    flavor,
    ...(isTTY && { width: columns }),
  });
}

/** The state that was saved last, for the report of a run that does not end well. */
interface LastState {
  state: RunState;
}

interface RunParts {
  readonly request: RunRequest;
  readonly opened: OpenedRun;
  readonly manifest: RunManifest;
  readonly reporter: Reporter;
  readonly last: LastState;
}

async function runFrom({ request, opened, manifest, reporter, last }: RunParts): Promise<RunState> {
  const { folder, settings, signal, resumed } = request;
  const { model, stages, data, batchSize, backend, teacher, start } = opened;
  const store = createStore(folder, manifest, model.program);
  const context: RunContext = {
    model,
    stages,
    data,
    classNames: opened.dataset.classes,
    batchSize,
    flavor: settings.flavor,
    ...(settings.untilAccuracy !== undefined && { untilAccuracy: settings.untilAccuracy }),
    ...(teacher && { teacher: teacher.logits }),
    reporter,
    signal,
    watch: startStopwatch(),
    store: {
      ...store,
      save(state, trainee) {
        keepWholeEpoch(store, stages, last.state, state);
        store.save(state, trainee);
        last.state = state;
      },
    },
  };
  if (!resumed) reporter.event(runEvent(manifest, model));
  const openers = traineeOpeners({ context, backend, settings, start });
  const begun = await beginOrTakeUp(context, { folder, seed: firstSeed(settings, model) }, openers);
  last.state = begun.state;
  return runStages(context, begun, { open: openers.fresh, goal: goalOf(settings, model) });
}

function runEvent({ tool, model, data, settings, stages }: RunManifest, { definition }: TrainableModel) {
  const { name, file, sha256 } = model;
  const goal = settings.untilAccuracy ?? definition.challenge?.minAccuracy;
  return {
    event: "run",
    schema: eventSchema,
    tool,
    model: { name, file: shownPath(file), sha256 },
    data,
    backend: settings.backend,
    threads: settings.backend === "wasm" ? settings.threads : null,
    stages: stages.map(({ name: stage, kind, training }) => ({ name: stage, kind, epochs: training?.epochs ?? 0 })),
    ...(goal !== undefined && { goal }),
    ...(definition.budget && { budget: definition.budget }),
  } as const;
}

/** The state and network that a run begins with, saved at once; or those that it goes on from. */
async function beginOrTakeUp(
  context: RunContext,
  { folder, seed }: { readonly folder: string; readonly seed: number },
  { fresh, bare }: TraineeOpeners,
): Promise<{ readonly state: RunState; readonly trainee: Trainee }> {
  const file = path.join(folder, runFiles.checkpoint);
  if (!existsSync(file)) {
    const trainee = await fresh(seed);
    return closedOnFailure(trainee, () => {
      const state = newRunState(seed);
      context.store.save(state, trainee);
      return { state, trainee };
    });
  }
  const checkpoint = readCheckpoint(file, context.model.program);
  const trainee = await bare(checkpoint.meta.state?.seed ?? seed);
  return closedOnFailure(trainee, () => {
    const state = takeUp(checkpoint, trainee, file);
    const { epoch = 0, batch = 0 } = state.training ?? {};
    // A run that is done goes on nowhere.
    if (currentStage(context, state)) {
      context.reporter.event({ event: "resume", ...placeOf(state), epoch: epoch + 1, batch });
    }
    return { state, trainee };
  });
}

/** An open session has threads that would keep the process alive. */
async function closedOnFailure<T>({ session }: Trainee, work: () => T): Promise<T> {
  try {
    return work();
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Of the initial weights: the command line's, else the recipe's. */
export function firstSeed(
  { seed }: Pick<RunSettings, "seed">,
  { definition }: Pick<TrainableModel, "definition">,
): number {
  const first = definition.recipe.find((stage) => stage.kind === "train");
  const own = first?.options.seed;
  return seed ?? (typeof own === "number" ? own : 0);
}

function goalOf({ untilAccuracy, restarts }: RunSettings, { definition }: TrainableModel): Goal | undefined {
  const accuracy = untilAccuracy ?? definition.challenge?.minAccuracy;
  return accuracy === undefined ? undefined : { accuracy, restarts };
}

/** Runs and writes down how it ended. Errors that are not the run's own are thrown on. */
async function withOutcome(
  { folder, settings }: RunRequest,
  manifest: RunManifest,
  reporter: Reporter,
  run: (status: LastState) => Promise<RunState>,
): Promise<RunOutcome> {
  const last: LastState = { state: newRunState(0) };
  const finish = (status: RunStatus, message?: string): RunOutcome => {
    reporter.event({ event: "end", status, ...(message !== undefined && { message }) });
    const report = reportOf(manifest, last.state, { status, seconds: secondsOf(path.join(folder, runFiles.events)) });
    writeReport(folder, report);
    return { report, ...(message !== undefined && { message }) };
  };
  try {
    last.state = await run(last);
  } catch (error) {
    if (error instanceof InterruptedError) return finish("interrupted");
    if (error instanceof DivergedError) {
      const best = bestFile(manifest.stages, last.state);
      const kept = `${shownPath(folder)}/${runFiles.checkpoint} is the last good checkpoint`;
      const also = best === undefined ? "" : `, ${shownPath(folder)}/${best} the best epoch's network`;
      return finish("diverged", `${error.message} ${kept}${also}.`);
    }
    reporter.event({ event: "end", status: "failed", message: isCliError(error) ? error.message : String(error) });
    throw error;
  }
  const missed = last.state.stages.find((stage) => misses(stage, settings.untilAccuracy ?? 0));
  if (missed === undefined) return finish("done");
  return finish("missed", `The stage "${missed.name}" missed the accuracy of --until-accuracy.`);
}
