/** `quantlens export`: its arguments, options and help. */
import { Option } from "commander";
import type { ExportOptions } from "../export/export.js";
import { dialects, exportFormats } from "../options.js";
import { choice, examples, runOptions, type AddCommand } from "./common.js";

export const addExport: AddCommand = (program, done, version) => {
  runOptions(program.command("export"))
    .summary("write a trained model as ONNX, or as PyTorch and Brevitas")
    .description(
      "Writes a model file with its trained weights as ONNX, and beside it its official cost (.cost.json) and an attachment for Netron (.netron.json); or as a Python module for PyTorch and Brevitas 0.6 with its state dictionary (.pth) and a script that exports it.",
    )
    .argument("<file>", "model file (.ts)")
    .requiredOption("--weights <file>", "trained weights: a .safetensors, .pth or .onnx file")
    .requiredOption("-o, --output <file>", "file to write: .onnx, with --format brevitas .py")
    .addOption(
      choice(
        "--format <format>",
        "qonnx: for FINN, hls4ml and qonnx; qcdq: for ONNX Runtime; brevitas: PyTorch source and weights",
        exportFormats,
      ),
    )
    .addOption(
      new Option("--dialect <dialect>", "form of qonnx; brevitas-0.6: as Brevitas wrote it in 2021").choices(dialects),
    )
    .option("--force", "replace files that exist", false)
    .addHelpText(
      "after",
      examples(
        ["quantlens export net.model.ts --weights net.safetensors -o net.onnx", "QONNX"],
        ["quantlens export net.model.ts --weights net.pth --format qcdq -o net.onnx", "QuantizeLinear and so on"],
        ["quantlens export net.model.ts --weights net.pth --format brevitas -o net.py", "source, weights, script"],
      ),
    )
    .action(async (file: string, options: ExportOptions) => {
      const { exportModel } = await import("../train/entry.js");
      done(await exportModel(file, options, version));
    });
};
