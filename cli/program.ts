/** The command line: commands, options and their help. What a command does is loaded when it is called. */
import { Command, Option } from "commander";
import {
  checkFormats,
  costFormats,
  diffFormats,
  flavors,
  parseScore,
  parseSeverity,
  profiles,
  runners,
  type CheckCommandOptions,
  type CostCommandOptions,
  type DiffCommandOptions,
} from "./options.js";

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

type Add = (program: Command, done: (exitCode: number) => void, version: string) => void;

const addCost: Add = (program, done) => {
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
      const { cost } = await import("./cost.js");
      done(await cost(files, options));
    });
};

const addCheck: Add = (program, done, version) => {
  modelOptions(program.command("check"))
    .summary("print which rules models break")
    .description("Checks models against the rules of a target and prints each finding with its price.")
    .argument("<file...>", "model files (.ts) or ONNX files (.onnx)")
    .addOption(choice("--profile <profile>", "target whose rules apply", profiles))
    .addOption(choice("--format <format>", "sarif: for code scanning; github: for workflow annotations", checkFormats))
    .option(
      "--severity <rule=level>",
      "another level (error, warning, info, hint, off) for a rule; repeatable",
      parseSeverity,
      {},
    )
    .addHelpText(
      "after",
      examples(
        ["quantlens check net.model.ts --profile finn", "the rules of FINN"],
        ["quantlens check *.model.ts --format github", "annotations in a pull request"],
        ["quantlens check net.onnx --format sarif > findings.sarif", "a log for code scanning"],
      ) + "\nExit codes: 0 no errors, 1 at least one error, 2 could not run.",
    )
    .action(async (files: string[], options: CheckCommandOptions) => {
      const { check } = await import("./check.js");
      done(await check(files, options, version));
    });
};

const addDiff: Add = (program, done) => {
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
      const { diff } = await import("./diff.js");
      done(await diff(a, b, options));
    });
};

const addLsp: Add = (program) => {
  program
    .command("lsp")
    .summary("start the language server")
    .description("Starts the language server, which an editor talks to over standard input and output.")
    .requiredOption("--stdio", "use standard input and output")
    .addHelpText("after", examples(["quantlens lsp --stdio", "the command to give to an editor"]))
    .action(async () => {
      const { lsp } = await import("./lsp.js");
      lsp();
    });
};

function modelOptions(command: Command): Command {
  return command
    .addOption(choice("--flavor <flavor>", "cost tool to agree with", flavors))
    .option("--no-sparsity", "count weights that are zero")
    .option("--weights <file>", "trained weights (.onnx or .safetensors) for a model file")
    .addOption(choice("--run <how>", "native: run a model file that you trust in Node itself", runners));
}

/** An option with a fixed set of values, the first of them the default. */
function choice(flags: string, description: string, values: readonly [string, ...string[]]): Option {
  return new Option(flags, description).choices(values).default(values[0]);
}

function examples(...lines: readonly (readonly [command: string, meaning: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return ["\nExamples:", ...lines.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`), ""].join("\n");
}
