/** `quantlens train`, `prune` and `finetune`: begin a run in a folder of its own, or go on with one. */
import path from "node:path";
import { withoutUndefined } from "../../../shared/dsl/options.js";
import type { CostFlavor } from "../../../shared/graph/datatype.js";
import { absoluteData } from "../../data/request.js";
import { CliError, exitCodes } from "../../errors.js";
import type { RunOptions } from "../../options.js";
import { makeFolder } from "../../output/atomic-file.js";
import { shownPath } from "../../output/paths.js";
import { writeMessage, writeResult } from "../../output/streams.js";
import { defaultThreads, type BackendName } from "../backend.js";
import type { CalibrationMethod } from "../calibrate/thresholds.js";
import { newRunFolder, readManifest } from "./folder.js";
import { withInterrupt } from "./interrupt.js";
import { lockFolder } from "./lock.js";
import { reportTable } from "./report.js";
import { executeRun } from "./run.js";
import type { RunSettings } from "./settings.js";
import { refuseOptions } from "./work-folder.js";

/** The options of the three commands, as the command line gives them. */
export interface TrainOptions extends RunOptions {
  readonly data?: string;
  readonly out?: string;
  readonly backend: BackendName;
  readonly threads?: number;
  readonly epochs?: number;
  readonly limitFrames?: number;
  readonly untilAccuracy?: number;
  readonly seed?: number;
  readonly restarts?: number;
  readonly from?: string;
  readonly calibrate?: CalibrationMethod;
  readonly freezeAfter?: number;
  readonly validation?: number;
  readonly teacher?: string;
  readonly teacherModel?: string;
  readonly tensorboard: boolean;
  readonly flavor: CostFlavor;
  readonly resume?: string;
  readonly stage?: number;
  readonly finetune?: boolean;
}

export interface TrainCall {
  readonly command: RunSettings["command"];
  /** The model file; not needed to go on with a run. */
  readonly file: string | undefined;
  readonly options: TrainOptions;
  /** Names of the options that were written, for what a resumed run cannot change. */
  readonly given: readonly string[];
  readonly version: string;
}

/** Runs the stages and prints what came of them; gives the exit code. */
export async function train(call: TrainCall): Promise<number> {
  const { folder, settings, file, resumed } = call.options.resume === undefined ? newRun(call) : resumedRun(call);
  return withInterrupt(async (signal, atExit) => {
    let unlock: (() => void) | undefined;
    const claim = (): void => {
      makeFolder(folder);
      unlock = lockFolder(folder);
      atExit(unlock);
    };
    try {
      const { report, message } = await executeRun({
        folder,
        claim,
        settings,
        file,
        resumed,
        version: call.version,
        signal,
      });
      if (report.stages.length > 0) writeResult(reportTable(report));
      return exitCodeOf(report.status, message, folder);
    } finally {
      unlock?.();
    }
  });
}

function exitCodeOf(status: string, message: string | undefined, folder: string): number {
  if (message !== undefined) writeMessage(`quantlens: ${message}`);
  switch (status) {
    case "done":
      writeMessage(`The run is in ${shownPath(folder)}.`);
      return exitCodes.clean;
    case "interrupted":
      writeMessage(`Go on with: quantlens train --resume ${shownPath(folder)}`);
      return exitCodes.interrupted;
    default:
      return exitCodes.findings;
  }
}

interface RunStart {
  readonly folder: string;
  readonly settings: RunSettings;
  readonly file: string;
  readonly resumed: boolean;
}

function newRun({ command, file, options }: TrainCall): RunStart {
  if (file === undefined)
    throw new CliError(`quantlens ${command} needs a model file, or --resume with a run's folder.`);
  const settings = settingsOf(command, options);
  return { folder: newRunFolder(options.out, file), settings, file, resumed: false };
}

function resumedRun({ options, file, given, command }: TrainCall): RunStart {
  const folder = path.resolve(options.resume ?? "");
  refuseOptions(
    folder,
    "run",
    given.filter((name) => name !== "resume"),
  );
  const { settings, model } = readManifest(folder);
  if (settings.command !== command && command !== "train") {
    throw new CliError(
      `${shownPath(folder)} was begun by quantlens ${settings.command}: go on with it by that, or by train.`,
    );
  }
  return { folder, settings, file: file ?? model.file, resumed: true };
}

/** Decides what the command line leaves open; paths become absolute, since a run may be resumed from elsewhere. */
function settingsOf(command: RunSettings["command"], options: TrainOptions): RunSettings {
  const { data, from, teacher, teacherModel, backend, tensorboard, flavor, run } = options;
  if ((teacher === undefined) !== (teacherModel === undefined)) {
    throw new CliError(
      "--teacher and --teacher-model belong together: name the teacher's checkpoint and its model file.",
    );
  }
  if (options.calibrate !== undefined && from === undefined) {
    throw new CliError("--calibrate needs the weights of a float network: name them with --from.");
  }
  if (command !== "train" && from === undefined) {
    throw new CliError(`quantlens ${command} needs the weights to start from: name them with --from.`);
  }
  const resolved = (file: string | undefined): string | undefined => file && path.resolve(file);
  return {
    command,
    backend,
    tensorboard,
    flavor,
    run,
    threads: options.threads ?? defaultThreads(),
    restarts: options.restarts ?? 0,
    ...withoutUndefined({
      stage: options.stage,
      finetune: options.finetune,
      data: data === undefined ? undefined : absoluteData(data),
      epochs: options.epochs,
      limitFrames: options.limitFrames,
      untilAccuracy: options.untilAccuracy,
      seed: options.seed,
      from: resolved(from),
      param: options.param,
      calibrate: options.calibrate,
      freezeAfter: options.freezeAfter,
      validation: options.validation,
      teacher:
        teacher !== undefined && teacherModel !== undefined
          ? { checkpoint: path.resolve(teacher), model: path.resolve(teacherModel) }
          : undefined,
    }),
  };
}
