/** `quantlens evaluate`: its arguments, options and help. */
import { parseGoal, parseTopK, type EvaluateCommandOptions } from "../evaluate/options.js";
import { wholeNumber } from "../number-options.js";
import { flavors } from "../options.js";
import { choice, examples, type AddCommand } from "./common.js";
import { trainedModelOptions } from "./trained-model.js";

export const addEvaluate: AddCommand = (program, done) => {
  trainedModelOptions(program.command("evaluate"))
    .summary("print how well a trained model recognises its data")
    .description(
      "Runs a trained model on the test part of its data: accuracy over all, by signal-to-noise ratio and by class, confusion, top-k, and the challenge's verdict.",
    )
    .option("--data <data>", "in place of the model's data: an HDF5 file, a folder, or synthetic[:setting=value,...]")
    .option("--limit-frames <n>", "take so many test samples, spread over all", wholeNumber(1))
    .option("--integer", "also run the model in integers and compare, sample by sample", false)
    .option("--goal [accuracy]", "exit with 1 below this share, or below the challenge's", parseGoal)
    .option("--top-k <list>", "accuracies with so many guesses", parseTopK, [1, 3, 5])
    .option("--details", "also print accuracy by class and ratio, and the confusion matrix", false)
    .addOption(choice("--flavor <flavor>", "cost tool to agree with", flavors))
    .addHelpText(
      "after",
      examples(
        ["quantlens evaluate net.model.ts --weights best.safetensors", "on the model's data"],
        ["quantlens evaluate net.model.ts --weights net.pth --data GOLD_XYZ_OSC.0001_1024.hdf5 --goal", "in CI"],
        ["quantlens evaluate net.model.ts --weights net.onnx --integer --html report.html", "with a report"],
      ) + "\nExit codes: 0 done, 1 accuracy below --goal, 2 could not run, 130 interrupted.",
    )
    .action(async (file: string, options: EvaluateCommandOptions) => {
      const { evaluate } = await import("../train/entry.js");
      done(await evaluate(file, options));
    });
};
