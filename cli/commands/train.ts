/** `quantlens train`: its arguments, options and help. */
import type { Command } from "commander";
import type { TrainOptions } from "../train/run/command.js";
import { examples, type AddCommand } from "./common.js";
import { givenOptions, runExitCodes, startOptions, trainingOptions } from "./training.js";

export const addTrain: AddCommand = (program, done, version) => {
  startOptions(trainingOptions(program.command("train")))
    .summary("run a model's recipe: train, prune, fine-tune")
    .description("Runs the recipe of a model file, stage by stage, in a folder of its own that can be resumed.")
    .addHelpText(
      "after",
      examples(
        ["quantlens train net.model.ts --data synthetic", "the whole recipe on generated frames"],
        ["quantlens train net.model.ts --data frames.hdf5 --validation 0.1", "choose epochs by held-out frames"],
        ["quantlens train net.model.ts --epochs 1 --limit-frames 2000", "a quick try"],
        ["quantlens train --resume runs/net-1", "go on after an interruption"],
      ) + runExitCodes,
    )
    .action(async (file: string | undefined, options: TrainOptions, command: Command) => {
      const { train } = await import("../train/entry.js");
      done(await train({ command: "train", file, options, given: givenOptions(command), version }));
    });
};
