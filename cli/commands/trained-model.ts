/** The argument and options of commands that run a trained model. */
import type { Command } from "commander";
import { evaluationBackends, resultFormats } from "../evaluate/options.js";
import { threadCount } from "../number-options.js";
import { choice, runOptions } from "./common.js";

export function trainedModelOptions(command: Command): Command {
  return runOptions(command)
    .argument("<file>", "model file (.ts)")
    .requiredOption("--weights <file>", "trained weights: a .safetensors, .pth or .onnx file")
    .addOption(choice("--backend <backend>", "what computes it", evaluationBackends))
    .option("--threads <n>", "of the wasm backend (default: as many as the machine has, at most 16)", threadCount)
    .addOption(choice("--format <format>", "how to print it", resultFormats))
    .option("--html <file>", "also write a report to open in a browser");
}
