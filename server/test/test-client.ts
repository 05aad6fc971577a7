/** A client that starts the built server over stdio and speaks to it with the LSP library of real clients. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import path from "node:path";
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type ClientCapabilities,
  type CodeAction,
  type CodeLens,
  type Diagnostic,
  type DocumentDiagnosticReport,
  type InitializeResult,
  type InlayHint,
  type MessageConnection,
  type TextEdit,
} from "vscode-languageserver-protocol/node";
import { TextDocument } from "vscode-languageserver-textdocument";

export interface TestClientOptions {
  readonly capabilities?: ClientCapabilities;
  readonly initializationOptions?: unknown;
  /** Answers `workspace/configuration`. */
  readonly settings?: () => unknown;
  readonly folders?: readonly string[];
  /** Answers `quantlens/readFile`. */
  readonly readFile?: (uri: string, encoding: string) => { content: string } | null;
}

const program = path.resolve(import.meta.dirname, "../../dist/server.cjs");

/** What VS Code can do, as far as the server asks. */
export const fullCapabilities: ClientCapabilities = {
  textDocument: { inlayHint: { resolveSupport: { properties: ["tooltip"] } }, diagnostic: {} },
  workspace: {
    configuration: true,
    workspaceFolders: true,
    inlayHint: { refreshSupport: true },
    codeLens: { refreshSupport: true },
    diagnostics: { refreshSupport: true },
    workspaceEdit: { documentChanges: true },
    didChangeConfiguration: { dynamicRegistration: true },
    didChangeWatchedFiles: { dynamicRegistration: true },
  },
};

interface Waiter {
  readonly method: string;
  readonly matches: (params: unknown) => boolean;
  readonly resolve: (params: unknown) => void;
}

export class TestClient {
  /** Everything that the server sent of its own accord, in order. */
  readonly received: { readonly method: string; readonly params: unknown }[] = [];
  readonly exited: Promise<number | null>;
  initializeResult: InitializeResult = { capabilities: {} };
  private readonly documents = new Map<string, TextDocument>();
  private waiters: Waiter[] = [];

  private constructor(
    readonly process: ChildProcessWithoutNullStreams,
    readonly connection: MessageConnection,
  ) {
    this.exited = once(process, "exit").then(([code]) => code as number | null);
  }

  /** Starts the server that was built; throws when it was not. */
  static async start(options: TestClientOptions = {}): Promise<TestClient> {
    if (!existsSync(program)) throw new Error("dist/server.cjs is missing: run `npm run build` before these tests");
    const child = spawn(process.execPath, [program, "--stdio"], { stdio: "pipe" });
    const connection = createMessageConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    const client = new TestClient(child, connection);
    client.listen(options);
    const folders = options.folders ?? [];
    client.initializeResult = await connection.sendRequest<InitializeResult>("initialize", {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: folders.map((uri) => ({ uri, name: path.posix.basename(uri) })),
      capabilities: options.capabilities ?? fullCapabilities,
      initializationOptions: options.initializationOptions,
    });
    await connection.sendNotification("initialized", {});
    return client;
  }

  request<R>(method: string, params: unknown): Promise<R> {
    return this.connection.sendRequest<R>(method, params);
  }

  notify(method: string, params: unknown): Promise<void> {
    return this.connection.sendNotification(method, params);
  }

  /** Resolves with the next message of this method that matches, also one that was received already. */
  next<P>(method: string, matches: (params: P) => boolean = () => true): Promise<P> {
    const known = this.received.findIndex((message) => message.method === method && matches(message.params as P));
    if (known !== -1) return Promise.resolve(this.received.splice(known, 1)[0]?.params as P);
    return new Promise((resolve) => {
      this.waiters.push({
        method,
        matches: (params) => matches(params as P),
        resolve: (params) => {
          resolve(params as P);
        },
      });
    });
  }

  async open(uri: string, text: string, languageId = "typescript"): Promise<void> {
    this.documents.set(uri, TextDocument.create(uri, languageId, 1, text));
    await this.notify("textDocument/didOpen", { textDocument: { uri, languageId, version: 1, text } });
  }

  async close(uri: string): Promise<void> {
    this.documents.delete(uri);
    await this.notify("textDocument/didClose", { textDocument: { uri } });
  }

  /** Replaces the first occurrence of `find` by an incremental change. */
  async replace(uri: string, find: string, put: string): Promise<void> {
    const document = this.document(uri);
    const start = document.getText().indexOf(find);
    if (start === -1) throw new Error(`the document has no ${JSON.stringify(find)}`);
    const range = { start: document.positionAt(start), end: document.positionAt(start + find.length) };
    const contentChanges = [{ range, text: put }];
    TextDocument.update(document, contentChanges, document.version + 1);
    await this.notify("textDocument/didChange", { textDocument: { uri, version: document.version }, contentChanges });
  }

  text(uri: string): string {
    return this.document(uri).getText();
  }

  /** The text after edits, as a client would apply them. */
  applied(uri: string, edits: TextEdit[]): string {
    return TextDocument.applyEdits(this.document(uri), edits);
  }

  /** Position of the first occurrence of a text, `offset` characters behind its beginning. */
  position(uri: string, find: string, offset = 0): { line: number; character: number } {
    const document = this.document(uri);
    return document.positionAt(document.getText().indexOf(find) + offset);
  }

  hints(uri: string): Promise<InlayHint[]> {
    const document = this.document(uri);
    const range = { start: { line: 0, character: 0 }, end: document.positionAt(document.getText().length) };
    return this.request("textDocument/inlayHint", { textDocument: { uri }, range });
  }

  /** The document with its hints in it, as `⟨label⟩`. */
  async annotated(uri: string): Promise<string> {
    const hints = await this.hints(uri);
    const edits = hints.map(({ position, label }) => ({
      range: { start: position, end: position },
      newText: `⟨${typeof label === "string" ? label : label.map(({ value }) => value).join("")}⟩`,
    }));
    return TextDocument.applyEdits(this.document(uri), edits);
  }

  async diagnostics(uri: string): Promise<Diagnostic[]> {
    const report = await this.request<DocumentDiagnosticReport>("textDocument/diagnostic", { textDocument: { uri } });
    if (report.kind !== "full") throw new Error("a report without a previous one must be full");
    return report.items;
  }

  lenses(uri: string): Promise<CodeLens[]> {
    return this.request("textDocument/codeLens", { textDocument: { uri } });
  }

  codeActions(uri: string, diagnostic: Diagnostic, only?: string[]): Promise<CodeAction[]> {
    const context = { diagnostics: [diagnostic], ...(only && { only }) };
    return this.request("textDocument/codeAction", { textDocument: { uri }, range: diagnostic.range, context });
  }

  /** Ends the server as an editor does; gives its exit code. */
  async stop(): Promise<number | null> {
    await this.request("shutdown", undefined);
    await this.notify("exit", undefined);
    const code = await this.exited;
    this.connection.dispose();
    return code;
  }

  private listen({ settings, readFile }: TestClientOptions): void {
    const { connection } = this;
    connection.onNotification((method, params) => {
      this.receive(method, params);
    });
    connection.onRequest((method, params) => {
      this.receive(method, params);
      return null;
    });
    connection.onRequest("workspace/configuration", ({ items }: { items: unknown[] }) =>
      items.map(() => settings?.() ?? null),
    );
    if (readFile) {
      connection.onRequest("quantlens/readFile", (params: { uri: string; encoding: string }) =>
        readFile(params.uri, params.encoding),
      );
    }
    connection.listen();
  }

  private receive(method: string, params: unknown): void {
    const waiter = this.waiters.find((candidate) => candidate.method === method && candidate.matches(params));
    if (!waiter) {
      this.received.push({ method, params });
      return;
    }
    this.waiters = this.waiters.filter((candidate) => candidate !== waiter);
    waiter.resolve(params);
  }

  private document(uri: string): TextDocument {
    const document = this.documents.get(uri);
    if (!document) throw new Error(`${uri} is not open`);
    return document;
  }
}
