/** Starts the built language server over stdio and talks to it with the real LSP client library. */
import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import {
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  InlayHintRequest,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type InitializeResult,
  type InlayHint,
  type ProtocolConnection,
} from "vscode-languageserver-protocol/node";
import type { ServerClock } from "./server-clock.js";

export class LanguageServer {
  private version = 1;
  private constructor(
    private readonly process: ChildProcess,
    private readonly connection: ProtocolConnection,
    private readonly uri: string,
    private text: string,
  ) {}

  /** Spawns, initialises and opens `file`; `cacheDir` is where the server may keep compiled code. */
  static async start(
    root: string,
    file: string,
    text: string,
    { cacheDir, clock }: { readonly cacheDir: string; readonly clock?: ServerClock },
  ): Promise<LanguageServer> {
    const child = spawn(process.execPath, [...(clock?.args ?? []), path.join(root, "dist/server.cjs"), "--stdio"], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...clock?.env },
    });
    const connection = createProtocolConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    connection.onRequest("workspace/configuration", (params: { items: unknown[] }) => params.items.map(() => ({})));
    connection.onRequest("client/registerCapability", () => null);
    connection.onRequest("workspace/inlayHint/refresh", () => null);
    connection.onRequest("workspace/codeLens/refresh", () => null);
    connection.onRequest("workspace/diagnostic/refresh", () => null);
    connection.onRequest("window/workDoneProgress/create", () => null);
    connection.listen();
    const uri = pathToFileURL(file).href;
    await connection.sendRequest<InitializeResult>(InitializeRequest.method, {
      rootUri: null,
      processId: process.pid,
      workspaceFolders: [{ uri: pathToFileURL(path.dirname(file)).href, name: "bench" }],
      capabilities: {
        textDocument: { inlayHint: { resolveSupport: { properties: ["tooltip"] } }, diagnostic: {} },
        workspace: { configuration: true, inlayHint: { refreshSupport: true } },
      },
      initializationOptions: { cacheDir },
    });
    await connection.sendNotification(InitializedNotification.type, {});
    await connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId: "typescript", version: 1, text },
    });
    return new LanguageServer(child, connection, uri, text);
  }

  /** Replaces `length` characters at `offset` in an incremental change. */
  async edit(offset: number, length: number, newText: string): Promise<void> {
    const range = { start: this.position(offset), end: this.position(offset + length) };
    this.text = this.text.slice(0, offset) + newText + this.text.slice(offset + length);
    this.version++;
    await this.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri: this.uri, version: this.version },
      contentChanges: [{ range, text: newText }],
    });
  }

  async hints(): Promise<readonly InlayHint[]> {
    const range = { start: { line: 0, character: 0 }, end: this.position(this.text.length) };
    return (await this.connection.sendRequest(InlayHintRequest.type, { textDocument: { uri: this.uri }, range })) ?? [];
  }

  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.process.once("exit", resolve));
    await this.connection.sendRequest(ShutdownRequest.type);
    await this.connection.sendNotification(ExitNotification.type);
    await exited;
    this.connection.dispose();
  }

  private position(offset: number): { line: number; character: number } {
    const before = this.text.slice(0, offset);
    const line = before.split("\n").length - 1;
    return { line, character: offset - (before.lastIndexOf("\n") + 1) };
  }
}
