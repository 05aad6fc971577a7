/** `quantlens diff`: its arguments, options and help. */
import { diffFormats, parseScore, type DiffCommandOptions } from "../options.js";
import { choice, examples, modelOptions, type AddCommand } from "./common.js";

export const addDiff: AddCommand = (program, done) => {
  modelOptions(program.command("diff"))
    .summary("print how two models differ in cost")
    .description("Prints how the cost of each layer and the score change from one model to another.")
    .argument("<a>", "the model before; alone: the file whose last commit is compared with it")
    .argument("[b]", "the model after")
    .addOption(choice("--format <format>", "how to print it", diffFormats))
    .option("--max-score <score>", "exit with 1 when the score after is above this", parseScore)
    .addHelpText(
      "after",
      examples(
        ["quantlens diff old.onnx new.onnx", "two files"],
        ["quantlens diff net.model.ts", "the last git commit of a file and the file"],
        ["quantlens diff net.model.ts --max-score 0.02", "in CI: fail when the score is above 0.02"],
      ) + "\nExit codes: 0 done, 1 score above --max-score, 2 could not run.",
    )
    .action(async (a: string, b: string | undefined, options: DiffCommandOptions) => {
      const { diff } = await import("../models.js");
      done(await diff(a, b, options));
    });
};
