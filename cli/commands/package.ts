/** `quantlens package`: its arguments, options and help. */
import { evaluationBackends } from "../evaluate/options.js";
import { threadCount } from "../number-options.js";
import type { PackageOptions } from "../package/options.js";
import { choice, examples, runOptions, type AddCommand } from "./common.js";

export const addPackage: AddCommand = (program, done, version) => {
  runOptions(program.command("package"))
    .summary("build a submission to the challenge, after checking it")
    .description(
      "Checks every criterion of a valid submission to ITU-ML5G-PS-007 that can be checked, lists the others, and writes a zip with the filled form, ONNX, PyTorch and Brevitas source with its weights, the model file, a Dockerfile, instructions, costs and accuracies.",
    )
    .argument("<file>", "model file (.ts)")
    .requiredOption("--weights <file>", "trained weights: a .safetensors, .pth or .onnx file")
    .option("--evaluation <file>", "accuracy: what `quantlens evaluate --format json` printed")
    .option("--data <data>", "without --evaluation: the data to measure it on, in place of the model's")
    .addOption(choice("--backend <backend>", "what computes it", evaluationBackends))
    .option("--threads <n>", "of the wasm backend (default: as many as the machine has, at most 16)", threadCount)
    .option("-o, --output <file>", "zip to write (default: <name>-submission.zip beside the model file)")
    .option("--repository <address>", "public repository, for the form")
    .option("--comments <text>", "further comments, for the form")
    .option("--force", "write also what is not valid, marked as such; replace what exists", false)
    .addHelpText(
      "after",
      examples(
        [
          "quantlens package net.model.ts --weights best.safetensors --data GOLD_XYZ_OSC.0001_1024.hdf5",
          "measures first",
        ],
        ["quantlens package net.model.ts --weights best.safetensors --evaluation evaluation.json", "as measured"],
      ) + "\nExit codes: 0 all that can be checked is met, 1 a criterion failed, 2 could not run, 130 interrupted.",
    )
    .action(async (file: string, options: PackageOptions) => {
      const { packageSubmission } = await import("../train/entry.js");
      done(await packageSubmission(file, options, version));
    });
};
