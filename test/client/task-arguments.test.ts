/** Tasks speak to the terminal program as it is. */
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { parseParam } from "../../cli/options.js";
import { createProgram } from "../../cli/program.js";
import { taskArguments, taskCommands, taskOptions } from "../../client/src/tasks/definition.js";
import { fullTask } from "../../client/src/tasks/testing/full-task.js";

/** The definition of a command, as the terminal program has it. */
function commandOf(argv: readonly string[]): Command {
  const program = createProgram("0.0.0", () => undefined, undefined);
  const find = (parent: Command, name: string | undefined): Command | undefined =>
    parent.commands.find((each) => each.name() === name);
  const command = find(program, argv[0]);
  return (argv[0] === "data" ? command && find(command, argv[1]) : command)!;
}

describe("taskArguments", () => {
  it.each(taskCommands)("%s has options that the terminal program takes", (command) => {
    const argv = taskArguments(fullTask(command));
    const flags = argv.filter((argument) => argument.startsWith("--"));
    expect(flags.length).toBe(taskOptions[command].length - (command === "generate" ? 1 : 0));
    const known = commandOf(argv).options.map(({ long }) => long);
    expect(flags.filter((flag) => !known.includes(flag))).toEqual([]);
  });

  it("gives parameters so that they arrive as they are", () => {
    const params = { bits: 4, deep: false, mode: "a,b", kernels: [3, 5], names: ["x"] };
    const argv = taskArguments({ type: "quantlens", command: "train", model: "a.model.ts", params });
    const values = argv.filter((_, index) => argv[index - 1] === "--param");
    expect(values.reduce<ReturnType<typeof parseParam>>((all, text) => parseParam(text, all), {})).toEqual(params);
    const withParams = taskCommands.filter((command) => command !== "generate");
    const flags = withParams.map((command) => commandOf([command]).options.some(({ long }) => long === "--param"));
    expect(flags).toEqual(withParams.map(() => true));
  });
});
