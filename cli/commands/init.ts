/** `quantlens init`: its arguments, options and help. */
import { templateNames, templates } from "../init/templates.js";
import { initFormats, type InitCommandOptions } from "../options.js";
import { choice, examples, type AddCommand } from "./common.js";

export const addInit: AddCommand = (program, done, version) => {
  const width = Math.max(...templates.map(({ name }) => name.length));
  const list = templates.map(({ name, description }) => `  ${name.padEnd(width)}  ${description}`).join("\n");
  program
    .command("init")
    .summary("make a folder with a network to begin with")
    .description("Makes a project: a model file, package.json, tsconfig.json, tasks for VS Code and .gitignore.")
    .argument("[folder]", "where; it is made when it is not there", ".")
    .option("--name <name>", "the network's name (default: the folder's)")
    .addOption(choice("--template <template>", "the network to begin with", templateNames))
    .addOption(choice("--format <format>", "how to print what was made", initFormats))
    .addHelpText(
      "after",
      `\nTemplates:\n${list}\n` +
        examples(
          ["quantlens init my-net", "a network that is trained in a minute"],
          ["quantlens init nets/small --name SmallNet --template bacalhaunet", "the challenge's winner"],
        ),
    )
    .action(async (folder: string, options: InitCommandOptions) => {
      const { init } = await import("../init/init.js");
      done(init(folder, options, version));
    });
};
