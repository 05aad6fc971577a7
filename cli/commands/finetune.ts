/** `quantlens finetune`: its arguments, options and help. */
import type { Command } from "commander";
import type { TrainOptions } from "../train/run/command.js";
import { examples, type AddCommand } from "./common.js";
import { givenOptions, runExitCodes, stageOptions, trainingOptions } from "./training.js";

export const addFinetune: AddCommand = (program, done, version) => {
  stageOptions(trainingOptions(program.command("finetune")))
    .summary("train weights on, with their zeros kept")
    .description("Trains weights on with the fine-tuning options of a stage of the model's recipe. Zeros stay zero.")
    .addHelpText(
      "after",
      examples(
        ["quantlens finetune net.model.ts --stage 2 --from pruned.safetensors", "as the second stage fine-tunes"],
        ["quantlens finetune net.model.ts --stage 1 --from net.onnx --epochs 5", "as the first stage trains"],
      ) + runExitCodes,
    )
    .action(async (file: string | undefined, options: TrainOptions, command: Command) => {
      const { train } = await import("../train/entry.js");
      done(await train({ command: "finetune", file, options, given: givenOptions(command), version }));
    });
};
