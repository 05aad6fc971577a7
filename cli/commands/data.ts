/** `quantlens data`: its subcommands with their arguments, options and help. */
import { dataFormats, type DataFormatOptions, type GenerateOptions } from "../data/command/options.js";
import { wholeNumber } from "../number-options.js";
import { choice, examples, type AddCommand } from "./common.js";

export const addData: AddCommand = (program, done) => {
  const data = program
    .command("data")
    .summary("look into data sets, check and generate them")
    .description("Looks into HDF5 files in the layout of RadioML 2018.01A, checks them, and generates such files.")
    .addHelpText(
      "after",
      examples(
        ["quantlens data info GOLD_XYZ_OSC.0001_1024.hdf5", "what is in a file"],
        ["quantlens data verify GOLD_XYZ_OSC.0001_1024.hdf5", "whether every frame is as it should be"],
        ["quantlens data generate made.hdf5 --frames-per-class-and-snr 128", "79,872 generated frames"],
      ) + "\nExit codes: 0 done, 1 something wrong with the data (verify), 2 could not run, 130 interrupted.",
    );
  const format = () => choice("--format <format>", "how to print it", dataFormats);

  data
    .command("info")
    .summary("print what is in a file of frames")
    .description("Prints frames, types, shapes and storage of an HDF5 file, and the sizes of the prescribed split.")
    .argument("<file>", "an HDF5 file")
    .addOption(format())
    .action(async (file: string, options: DataFormatOptions) => {
      const { dataInfo } = await import("../train/entry.js");
      done(await dataInfo(file, options));
    });

  data
    .command("verify")
    .summary("check every frame of a file")
    .description(
      "Reads all of an HDF5 file and says what is wrong: layout, order of modulations and SNRs, values that are not " +
        "finite, frames of zeros, and the hash of the prescribed split.",
    )
    .argument("<file>", "an HDF5 file")
    .addOption(format())
    .action(async (file: string, options: DataFormatOptions) => {
      const { dataVerify } = await import("../train/entry.js");
      done(await dataVerify(file, options));
    });

  data
    .command("generate")
    .summary("write a file of generated frames")
    .description(
      "Writes generated frames of all modulations at all SNRs in the layout of RadioML 2018.01A. They are not RadioML: " +
        "docs/data.md says how they are made and what they are good for.",
    )
    .argument("<out>", "the HDF5 file to write")
    .option("--frames-per-class-and-snr <n>", "frames of each modulation at each SNR", wholeNumber(2, 4096), 128)
    .option("--seed <n>", "of the generator", wholeNumber(0), 2018)
    .addOption(format())
    .action(async (out: string, options: GenerateOptions) => {
      const { dataGenerate } = await import("../train/entry.js");
      done(await dataGenerate(out, options));
    });
};
