/** The options that `train`, `prune` and `finetune` share, and how their commands are called. */
import { type Command, Option } from "commander";
import { share, threadCount, wholeNumber } from "../number-options.js";
import { flavors } from "../options.js";
import type { TrainOptions } from "../train/run/command.js";
import { choice, runOptions } from "./common.js";

export const backends = ["wasm", "tensorflow", "webgpu", "tfjs"] as const satisfies readonly TrainOptions["backend"][];

const calibrations = ["max", "percentile", "mse"] as const satisfies readonly TrainOptions["calibrate"][];

/** What replaces what the model file says: its data, how long and how it trains, and by which cost it is judged. */
export function recipeOptions(command: Command): Command {
  return command
    .option("--data <source>", "synthetic, synthetic:framesPerClassAndSnr=16,seed=3, an HDF5 file, or a folder")
    .addOption(choice("--backend <backend>", "what computes", backends))
    .option("--epochs <number>", "epochs of every training, in place of the recipe's", wholeNumber(1))
    .option("--limit-frames <number>", "use so many samples, training and test together", wholeNumber(2))
    .option("--until-accuracy <share>", "end each training at this accuracy, as in 0.56", share(true, "0.56"))
    .option("--seed <number>", "seed of initial weights, order and dropout", wholeNumber(0))
    .option("--validation <share>", "hold out this share of the training data to choose by", share(false, "0.1"))
    .option("--freeze-after <epochs>", "then keep batch norm's statistics and learned scales", wholeNumber(0))
    .addOption(choice("--flavor <flavor>", "cost tool whose score is aimed at and shown", flavors));
}

/** Where the data comes from, how it is trained on, and where the run is kept. */
export function trainingOptions(command: Command): Command {
  return recipeOptions(runOptions(command))
    .argument("[file]", "model file (.ts); not needed with --resume")
    .option("--out <folder>", "folder of the run (default: runs/<model>-<number>)")
    .option("--resume <folder>", "go on with the run in a folder, with the options that it was begun with")
    .option("--threads <number>", "threads of the wasm backend (default: the machine's, at most 16)", threadCount)
    .option("--teacher <checkpoint>", "learn from this network's outputs, too")
    .option("--teacher-model <file>", "model file of the teacher")
    .option("--tensorboard", "write TensorBoard's event files, too", false);
}

/** Options of what begins with fresh weights. */
export function startOptions(command: Command): Command {
  return command
    .option("--from <weights>", "start from a checkpoint, or a .pth, .safetensors or .onnx file")
    .addOption(
      new Option("--calibrate <method>", "set learned scales for the float network of --from").choices(calibrations),
    )
    .option("--restarts <number>", "new attempts with other seeds when a goal is missed", wholeNumber(0));
}

/** Options of single stages. */
export function stageOptions(command: Command): Command {
  return command
    .option("--from <weights>", "start from a checkpoint, or a .pth, .safetensors or .onnx file")
    .option("--stage <number>", "position in the recipe, from 1 (default: its only prune stage)", wholeNumber(1));
}

/** The names of the options that were written. */
export function givenOptions(command: Command): readonly string[] {
  return Object.keys(command.opts()).filter((name) => command.getOptionValueSource(name) === "cli");
}

export const runExitCodes =
  "\nExit codes: 0 done, 1 diverged or missed --until-accuracy, 2 could not run, 130 interrupted by Ctrl-C (saved).";
