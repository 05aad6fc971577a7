/** `quantlens export`: its arguments, options and help. */
import type { ExportOptions } from "../export/export.js";
import { exportFormats } from "../options.js";
import { choice, examples, runOptions, type AddCommand } from "./common.js";

export const addExport: AddCommand = (program, done, version) => {
  runOptions(program.command("export"))
    .summary("write a trained model as ONNX")
    .description(
      "Writes a model file with its trained weights as ONNX, and beside it its official cost (.cost.json) and an attachment for Netron (.netron.json).",
    )
    .argument("<file>", "model file (.ts)")
    .requiredOption("--weights <file>", "trained weights: a .safetensors, .pth or .onnx file")
    .requiredOption("-o, --output <file>", "ONNX file to write")
    .addOption(choice("--format <format>", "qonnx: for FINN, hls4ml and qonnx; qcdq: for ONNX Runtime", exportFormats))
    .option("--force", "replace files that exist", false)
    .addHelpText(
      "after",
      examples(
        ["quantlens export net.model.ts --weights net.safetensors -o net.onnx", "QONNX"],
        ["quantlens export net.model.ts --weights net.pth --format qcdq -o net.onnx", "QuantizeLinear and so on"],
      ),
    )
    .action(async (file: string, options: ExportOptions) => {
      const { exportModel } = await import("../train/entry.js");
      done(await exportModel(file, options, version));
    });
};
