/** `quantlens import`: its arguments, options and help. */
import type { ImportOptions } from "../import/import.js";
import { examples, runOptions, type AddCommand } from "./common.js";

export const addImport: AddCommand = (program, done, version) => {
  runOptions(program.command("import"))
    .summary("turn weights of another program into a checkpoint")
    .description(
      "Reads weights from a file of another program and writes them as a checkpoint of a model file. Tensors are found by name, else by kind, order and shape.",
    )
    .argument("<file>", "model file (.ts)")
    .requiredOption("--from <file>", "weights: a .pth, .safetensors or .onnx file")
    .requiredOption("-o, --output <file>", "checkpoint to write (.safetensors)")
    .option("--force", "replace the checkpoint if it exists", false)
    .addHelpText(
      "after",
      examples(
        ["quantlens import net.model.ts --from net.pth -o net.safetensors", "a state dictionary of PyTorch"],
        ["quantlens import net.model.ts --from net.onnx -o net.safetensors", "the constants of an ONNX file"],
      ) + "\nA checkpoint (.pth) is read as data: nothing that it contains is run.",
    )
    .action(async (file: string, options: ImportOptions) => {
      const { importWeights } = await import("../train/entry.js");
      done(await importWeights(file, options, version));
    });
};
