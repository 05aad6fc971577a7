/** What the definitions of commands share: choices, examples, the options of models. */
import { type Command, Option } from "commander";
import { flavors, parseParam, runners } from "../options.js";

/** Adds a command to the program; `done` is given its exit code. */
export type AddCommand = (program: Command, done: (exitCode: number) => void, version: string) => void;

/** How a model file is run, and with which values of its parameters. */
export function runOptions(command: Command): Command {
  return command
    .option("--param <name=value>", "a value for a parameter of the model; repeatable", parseParam)
    .addOption(choice("--run <how>", "native: run a model file that you trust in Node itself", runners));
}

/** The options of commands that cost models. */
export function modelOptions(command: Command): Command {
  return runOptions(
    command
      .addOption(choice("--flavor <flavor>", "cost tool to agree with", flavors))
      .option("--no-sparsity", "count weights that are zero")
      .option("--weights <file>", "trained weights (.onnx, .safetensors or .pth) for a model file"),
  );
}

/** An option with a fixed set of values, the first of them the default. */
export function choice(flags: string, description: string, values: readonly [string, ...string[]]): Option {
  return new Option(flags, description).choices(values).default(values[0]);
}

/** The examples at the end of a command's help. */
export function examples(...lines: readonly (readonly [command: string, meaning: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return ["\nExamples:", ...lines.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`), ""].join("\n");
}
