/** `quantlens sweep` and its subcommands: their arguments, options and help. */
import type { Command } from "commander";
import { share, threadCount, wholeNumber } from "../number-options.js";
import { parseScore } from "../options.js";
import type { JobProcessOptions } from "../sweep/jobs/job-process.js";
import {
  engineNames,
  sweepFormats,
  type SweepBestOptions,
  type SweepCommandOptions,
  type SweepResources,
  type SweepStatusOptions,
} from "../sweep/options.js";
import { choice, examples, runOptions, type AddCommand } from "./common.js";
import { givenOptions, recipeOptions } from "./training.js";

export const addSweep: AddCommand = (program, done, version) => {
  const sweep = program.command("sweep");
  resourceOptions(settingOptions(runOptions(sweep)))
    .summary("train a model with many parameter values")
    .description(
      "Trains, prunes, evaluates and exports a network for each row of parameter values: of the model file's sweep, or of a table.",
    )
    .argument("<target>", "model file (.ts), table of rows (.ods, .xlsx, .csv), or folder of a sweep to go on with")
    .option("--model <file>", "model file that a table's rows are for")
    .option("--out <folder>", "folder of the sweep (default: sweeps/<model>-<number>)")
    .addHelpText(
      "after",
      examples(
        ["quantlens sweep net.model.ts", "the sweep that the model file defines"],
        ["quantlens sweep net.model.ts --engine slurm --workers 40", "on a cluster, 40 rows at once"],
        [
          "quantlens sweep run_config.ods --model net.model.ts",
          "the rows of a table; its results: run_config_computed.ods",
        ],
        ["quantlens sweep resume sweeps/net-1", "go on after an interruption"],
      ) + sweepExitCodes,
    )
    .action(async (target: string, options: SweepCommandOptions) => {
      const { sweep: run } = await import("../train/entry.js");
      done(await run({ target, options, given: givenOptions(sweep), version }));
    });
  for (const add of [addStatus, addBest, addResume, addCancel, addWork, addJob]) add(sweep, done, version);
};

const addStatus: AddCommand = (sweep, done) => {
  sweep
    .command("status")
    .summary("print where a sweep stands")
    .description("Prints each row of a sweep with its state and its results, while it runs or later.")
    .argument("<folder>", "folder of the sweep")
    .addOption(choice("--format <format>", "how to print it", sweepFormats))
    .addHelpText("after", "\nExit codes: 0 no row failed, 1 rows failed, 2 could not run.")
    .action(async (folder: string, options: SweepStatusOptions) => {
      const { sweepStatus } = await import("../train/entry.js");
      done(sweepStatus(folder, options));
    });
};

const addBest: AddCommand = (sweep, done) => {
  sweep
    .command("best")
    .summary("print the rows that no other row beats")
    .description("Prints the Pareto front of a sweep: every row that no other row beats in accuracy and score.")
    .argument("<folder>", "folder of the sweep")
    .option("--min-accuracy <share>", "rows of at least this accuracy, as in 0.56", share(true, "0.56"))
    .option("--max-score <score>", "rows of at most this score", parseScore)
    .addOption(choice("--format <format>", "how to print it", sweepFormats))
    .addHelpText("after", "\nExit codes: 0 there are such rows, 1 there are none, 2 could not run.")
    .action(async (folder: string, options: SweepBestOptions) => {
      const { sweepBest } = await import("../train/entry.js");
      done(sweepBest(folder, options));
    });
};

const addCancel: AddCommand = (sweep, done) => {
  sweep
    .command("cancel")
    .summary("have a running sweep save and end")
    .description("Has the process that works on a sweep save what it has, and end. The sweep can be resumed.")
    .argument("<folder>", "folder of the sweep")
    .action(async (folder: string) => {
      const { cancelSweep } = await import("../train/entry.js");
      done(cancelSweep(folder));
    });
};

/** What a queue of a cluster runs. */
const addJob: AddCommand = (sweep, done, version) => {
  sweep
    .command("job", { hidden: true })
    .argument("<folder>")
    .argument("<jobs>", "file with a job in each line")
    .argument("<line>", "from 0", wholeNumber(0))
    .option("--threads <number>", "of the training", threadCount)
    .action(async (folder: string, file: string, line: number, options: JobProcessOptions) => {
      const { sweepJob } = await import("../train/entry.js");
      done(await sweepJob(folder, { file, line }, options, version));
    });
};

const addResume: AddCommand = (sweep, done, version) => {
  resourceOptions(sweep.command("resume"))
    .summary("go on with a sweep")
    .description(
      "Goes on with a sweep: what is over stays, what was begun is taken up, rows that failed are tried again.",
    )
    .argument("<folder>", "folder of the sweep")
    .action(async (folder: string, _: unknown, command: Command) => {
      const { resumeSweep } = await import("../train/entry.js");
      const [options, given] = [command.optsWithGlobals<SweepResources>(), givenOptions(sweep)];
      done(await resumeSweep({ target: folder, options, given, version }));
    });
};

/** What a sweep starts its worker processes with. */
const addWork: AddCommand = (sweep, done, version) => {
  sweep
    .command("work", { hidden: true })
    .argument("<folder>")
    .action(async (folder: string) => {
      const { sweepWork } = await import("../train/entry.js");
      done(await sweepWork(folder, version));
    });
};

function settingOptions(command: Command): Command {
  return recipeOptions(command)
    .option("--retries <number>", "how often a stage that failed is tried again", wholeNumber(0), 1)
    .option("--store <folder>", "results of stages, shared by sweeps (default: in the sweep's folder)");
}

function resourceOptions(command: Command): Command {
  return command
    .addOption(choice("--engine <engine>", "what runs the rows", engineNames))
    .option(
      "--workers <number>",
      "rows at once (default: the machine's cores; with Slurm as it decides)",
      wholeNumber(1),
    )
    .option("--threads <number>", "threads of each row (default: cores by workers; with Slurm 1)", wholeNumber(1, 1024))
    .option("--sbatch <option>", "further option of sbatch, as in --sbatch=--time=60; repeatable", addOption);
}

function addOption(option: string, before: readonly string[] = []): readonly string[] {
  return [...before, option];
}

const sweepExitCodes =
  "\nExit codes: 0 done, 1 rows failed, 2 could not run, 130 interrupted by Ctrl-C or cancelled (saved).";
