/** `quantlens doctor`: its options and help. */
import { Option } from "commander";
import { doctorFormats, type DoctorCommandOptions } from "../options.js";
import { choice, examples, type AddCommand } from "./common.js";
import { backends } from "./training.js";

export const addDoctor: AddCommand = (program, done, version) => {
  program
    .command("doctor")
    .summary("say what this machine can train with")
    .description(
      "Says what this machine has, which training backends work on it and why others do not, and where QuantLens looks for things.",
    )
    .addOption(choice("--format <format>", "how to print it", doctorFormats))
    .addOption(new Option("--backend <backend>").choices(backends).hideHelp())
    .addHelpText(
      "after",
      examples(
        ["quantlens doctor", "before the first training, or for a report of a fault"],
        ["quantlens doctor --format json", "for programs"],
      ) + "\nExit codes: 0 training works, 1 the built-in backend does not work.",
    )
    .action(async (options: DoctorCommandOptions) => {
      const { doctor } = await import("../train/entry.js");
      done(await doctor(options, version));
    });
};
