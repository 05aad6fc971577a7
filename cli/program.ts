/** The command line: its commands and their common options. What a command does is loaded when it is called. */
import { Command } from "commander";
import { addCheck } from "./commands/check.js";
import { examples, type AddCommand } from "./commands/common.js";
import { addCost } from "./commands/cost.js";
import { addData } from "./commands/data.js";
import { addDiagram } from "./commands/diagram.js";
import { addDiff } from "./commands/diff.js";
import { addDoctor } from "./commands/doctor.js";
import { addEvaluate } from "./commands/evaluate.js";
import { addExport } from "./commands/export.js";
import { addFinetune } from "./commands/finetune.js";
import { addImport } from "./commands/import.js";
import { addInit } from "./commands/init.js";
import { addInspect } from "./commands/inspect.js";
import { addLsp } from "./commands/lsp.js";
import { addPackage } from "./commands/package.js";
import { addPrune } from "./commands/prune.js";
import { addSearch } from "./commands/search.js";
import { addSweep } from "./commands/sweep.js";
import { addTrain } from "./commands/train.js";
import { write } from "./output/streams.js";

const commands: Readonly<Record<string, AddCommand>> = {
  init: addInit,
  cost: addCost,
  check: addCheck,
  diff: addDiff,
  diagram: addDiagram,
  data: addData,
  train: addTrain,
  prune: addPrune,
  finetune: addFinetune,
  sweep: addSweep,
  search: addSearch,
  evaluate: addEvaluate,
  inspect: addInspect,
  import: addImport,
  export: addExport,
  package: addPackage,
  doctor: addDoctor,
  lsp: addLsp,
};

/**
 * Builds the program. `done` is given each command's exit code. When `wanted` is a command's name the program has no
 * other: defining them all takes longer than costing a network.
 */
export function createProgram(version: string, done: (exitCode: number) => void, wanted: string | undefined): Command {
  const program = new Command("quantlens")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        write("stdout", text);
      },
      writeErr: (text) => {
        write("stderr", text);
      },
    })
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
  const own = wanted !== undefined && Object.hasOwn(commands, wanted) ? commands[wanted] : undefined;
  for (const add of own ? [own] : Object.values(commands)) add(program, done, version);
  return program;
}
