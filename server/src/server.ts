/** The language server's entry: answers `initialize` at once and loads the engine behind it. */
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import manifest from "../../package.json" with { type: "json" };
import type { App } from "./app.js";
import { clientFeatures, initializeResult } from "./capabilities.js";
import { createClientConnection } from "./client-connection.js";
import { createHandlers } from "./handlers.js";
import { registerHandlers, registerWorkspaceFolders } from "./register.js";

const connection = createConnection(ProposedFeatures.all);
const handlers = createHandlers((message) => {
  connection.console.error(message);
});

let start: (app: Promise<App>) => void;
const app = new Promise<App>((resolve) => {
  start = resolve;
});

connection.onInitialize((params) => {
  const client = clientFeatures(params);
  const clientConnection = createClientConnection(connection, client);
  connection.onInitialized(() => {
    if (client.workspaceFolders) registerWorkspaceFolders(connection, handlers, app);
    void clientConnection.register();
  });
  // After the answer is on its way: loading takes longer than everything else in a start.
  setImmediate(() => {
    clientConnection.notify("quantlens/status", { state: "starting" });
    const loaded = import("./app.js").then(({ startApp }) =>
      startApp(connection, client, clientConnection, import.meta.dirname),
    );
    loaded.then(
      () => {
        clientConnection.notify("quantlens/status", { state: "ready" });
      },
      (error: unknown) => {
        connection.console.error(`The server cannot start: ${String(error)}`);
        clientConnection.notify("quantlens/status", {
          state: "error",
          message: "The server's files are incomplete: install QuantLens again.",
        });
      },
    );
    start(loaded);
  });
  return initializeResult(client, manifest.version);
});

// A promise that nobody waits for must not end the server.
process.on("unhandledRejection", (error) => {
  connection.console.error(`Unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
});
registerHandlers(connection, handlers, app);
connection.listen();
