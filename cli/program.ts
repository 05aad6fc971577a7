/** The command line: its commands and their common options. What a command does is loaded when it is called. */
import { Command } from "commander";
import { addCheck } from "./commands/check.js";
import { examples } from "./commands/common.js";
import { addCost } from "./commands/cost.js";
import { addDiff } from "./commands/diff.js";
import { addLsp } from "./commands/lsp.js";

/** Builds the program. `done` is given each command's exit code. */
export function createProgram(version: string, done: (exitCode: number) => void): Command {
  const program = new Command("quantlens")
    .exitOverride()
    .version(version, "-V, --version", "print the version")
    .description("What every layer of a quantised neural network costs, and which rules the network breaks.")
    .option("--debug", "show where in QuantLens an error came from")
    .addHelpText(
      "after",
      examples(
        ["quantlens cost net.model.ts", "the layers of a model file with their costs"],
        ["quantlens cost net.onnx --format json", "the official cost dictionary"],
        ["quantlens check net.model.ts", "the rules that it breaks"],
        ["quantlens diff net.model.ts", "what changed since the last git commit"],
      ) + "\nExit codes: 0 done, 1 findings (errors of check, a score over --max-score), 2 could not run.",
    )
    .showHelpAfterError("(--help shows the commands and options)");
  for (const add of [addCost, addCheck, addDiff, addLsp]) add(program, done, version);
  return program;
}
