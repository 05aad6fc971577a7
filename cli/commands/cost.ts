/** `quantlens cost`: its arguments, options and help. */
import { costFormats, type CostCommandOptions } from "../options.js";
import { choice, examples, modelOptions, type AddCommand } from "./common.js";

export const addCost: AddCommand = (program, done) => {
  modelOptions(program.command("cost"))
    .summary("print what models cost")
    .description("Prints what each layer of a model costs in bit-operations and bits of weight memory, and its score.")
    .argument("<file...>", "model files (.ts) or ONNX files (.onnx)")
    .option("--breakdown", "also the official dictionary per op type and node", false)
    .addOption(choice("--format <format>", "json: the official dictionary; netron: an attachment", costFormats))
    .addHelpText(
      "after",
      examples(
        ["quantlens cost net.model.ts --weights net.onnx", "with the zeros of trained weights left out"],
        ["quantlens cost net.onnx --flavor qonnx --breakdown --format json", "as qonnx's inference_cost prints it"],
        ["quantlens cost net.onnx --format netron > net.json", "to be opened in Netron beside net.onnx"],
      ),
    )
    .action(async (files: string[], options: CostCommandOptions) => {
      const { cost } = await import("../cost.js");
      done(await cost(files, options));
    });
};
