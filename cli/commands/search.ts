/** `quantlens search`: its arguments, options and help. */
import type { Command } from "commander";
import { share, threadCount, wholeNumber } from "../number-options.js";
import { flavors } from "../options.js";
import { parseGoal, parseMinBits, searchObjectives, type SearchOptions } from "../search/options.js";
import { choice, examples, runOptions, type AddCommand } from "./common.js";
import { backends, givenOptions } from "./training.js";

export const addSearch: AddCommand = (program, done, version) => {
  runOptions(program.command("search"))
    .summary("find the cheapest bit widths that keep an accuracy")
    .description(
      "Measures how much each bit width in a model file matters, takes bits away where that costs least for what it saves, and " +
        "fine-tunes what it finds to see that the accuracy is kept.",
    )
    .argument("[file]", "model file (.ts); not needed with --resume")
    .option("--goal <goal>", 'accuracy to keep, as in "accuracy>=0.56" (default: the challenge\'s)', parseGoal)
    .addOption(choice("--minimise <cost>", "what is made small", searchObjectives))
    .option("--weights <file>", "trained weights to start from (default: the recipe is run first)")
    .option("--out <folder>", "folder of the search (default: searches/<model>-<number>)")
    .option("--resume <folder>", "go on with the search in a folder, with the options that it was begun with")
    .option("--apply", "write the widths into the model files", false)
    .option("--min-bits <number>", "least width that is tried", parseMinBits, 2)
    .option("--samples <number>", "training samples by which widths are compared", wholeNumber(1), 256)
    .option("--epochs <number>", "epochs of each fine-tuning", wholeNumber(1), 3)
    .option("--data <source>", "synthetic, synthetic:framesPerClassAndSnr=16,seed=3, an HDF5 file, or a folder")
    .addOption(choice("--backend <backend>", "what computes", backends))
    .option("--threads <number>", "threads of the wasm backend (default: the machine's, at most 16)", threadCount)
    .option("--limit-frames <number>", "use so many samples, training and test together", wholeNumber(2))
    .option("--validation <share>", "hold out this share of the training data to judge by", share(false, "0.1"))
    .option("--seed <number>", "seed of initial weights, order and dropout", wholeNumber(0))
    .addOption(choice("--flavor <flavor>", "cost tool whose cost is made small", flavors))
    .addHelpText(
      "after",
      examples(
        ['quantlens search net.model.ts --goal "accuracy>=0.56" --minimise score', "trains, measures, tries"],
        ["quantlens search net.model.ts --weights runs/net-1/last.safetensors", "from a trained network"],
        ["quantlens search --resume searches/net-1 --apply", "goes on, and takes what is found"],
      ) +
        "\nExit codes: 0 found, 1 the accuracy is missed with the widths as they are or --apply found a file edited, 2 could not run, 130 interrupted by Ctrl-C (saved).",
    )
    .action(async (file: string | undefined, options: SearchOptions, command: Command) => {
      const { search } = await import("../train/entry.js");
      done(await search({ file, options, given: givenOptions(command), version }));
    });
};
