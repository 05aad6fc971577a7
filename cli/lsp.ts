/** `quantlens lsp`: the language server, for any editor. */
import { createRequire } from "node:module";
import path from "node:path";

/**
 * Loads the server's bundle, which lies beside the command's own, into this process: the editor then talks to, and
 * ends, the very process that it started. The server reads `--stdio` from the arguments itself.
 */
export function lsp(): void {
  const server = path.join(import.meta.dirname, "server.cjs");
  createRequire(server)(server);
}
