/** The built server over stdio, driven by the LSP library of real clients. Every wait is for a message. */
import {
  CancellationTokenSource,
  TextDocumentEdit,
  type CodeAction,
  type Hover,
  type Location,
  type ShowDocumentParams,
  type TextEdit,
} from "vscode-languageserver-protocol";
import { describe, expect, it } from "vitest";
import type { ModelChanged, ModelCostRecord, ServerStatus } from "../../shared/messages.js";
import { modelText } from "./model-text.js";
import { conv, protocolTests, uri } from "./protocol-tests.js";
import { fullCapabilities } from "./test-client.js";

const { start, uriOf } = protocolTests();

describe("a session", () => {
  it("goes from initialize to exit", async () => {
    const server = await start();
    expect(server.initializeResult.serverInfo?.name).toBe("QuantLens");
    expect(server.initializeResult.capabilities).toMatchObject({
      inlayHintProvider: { resolveProvider: true },
      diagnosticProvider: { interFileDependencies: true },
    });
    expect(await server.next<ServerStatus>("quantlens/status")).toEqual({ state: "starting" });
    expect(await server.next<ServerStatus>("quantlens/status")).toEqual({ state: "ready" });
    expect(await server.stop()).toBe(0);
  });

  it("ends when it is told to exit without a shutdown", async () => {
    const server = await start();
    await server.notify("exit", undefined);
    expect(await server.exited).toBe(1);
  });

  it("ends when its client's pipe closes", async () => {
    const server = await start();
    server.process.stdin.end();
    expect(typeof (await server.exited)).toBe("number");
  });

  it("says nothing about files that are no models", async () => {
    const server = await start();
    await server.open(uri, "export const a = [1, 2, 3].map((n) => n + 1);\n");
    expect(await server.hints(uri)).toEqual([]);
    expect(await server.diagnostics(uri)).toEqual([]);
    expect(await server.lenses(uri)).toEqual([]);
  });
});

describe("features", () => {
  it("are all there for an open model", async () => {
    const server = await start();
    await server.open(uri, conv());
    expect(await server.annotated(uri)).toContain("weightQuant: int(6) })⟨4×64 · 73.7 kbop · 144 b⟩;");

    const [, hint] = await server.hints(uri);
    const resolved = await server.request<{ tooltip?: { value: string } }>("inlayHint/resolve", hint);
    expect(resolved.tooltip?.value).toContain("bit-ops = 1,536 × 8 b × 6 b = 73,728");

    expect((await server.lenses(uri)).map(({ command }) => command?.title)).toContain(
      "score 0.000103 (dense) · 73.7 kbop · 144 b",
    );
    const at = { textDocument: { uri }, position: server.position(uri, "quantConv1d(", 3) };
    const hover = await server.request<Hover>("textDocument/hover", at);
    expect(hover.contents).toMatchObject({ kind: "markdown" });
    const width = { textDocument: { uri }, position: server.position(uri, "int(6)", 5) };
    expect(await server.request("textDocument/completion", width)).toHaveLength(8);
    expect(await server.request("textDocument/documentSymbol", { textDocument: { uri } })).toHaveLength(1);
    expect(await server.request<Location[]>("textDocument/definition", at)).toEqual([]);
    const cost = await server.request<ModelCostRecord>("quantlens/modelCost", { uri });
    expect(cost).toMatchObject({ uri, fresh: true, summary: { bops: 73_728, memWBits: 144 } });
    expect(cost.layers.map(({ kind }) => kind)).toEqual(["quantIdentity", "quantConv1d"]);
  });

  it("mend a problem when the edit is applied", async () => {
    const server = await start();
    await server.open(uri, conv().replace(", weightQuant: int(6)", ""));
    const problem = (await server.diagnostics(uri)).find(({ code }) => code === "weight-not-quantised");
    if (!problem) throw new Error("the problem was not found");
    const actions = await server.codeActions(uri, problem);
    const fix = actions.find(({ isPreferred }) => isPreferred === true);
    expect(fix?.diagnostics?.[0]?.message).toBe(problem.message);
    const [change] = fix?.edit?.documentChanges ?? [];
    if (!TextDocumentEdit.is(change)) throw new Error("the fix edits no document");
    expect(change.textDocument.version).toBe(1);
    const mended = server.applied(uri, change.edits as TextEdit[]);
    await server.replace(uri, server.text(uri), mended);
    expect((await server.diagnostics(uri)).map(({ code }) => code)).not.toContain("weight-not-quantised");
  });

  it("have their tooltips at once for clients that do not resolve", async () => {
    const server = await start({ capabilities: { textDocument: { diagnostic: {} } } });
    await server.open(uri, conv());
    expect((await server.hints(uri))[1]?.tooltip).toMatchObject({ kind: "markdown" });
  });

  it("show where the next move is made to clients without commands of their own", async () => {
    const capabilities = { ...fullCapabilities, window: { showDocument: { support: true } } };
    const server = await start({ capabilities, initializationOptions: {} });
    expect(server.initializeResult.capabilities.executeCommandProvider?.commands).toEqual(["quantlens.showRange"]);
    await server.open(uri, conv());
    const command = (await server.lenses(uri)).at(-1)?.command;
    expect(command?.title).toContain("weightQuant in forward 6→5 bits");
    await server.request("workspace/executeCommand", { command: command?.command, arguments: command?.arguments });
    const shown = await server.next<ShowDocumentParams>("window/showDocument");
    const { start: at } = shown.selection ?? { start: { line: 0, character: 0 } };
    expect({ ...shown, at: server.text(uri).split("\n")[at.line]?.slice(at.character) }).toMatchObject({
      uri,
      takeFocus: true,
      at: "6) });",
    });
  });

  it("execute nothing that is no command of the server's", async () => {
    const server = await start();
    expect(server.initializeResult.capabilities.executeCommandProvider).toBeUndefined();
    for (const params of [
      { command: "quantlens.showRange", arguments: [7] },
      { command: "else", arguments: [] },
    ])
      expect(await server.request("workspace/executeCommand", params)).toBeNull();
    expect(server.received.filter(({ method }) => method === "window/showDocument")).toEqual([]);
  });

  it("offer all fixes as one source action", async () => {
    const server = await start();
    await server.open(uri, conv().replace(", weightQuant: int(6)", ""));
    const [problem] = await server.diagnostics(uri);
    if (!problem) throw new Error("there is no problem");
    const actions: CodeAction[] = await server.codeActions(uri, problem, ["source.fixAll.quantlens"]);
    expect(actions.map(({ kind }) => kind)).toEqual(["source.fixAll.quantlens"]);
  });
});

describe("edits", () => {
  it("show in the next answer", async () => {
    const server = await start();
    await server.open(uri, conv());
    for (const size of [5, 6, 7]) {
      await server.replace(uri, `outChannels: ${size - 1}`, `outChannels: ${size}`);
      expect(await server.annotated(uri)).toContain(`⟨${size}×64 ·`);
    }
  });

  it("in a burst of 500 end with the last one's numbers", async () => {
    const server = await start();
    await server.open(uri, conv());
    const asked: Promise<unknown>[] = [];
    for (let size = 5; size <= 504; size++) {
      void server.replace(uri, `outChannels: ${size - 1},`, `outChannels: ${size},`);
      if (size % 50 === 0) asked.push(server.hints(uri));
    }
    expect(await server.annotated(uri)).toContain("⟨504×64 ·");
    await Promise.all(asked);
    expect((await server.request<ModelCostRecord>("quantlens/modelCost", { uri })).fresh).toBe(true);
  });

  it("that break the file keep the hints and show the error", async () => {
    const server = await start();
    await server.open(uri, conv());
    await server.hints(uri);
    await server.replace(uri, "return quantConv1d(x, {", "const y = ((;\n    return quantConv1d(x, {");
    expect(await server.annotated(uri)).toContain("int(6) })⟨4×64 · 73.7 kbop · 144 b⟩;");
    expect((await server.diagnostics(uri)).map(({ code }) => code)).toContain("syntax-error");
    expect((await server.next<ModelChanged>("quantlens/modelChanged", ({ fresh }) => !fresh)).summary?.bops).toBe(
      73_728,
    );
  });

  it("cancel what was asked before", async () => {
    const server = await start({ settings: () => ({ deadline: 2000 }) });
    await server.open(uri, modelText("for (;;);\nreturn x;"));
    const slow = server.hints(uri);
    await server.replace(uri, "for (;;);", "x = relu(x);");
    await server.replace(uri, "{ defineModel", "{ relu, defineModel");
    expect((await slow).length).toBeGreaterThanOrEqual(0);
    expect(await server.annotated(uri)).toContain("x = relu(x)⟨2×64⟩;");
  });
});

describe("cancellation", () => {
  it("answers a cancelled request with the protocol's error and goes on", async () => {
    const server = await start({ settings: () => ({ deadline: 2000 }) });
    await server.open(uri, modelText("for (;;);\nreturn x;"));
    const range = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
    const source = new CancellationTokenSource();
    const asked = server.connection.sendRequest(
      "textDocument/inlayHint",
      { textDocument: { uri }, range },
      source.token,
    );
    source.cancel();
    await expect(asked).rejects.toMatchObject({ code: -32800 });
    await server.replace(uri, "for (;;);", "");
    expect(await server.diagnostics(uri)).toEqual([]);
  });
});

describe("malformed messages", () => {
  it.each([
    ["empty parameters", "textDocument/inlayHint", {}, []],
    ["no document", "textDocument/hover", { position: { line: 0, character: 0 } }, null],
    ["numbers for objects", "textDocument/codeAction", { textDocument: 3, range: 4, context: 5 }, []],
    [
      "a position far outside",
      "textDocument/completion",
      { textDocument: { uri }, position: { line: 1e9, character: 1e9 } },
      [],
    ],
    ["a URI that is none", "textDocument/documentSymbol", { textDocument: { uri: "::::" } }, []],
    [
      "a foreign hint",
      "inlayHint/resolve",
      { position: { line: 0, character: 0 }, label: "x" },
      { position: { line: 0, character: 0 }, label: "x" },
    ],
  ])("get the empty answer: %s", async (_name, method, params, expected) => {
    const server = await start();
    await server.open(uri, conv());
    expect(await server.request(method, params)).toEqual(expected);
    expect(await server.hints(uri)).toHaveLength(2);
  });

  it("get an error when nobody knows them", async () => {
    const server = await start();
    await expect(server.request("quantlens/none", {})).rejects.toMatchObject({ code: -32601 });
  });

  it("do not stop the server: notifications without sense", async () => {
    const server = await start();
    await server.open(uri, conv());
    await server.notify("textDocument/didChange", {
      textDocument: { uri: "file:///unknown.ts", version: 2 },
      contentChanges: [],
    });
    await server.notify("textDocument/didChange", { textDocument: { uri, version: 2 } });
    await server.notify("textDocument/didOpen", {});
    await server.notify("quantlens/baseText", null);
    await server.notify("workspace/didChangeWatchedFiles", { changes: "all" });
    expect(await server.hints(uri)).toHaveLength(2);
  });

  it("do not stop the server: a body that is no JSON", async () => {
    const server = await start();
    await server.open(uri, conv());
    server.process.stdin.write("Content-Length: 5\r\n\r\n{oops");
    expect(await server.hints(uri)).toHaveLength(2);
  });
});

describe("hostile model files", () => {
  it.each([
    ["an endless loop", "while (true);\nreturn x;"],
    ["a regular expression that does not end", 'return /(a+)+$/.test("a".repeat(60) + "b") ? x : x;'],
    ["more memory than there is", "const all: number[][] = [];\nfor (;;) all.push(new Array(1e6).fill(1));\nreturn x;"],
    ["deep recursion", "const f = (): number => f() + 1;\nf();\nreturn x;"],
    ["a number without end", "return 9n ** 9n ** 9n > 1n ? x : x;"],
  ])("%s: one problem, and other models go on", async (_name, forward) => {
    const server = await start({ settings: () => ({ deadline: 1000, memory: 32 }) });
    const other = uriOf("other.model.ts");
    await server.open(uri, modelText(forward));
    await server.open(other, conv());
    expect(await server.diagnostics(uri)).toHaveLength(1);
    expect(await server.hints(other)).toHaveLength(2);
  });

  it("cannot reach the server's own environment", async () => {
    const server = await start();
    const escape = `const host = (globalThis as any).process ?? (globalThis as any).require;
if (!host) x = relu(x);
return x;`;
    await server.open(uri, modelText(escape));
    expect(await server.annotated(uri)).toContain("x = relu(x)⟨2×64⟩;");
  });

  it("import nothing but relative files and quantlens", async () => {
    const server = await start();
    await server.open(uri, modelText("return fs ? x : x;", { imports: 'import fs from "node:fs";' }));
    expect((await server.diagnostics(uri)).map(({ code }) => code)).toEqual(["import-not-allowed"]);
  });
});
