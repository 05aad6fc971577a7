/** Connects every message of the client to its answer, each through the one wrapper. */
import type { Connection, DocumentDiagnosticReport } from "vscode-languageserver";
import type { App } from "./app.js";
import type { Handlers } from "./handlers.js";
import type { ServerNotifications, ServerRequests } from "../../shared/messages.js";

/** After `initialized`: what the library only lets through when the client has announced it. */
export function registerWorkspaceFolders(connection: Connection, { notification }: Handlers, app: Promise<App>): void {
  connection.workspace.onDidChangeWorkspaceFolders(
    notification("didChangeWorkspaceFolders", async ({ added, removed }) => {
      (await app).session.foldersChanged(added, removed);
    }),
  );
}

/** Messages that come before the app has loaded wait for it, in their order. */
export function registerHandlers(connection: Connection, handlers: Handlers, app: Promise<App>): void {
  registerNotifications(connection, handlers, app);
  registerRequests(connection, handlers, app);
  connection.onShutdown(async () => {
    // A server that could not start has nothing to end.
    await app.then(
      (running) => running.dispose(),
      () => undefined,
    );
  });
}

function registerNotifications(connection: Connection, { notification }: Handlers, app: Promise<App>): void {
  connection.onDidOpenTextDocument(
    notification("didOpen", async ({ textDocument }) => {
      (await app).session.opened(textDocument);
    }),
  );
  connection.onDidChangeTextDocument(
    notification("didChange", async (params) => {
      (await app).session.changed(params);
    }),
  );
  connection.onDidCloseTextDocument(
    notification("didClose", async ({ textDocument }) => {
      (await app).session.closed(textDocument.uri);
    }),
  );
  connection.onDidChangeWatchedFiles(
    notification("didChangeWatchedFiles", async ({ changes }) => {
      (await app).session.filesChanged(changes.map(({ uri }) => uri));
    }),
  );
  connection.onDidChangeConfiguration(
    notification("didChangeConfiguration", async ({ settings }) => {
      (await app).session.settingsChanged(settings);
    }),
  );
  connection.onNotification(
    "quantlens/baseText" satisfies keyof ServerNotifications,
    notification("baseText", async (params: ServerNotifications["quantlens/baseText"]) => {
      (await app).session.baseText(params);
    }),
  );
}

function registerRequests(connection: Connection, { request }: Handlers, app: Promise<App>): void {
  const none = (): never[] => [];
  connection.languages.inlayHint.on(
    request("inlayHint", none, async (params) => (await app).requests.inlayHints(params)),
  );
  connection.languages.inlayHint.resolve(
    request(
      "inlayHint/resolve",
      (hint) => hint,
      async (hint) => (await app).requests.resolveInlayHint(hint),
    ),
  );
  connection.languages.diagnostics.on(
    request(
      "diagnostic",
      (): DocumentDiagnosticReport => ({ kind: "full", items: [] }),
      async (params) => (await app).requests.diagnostics(params),
    ),
  );
  connection.onCodeAction(request("codeAction", none, async (params) => (await app).requests.codeActions(params)));
  connection.onCodeLens(request("codeLens", none, async (params) => (await app).requests.codeLenses(params)));
  connection.onHover(
    request(
      "hover",
      () => null,
      async (params) => (await app).requests.hover(params),
    ),
  );
  connection.onCompletion(request("completion", none, async (params) => (await app).requests.completion(params)));
  connection.onDocumentSymbol(
    request("documentSymbol", none, async (params) => (await app).requests.documentSymbols(params)),
  );
  connection.onDefinition(request("definition", none, async (params) => (await app).requests.definition(params)));
  connection.onExecuteCommand(
    request(
      "executeCommand",
      () => null,
      async ({ command, arguments: given }) => {
        await (await app).session.executeCommand(command, given);
        return null;
      },
    ),
  );
  registerModelRequests(connection, { request }, app);
}

/** The requests of `shared/messages.ts`. */
function registerModelRequests(
  connection: Connection,
  { request }: Pick<Handlers, "request">,
  app: Promise<App>,
): void {
  type Params<M extends keyof ServerRequests> = ServerRequests[M]["params"];
  type Result<M extends keyof ServerRequests> = ServerRequests[M]["result"];
  const on = <M extends keyof ServerRequests>(
    method: M,
    fallback: Result<M>,
    answer: (app: App, params: Params<M>) => Promise<Result<M>>,
  ): void => {
    const handler = request(
      method,
      () => fallback,
      async (params: Params<M>) => answer(await app, params),
    );
    connection.onRequest(method as string, handler);
  };
  on("quantlens/modelCost", null, ({ requests }, params) => requests.modelCost(params));
  on("quantlens/explore", null, ({ requests }, params) => requests.explore(params));
  const editFailed = { edits: [], problem: "The change could not be written; the log says why." };
  on("quantlens/exploreEdit", editFailed, ({ requests }, params) => requests.exploreEdit(params));
  on("quantlens/modelSetup", null, ({ requests }, params) => requests.modelSetup(params));
  on("quantlens/modelTree", null, ({ requests }, params) => requests.modelTree(params));
  on("quantlens/costJson", null, ({ requests }, params) => requests.costJson(params));
  const notRead = { problem: "The file could not be read: this is an error of QuantLens, and its log says more." };
  on("quantlens/network", notRead, ({ requests }, params) => requests.network(params));
  const notDrawn = { problem: "The graph could not be drawn: this is an error of QuantLens, and its log says more." };
  on("quantlens/drawing", notDrawn, ({ requests }, params) => requests.drawing(params));
  const weightsFailed = { problem: "The weights could not be selected; the log says why." };
  on("quantlens/selectWeights", weightsFailed, ({ session }, params) => session.selectWeights(params));
  const parametersFailed = { problem: "The parameters could not be selected; the log says why." };
  on("quantlens/selectParameters", parametersFailed, ({ session }, params) => session.selectParameters(params));
}
