/** Starts the language server and keeps it running. The only file that loads the LSP client library. */
import * as vscode from "vscode";
import { LanguageClient, RevealOutputChannelOn, State, TransportKind } from "vscode-languageclient/node";
import type { LanguageClientOptions, ServerOptions } from "vscode-languageclient/node";
import type { QuantLensInitializationOptions, ServerStatus } from "../../shared/messages.js";
import { createCrashHandler } from "./crashes.js";
import { answerFileRequests } from "./files.js";
import { shareCommittedTexts } from "./git.js";
import { documentSelector } from "./model-document.js";
import type { Session } from "./session.js";
import { createStatusBar } from "./status-bar.js";

/** Resolves when the server is ready or has failed to start; a failure is shown in the status bar and logged. */
export async function startSession(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<Session> {
  const client = new LanguageClient("quantlens", "QuantLens", serverOptions(context), clientOptions(context, log));
  const states = new vscode.EventEmitter<ServerStatus>();
  const session = sessionOf(client, states);
  context.subscriptions.push(
    states,
    client.onDidChangeState(({ newState }) => {
      states.fire(statusOf(newState));
    }),
    session.on("quantlens/status", (status) => {
      states.fire(status);
    }),
    createStatusBar(session),
    answerFileRequests(session, log),
    shareCommittedTexts(session, log),
  );
  try {
    await vscode.workspace.fs.createDirectory(context.globalStorageUri);
    await client.start();
  } catch (error) {
    // The state, and with it the status bar, already says so.
    log.error(`The language server did not start: ${String(error)}`);
  }
  return session;
}

function serverOptions(context: vscode.ExtensionContext): ServerOptions {
  const module = context.asAbsolutePath("dist/server.cjs");
  const run = { module, transport: TransportKind.ipc };
  return { run, debug: { ...run, options: { execArgv: ["--nolazy", "--inspect=6099"] } } };
}

function clientOptions(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): LanguageClientOptions {
  const initializationOptions: QuantLensInitializationOptions = {
    cacheDir: context.globalStorageUri.fsPath,
    ruleDocsUri: vscode.Uri.joinPath(context.extensionUri, "docs", "rules").toString(),
    readFile: true,
    commands: true,
  };
  return {
    documentSelector,
    initializationOptions,
    outputChannel: log,
    errorHandler: createCrashHandler(log),
    // The status bar says that something is wrong; the log opens when it is clicked.
    revealOutputChannelOn: RevealOutputChannelOn.Never,
  };
}

function sessionOf(client: LanguageClient, states: vscode.EventEmitter<ServerStatus>): Session {
  return {
    request: (method, params) => client.sendRequest(method, params),
    notify: (method, params) => {
      if (client.state === State.Running) void client.sendNotification(method, params);
    },
    on: fanOut(client),
    answer: (method, handler) => client.onRequest(method, handler),
    onState: (listener) => {
      listener(statusOf(client.state));
      return states.event(listener);
    },
    restart: () => client.restart(),
    stop: () => client.dispose(),
  };
}

/** The LSP library keeps one handler per notification: this lets several parts of the client listen to the same one. */
function fanOut(client: LanguageClient): Session["on"] {
  const emitters = new Map<string, vscode.EventEmitter<unknown>>();
  const emitterOf = (method: string): vscode.EventEmitter<unknown> => {
    const known = emitters.get(method);
    if (known !== undefined) return known;
    const emitter = new vscode.EventEmitter<unknown>();
    client.onNotification(method, (params: unknown) => {
      emitter.fire(params);
    });
    emitters.set(method, emitter);
    return emitter;
  };
  return (method, listener) => emitterOf(method).event(listener as (params: unknown) => void);
}

function statusOf(state: State): ServerStatus {
  switch (state) {
    case State.Running:
      return { state: "ready" };
    case State.Starting:
      return { state: "starting" };
    case State.StartFailed:
      return { state: "error", message: "The language server did not start." };
    case State.Stopped:
      return { state: "error", message: "The language server has stopped." };
  }
}
