/** `quantlens prune`: its arguments, options and help. */
import type { Command } from "commander";
import type { TrainOptions } from "../train/run/command.js";
import { examples, type AddCommand } from "./common.js";
import { givenOptions, runExitCodes, stageOptions, trainingOptions } from "./training.js";

export const addPrune: AddCommand = (program, done, version) => {
  stageOptions(trainingOptions(program.command("prune")))
    .option("--no-finetune", "only prune, and measure")
    .summary("run one prune stage of a recipe")
    .description(
      "Prunes trained weights as a stage of the model's recipe says, and fine-tunes them with the zeros kept.",
    )
    .addHelpText(
      "after",
      examples(
        ["quantlens prune net.model.ts --stage 2 --from runs/net-1/last.safetensors", "the second stage"],
        ["quantlens prune net.model.ts --from net.pth --no-finetune", "what pruning alone does to accuracy and cost"],
      ) + runExitCodes,
    )
    .action(async (file: string | undefined, options: TrainOptions, command: Command) => {
      const { train } = await import("../train/entry.js");
      done(await train({ command: "prune", file, options, given: givenOptions(command), version }));
    });
};
