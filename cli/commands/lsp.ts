/** `quantlens lsp`: its arguments, options and help. */
import { examples, type AddCommand } from "./common.js";

export const addLsp: AddCommand = (program) => {
  program
    .command("lsp")
    .summary("start the language server")
    .description("Starts the language server, which an editor talks to over standard input and output.")
    .requiredOption("--stdio", "use standard input and output")
    .addHelpText("after", examples(["quantlens lsp --stdio", "the command to give to an editor"]))
    .action(async () => {
      const { lsp } = await import("../lsp.js");
      lsp();
    });
};
