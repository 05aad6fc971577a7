/** `quantlens check`: its arguments, options and help. */
import { checkFormats, parseSeverity, profiles, type CheckCommandOptions } from "../options.js";
import { choice, examples, modelOptions, type AddCommand } from "./common.js";

export const addCheck: AddCommand = (program, done, version) => {
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
      const { check } = await import("../models.js");
      done(await check(files, options, version));
    });
};
