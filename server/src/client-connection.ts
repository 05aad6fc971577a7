/** What the server says to the client of its own accord. */
import {
  CodeLensRefreshRequest,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  MessageType,
  ShowMessageNotification,
  type Connection,
} from "vscode-languageserver";
import type { RevealRangeArgument } from "../../shared/command-messages.js";
import type { ClientNotifications, ClientRequests } from "../../shared/messages.js";
import type { ClientFeatures } from "./capabilities.js";
import { Debounce } from "./scheduler.js";

export interface ClientConnection {
  log(message: string): void;
  /** Shows a sentence to the user, and logs it. */
  readonly warn: (sentence: string) => void;
  /** The section `quantlens` for a resource; absent where the client cannot be asked. */
  readonly fetchSettings: ((uri: string) => Promise<unknown>) | undefined;
  /** Reads through the client's file system; absent where the client has not offered it. */
  readonly readFile: ((uri: string, encoding: "utf8" | "base64") => Promise<string | undefined>) | undefined;
  notify<M extends keyof ClientNotifications>(method: M, params: ClientNotifications[M]): void;
  /** Shows a file with the range selected. */
  showRange(location: RevealRangeArgument): Promise<void>;
  /** Asks the client to ask again for hints, lenses and diagnostics; several calls in a row make one. */
  refresh(): void;
  /** Asks for notifications about settings and files; to be called after `initialized`. */
  register(): Promise<void>;
  dispose(): void;
}

const refreshDelayMs = 20;
const watchedFiles = "**/*.{ts,mts,js,mjs,json,onnx,safetensors,pth,pt}";

export function createClientConnection(connection: Connection, client: ClientFeatures): ClientConnection {
  const debounce = new Debounce(refreshDelayMs);
  const log = (message: string): void => {
    connection.console.error(message);
  };
  const refused = (error: unknown): void => {
    log(`The client refused a request: ${String(error)}`);
  };
  const { configuration, options } = client;
  return {
    log,
    warn(sentence) {
      log(sentence);
      void connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Warning, message: sentence });
    },
    fetchSettings: configuration
      ? (uri) => connection.workspace.getConfiguration({ scopeUri: uri, section: "quantlens" }) as Promise<unknown>
      : undefined,
    readFile: options.readFile === true ? (uri, encoding) => readFile(connection, uri, encoding) : undefined,
    notify(method, params) {
      if (options.commands === true) void connection.sendNotification(method, params);
    },
    async showRange({ uri, range }) {
      await connection.window.showDocument({ uri, selection: range, takeFocus: true }).catch(refused);
    },
    refresh() {
      debounce.schedule("refresh", () => {
        if (client.refreshHints) connection.languages.inlayHint.refresh().catch(refused);
        if (client.refreshLenses) connection.sendRequest(CodeLensRefreshRequest.type).catch(refused);
        if (client.refreshDiagnostics) connection.languages.diagnostics.refresh().catch(refused);
      });
    },
    async register() {
      if (client.registerConfiguration) {
        await connection.client
          .register(DidChangeConfigurationNotification.type, { section: "quantlens" })
          .catch(refused);
      }
      if (client.registerWatchers) {
        const watchers = [{ globPattern: watchedFiles }];
        await connection.client.register(DidChangeWatchedFilesNotification.type, { watchers }).catch(refused);
      }
    },
    dispose() {
      debounce.dispose();
    },
  };
}

async function readFile(connection: Connection, uri: string, encoding: "utf8" | "base64"): Promise<string | undefined> {
  const params: ClientRequests["quantlens/readFile"]["params"] = { uri, encoding };
  const result = await connection.sendRequest<ClientRequests["quantlens/readFile"]["result"]>(
    "quantlens/readFile",
    params,
  );
  return result?.content;
}
