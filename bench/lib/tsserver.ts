/** TypeScript's own server: the peer for ours, and the host of our plugin. Speaks tsserver's line protocol. */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { createRequire } from "node:module";
import type { Readable, Writable } from "node:stream";
import type { ServerClock } from "./server-clock.js";

interface Response {
  readonly type: string;
  readonly request_seq?: number;
  readonly body?: unknown;
  readonly success?: boolean;
  readonly message?: string;
}

export class TsServer {
  private sequence = 0;
  private buffer = "";
  private readonly pending = new Map<number, (response: Response) => void>();

  private constructor(private readonly process: ChildProcessByStdio<Writable, Readable, null>) {
    this.process.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      this.receive(chunk);
    });
  }

  static start(args: readonly string[] = [], clock?: ServerClock): TsServer {
    const script = createRequire(import.meta.url).resolve("typescript/lib/tsserver.js");
    const command = [...(clock?.args ?? []), script, "--disableAutomaticTypingAcquisition", ...args];
    const child = spawn(process.execPath, command, {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...clock?.env },
    });
    const server = new TsServer(child);
    server.notify("configure", {
      preferences: {
        includeInlayParameterNameHints: "all",
        includeInlayVariableTypeHints: true,
        includeInlayFunctionLikeReturnTypeHints: true,
      },
    });
    return server;
  }

  open(file: string, text: string): void {
    this.notify("open", { file, fileContent: text });
  }

  /** Replaces `length` characters at 1-based line and column `offset`. */
  change(file: string, line: number, offset: number, length: number, insertString: string): void {
    this.notify("change", { file, line, offset, endLine: line, endOffset: offset + length, insertString });
  }

  async inlayHints(file: string, length: number): Promise<number> {
    const hints = await this.ask("provideInlayHints", { file, start: 0, length });
    return Array.isArray(hints) ? hints.length : 0;
  }

  /** The body of the answer to a request. Rejects when the server says that it failed. */
  async ask(command: string, args: object): Promise<unknown> {
    const response = await this.request(command, args);
    if (response.success === false) throw new Error(`tsserver: ${response.message ?? "failed"}`);
    return response.body;
  }

  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.process.once("exit", resolve));
    this.notify("exit", {});
    await exited;
  }

  private notify(command: string, args: object): number {
    const seq = ++this.sequence;
    this.process.stdin.write(`${JSON.stringify({ seq, type: "request", command, arguments: args })}\n`);
    return seq;
  }

  private request(command: string, args: object): Promise<Response> {
    const seq = this.notify(command, args);
    return new Promise((resolve) => this.pending.set(seq, resolve));
  }

  private receive(chunk: string): void {
    this.buffer += chunk;
    // Messages are JSON on a line of their own, after a Content-Length header and a blank line.
    const lines = this.buffer.split("\n");
    this.buffer = lines.pop() ?? "";
    for (const line of lines) {
      if (!line.startsWith("{")) continue;
      const message = JSON.parse(line) as Response;
      if (message.type !== "response" || message.request_seq === undefined) continue;
      this.pending.get(message.request_seq)?.(message);
      this.pending.delete(message.request_seq);
    }
  }
}
