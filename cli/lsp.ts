/** `quantlens lsp`: the language server, for any editor. */
import path from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Loads the server's bundle, which lies beside the command's own, into this process: the editor then talks to, and
 * ends, the very process that it started. The server reads `--stdio` from the arguments itself.
 */
export async function lsp(): Promise<void> {
  await import(pathToFileURL(path.join(import.meta.dirname, "server.cjs")).href);
}
