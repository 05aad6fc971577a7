/** What the client can do, read once, and what the server offers it. */
import {
  CodeActionKind,
  TextDocumentSyncKind,
  type InitializeParams,
  type InitializeResult,
} from "vscode-languageserver";
import { serverCommands } from "../../shared/command-messages.js";
import type { QuantLensInitializationOptions } from "../../shared/messages.js";

/** The kind of the action that applies all obvious fixes, for `editor.codeActionsOnSave`. */
export const fixAllKind = `${CodeActionKind.SourceFixAll}.quantlens`;

export interface ClientFeatures {
  readonly options: QuantLensInitializationOptions;
  readonly pullDiagnostics: boolean;
  readonly refreshDiagnostics: boolean;
  readonly refreshHints: boolean;
  readonly refreshLenses: boolean;
  readonly configuration: boolean;
  readonly registerConfiguration: boolean;
  readonly registerWatchers: boolean;
  readonly documentChanges: boolean;
  readonly workspaceFolders: boolean;
  /** Which commands lenses may call: the client's own, the server's, which need a client that shows documents, or none. */
  readonly lensCommands: "client" | "server" | "none";
  /** Tooltips may be made when they are asked for. */
  readonly lazyTooltips: boolean;
  /** URIs of the workspace folders at the start. */
  readonly folders: readonly string[];
}

export function clientFeatures(params: InitializeParams): ClientFeatures {
  const { textDocument, window, workspace } = params.capabilities;
  const lazy = textDocument?.inlayHint?.resolveSupport?.properties ?? [];
  const options = parseOptions(params.initializationOptions);
  const showsDocuments = window?.showDocument?.support ?? false;
  return {
    options,
    pullDiagnostics: textDocument?.diagnostic !== undefined,
    refreshDiagnostics: workspace?.diagnostics?.refreshSupport ?? false,
    refreshHints: workspace?.inlayHint?.refreshSupport ?? false,
    refreshLenses: workspace?.codeLens?.refreshSupport ?? false,
    configuration: workspace?.configuration ?? false,
    registerConfiguration: workspace?.didChangeConfiguration?.dynamicRegistration ?? false,
    registerWatchers: workspace?.didChangeWatchedFiles?.dynamicRegistration ?? false,
    documentChanges: workspace?.workspaceEdit?.documentChanges ?? false,
    workspaceFolders: workspace?.workspaceFolders ?? false,
    lensCommands: options.commands === true ? "client" : showsDocuments ? "server" : "none",
    lazyTooltips: lazy.includes("tooltip"),
    folders: workspaceFolders(params),
  };
}

export function initializeResult(client: ClientFeatures, version: string): InitializeResult {
  return {
    serverInfo: { name: "QuantLens", version },
    capabilities: {
      positionEncoding: "utf-16",
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
      inlayHintProvider: { resolveProvider: true },
      ...(client.pullDiagnostics && {
        diagnosticProvider: { identifier: "quantlens", interFileDependencies: true, workspaceDiagnostics: false },
      }),
      codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, fixAllKind] },
      codeLensProvider: { resolveProvider: false },
      hoverProvider: true,
      // Only behind the parenthesis of `int(`; elsewhere the answer is empty.
      completionProvider: { triggerCharacters: ["("] },
      documentSymbolProvider: { label: "QuantLens" },
      definitionProvider: true,
      ...(client.lensCommands === "server" && { executeCommandProvider: { commands: Object.values(serverCommands) } }),
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
    },
  };
}

function workspaceFolders({ workspaceFolders, ...params }: InitializeParams): string[] {
  if (workspaceFolders) return workspaceFolders.map(({ uri }) => uri);
  // Older clients know one folder only.
  const { rootUri } = params as { readonly rootUri?: string | null };
  return typeof rootUri === "string" ? [rootUri] : [];
}

function parseOptions(value: unknown): QuantLensInitializationOptions {
  if (typeof value !== "object" || value === null) return {};
  const { cacheDir, ruleDocsUri, readFile, commands } = value as Record<string, unknown>;
  return {
    ...(typeof cacheDir === "string" && { cacheDir }),
    ...(typeof ruleDocsUri === "string" && { ruleDocsUri }),
    readFile: readFile === true,
    commands: commands === true,
  };
}
