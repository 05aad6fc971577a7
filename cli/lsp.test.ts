import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import {
  createProtocolConnection,
  ExitNotification,
  InitializeRequest,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node";
import { cliProgram } from "./testing/run-cli.js";

describe("quantlens lsp --stdio", () => {
  it("is the language server: it initializes, shuts down and exits with 0", async () => {
    const child = spawn(process.execPath, [cliProgram(), "lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
    const exited = once(child, "exit");
    const connection = createProtocolConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    connection.listen();
    const { capabilities } = await connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      // The protocol demands it, though it is deprecated there.
      // eslint-disable-next-line @typescript-eslint/no-deprecated
      rootUri: null,
      capabilities: {},
    });
    expect(capabilities.inlayHintProvider).toBeTruthy();
    await connection.sendRequest(ShutdownRequest.type);
    await connection.sendNotification(ExitNotification.type);
    expect(await exited).toEqual([0, null]);
    connection.dispose();
  });
});
