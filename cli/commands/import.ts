/** `quantlens import`: its arguments, options and help. */
import { CliError } from "../errors.js";
import type { RunOptions } from "../options.js";
import { examples, runOptions, type AddCommand } from "./common.js";

interface ImportCommandOptions extends RunOptions {
  readonly from?: string;
  readonly fromOnnx?: string;
  readonly output: string;
  readonly force: boolean;
  /** False with `--no-weights`. */
  readonly weights: boolean;
}

export const addImport: AddCommand = (program, done, version) => {
  runOptions(program.command("import"))
    .summary("turn another program's weights into a checkpoint, or an ONNX file into a model file")
    .description(
      "With --from: reads weights from a file of another program and writes them as a checkpoint of a model file. Tensors are found by name, else by kind, order and shape. With --from-onnx: writes a starting model file for the network of an ONNX file, and its weights beside it.",
    )
    .argument("[file]", "model file (.ts) that the weights are for")
    .option("--from <file>", "weights: a .pth, .safetensors or .onnx file")
    .option("--from-onnx <file>", "write a model file for this network")
    .requiredOption("-o, --output <file>", "checkpoint (.safetensors) or, with --from-onnx, model file (.ts) to write")
    .option("--no-weights", "with --from-onnx: the model file alone")
    .option("--force", "replace what exists", false)
    .addHelpText(
      "after",
      examples(
        ["quantlens import net.model.ts --from net.pth -o net.safetensors", "a state dictionary of PyTorch"],
        ["quantlens import net.model.ts --from net.onnx -o net.safetensors", "the constants of an ONNX file"],
        ["quantlens import --from-onnx net.onnx -o net.model.ts", "a model file and net.safetensors"],
      ) + "\nA checkpoint (.pth) is read as data: nothing that it contains is run.",
    )
    .action(async (file: string | undefined, options: ImportCommandOptions) => {
      const { importModel, importWeights } = await import("../train/entry.js");
      const { from, fromOnnx, ...rest } = options;
      if (fromOnnx !== undefined) {
        if (file !== undefined || from !== undefined) throw new CliError(both);
        done(await importModel(fromOnnx, rest, version));
      } else {
        if (file === undefined || from === undefined) throw new CliError(neither);
        done(await importWeights(file, { ...rest, from }, version));
      }
    });
};

const both = "--from-onnx makes a model file, so it takes no model file and no --from: leave them out.";
const neither = "Name a model file and --from with its weights, or --from-onnx with a network to make a model file of.";
