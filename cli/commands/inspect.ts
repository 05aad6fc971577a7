/** `quantlens inspect`: its arguments, options and help. */
import type { InspectCommandOptions } from "../evaluate/options.js";
import { wholeNumber } from "../number-options.js";
import { examples, type AddCommand } from "./common.js";
import { trainedModelOptions } from "./trained-model.js";

export const addInspect: AddCommand = (program, done) => {
  trainedModelOptions(program.command("inspect"))
    .summary("print what quantisation does to each layer")
    .description(
      "Compares weights and activations before and behind their quantisers, layer by layer: noise, values cut off, codes and channels without use, and the accumulators' widths.",
    )
    .option("--data <data>", "in place of the model's data: an HDF5 file, a folder, or synthetic[:setting=value,...]")
    .option("--no-data", "look at weights only")
    .option("--limit-frames <n>", "take so many test samples, spread over all (default: 256)", wholeNumber(1))
    .addHelpText(
      "after",
      examples(
        ["quantlens inspect net.model.ts --weights best.safetensors --data synthetic", "on generated frames"],
        ["quantlens inspect net.model.ts --weights net.onnx --no-data", "weights only"],
        ["quantlens inspect net.model.ts --weights net.pth --html report.html", "with histograms"],
      ),
    )
    .action(async (file: string, options: InspectCommandOptions) => {
      const { inspect } = await import("../train/entry.js");
      done(await inspect(file, options));
    });
};
