/** The built server in a workspace: files, settings, weights, the last commit, caches. Every wait is for a message. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import type { PublishDiagnosticsParams } from "vscode-languageserver-protocol";
import type {
  ModelCostRecord,
  ModelSetup,
  SelectParametersResult,
  SelectWeightsResult,
  ServerStatus,
} from "../../shared/messages.js";
import { writeSafetensors } from "../../shared/weights/safetensors.js";
import { modelText } from "./model-text.js";
import { conv, protocolTests, uri } from "./protocol-tests.js";
import { fullCapabilities } from "./test-client.js";

const { start, folder, uriOf } = protocolTests();

describe("several files", () => {
  const helper = (channels: number): string =>
    `import { quantConv1d, type Tensor } from "quantlens";\nexport const conv = (x: Tensor) => quantConv1d(x, { outChannels: ${channels}, kernelSize: 1, bias: false });\n`;
  const importing = modelText("return conv(x);", { imports: 'import { conv } from "./helper.js";' });

  it("reads helpers from disk, and from their editors when they are open", async () => {
    const server = await start();
    await writeFile(path.join(folder(), "helper.ts"), helper(2));
    const model = uriOf("a.model.ts");
    await server.open(model, importing);
    expect(await server.annotated(model)).toContain("⟨Σ 262 kbop · 128 b⟩");
    await server.open(uriOf("helper.ts"), helper(4));
    expect(await server.annotated(model)).toContain("⟨Σ 524 kbop · 256 b⟩");
    expect(await server.annotated(uriOf("helper.ts"))).toContain("bias: false })⟨4×64 · 524 kbop · 256 b⟩");
    await server.close(uriOf("helper.ts"));
    expect(await server.annotated(model)).toContain("⟨Σ 262 kbop · 128 b⟩");
  });

  it("has every model ask again when a shared helper changes", async () => {
    const server = await start();
    await writeFile(path.join(folder(), "helper.ts"), helper(2));
    const models = [uriOf("a.model.ts"), uriOf("b.model.ts")];
    for (const model of models) await server.open(model, importing);
    await Promise.all(models.map((model) => server.hints(model)));
    await writeFile(path.join(folder(), "helper.ts"), helper(8));
    await server.notify("workspace/didChangeWatchedFiles", { changes: [{ uri: uriOf("helper.ts"), type: 2 }] });
    await server.next("workspace/inlayHint/refresh");
    for (const model of models) expect(await server.annotated(model)).toContain("⟨Σ 1.05 Mbop · 512 b⟩");
  });

  it("shows two models that import each other, each with its own numbers", async () => {
    const server = await start();
    const model = (other: string, own: string, channels: number): string => {
      const imports = `import { ${other} } from "./${other}.model.js";\nimport { quantConv1d, type Tensor } from "quantlens";`;
      const helper = `export function ${own}(x: Tensor) { return quantConv1d(x, { outChannels: ${channels}, kernelSize: 1, bias: false }); }`;
      return modelText(`return ${other}(x);`, { imports: `${imports}\n${helper}` });
    };
    await server.open(uriOf("one.model.ts"), model("two", "one", 2));
    await server.open(uriOf("two.model.ts"), model("one", "two", 4));
    expect(await server.annotated(uriOf("one.model.ts"))).toContain("two(x)⟨Σ 524 kbop · 256 b⟩");
    expect(await server.annotated(uriOf("two.model.ts"))).toContain("one(x)⟨Σ 262 kbop · 128 b⟩");
    await server.replace(uriOf("two.model.ts"), "outChannels: 4", "outChannels: 8");
    expect(await server.annotated(uriOf("one.model.ts"))).toContain("two(x)⟨Σ 1.05 Mbop · 512 b⟩");
  });

  it("reads through the client where files are not on disk", async () => {
    const remote = "vscode-vfs://host/project/net.model.ts";
    const server = await start({
      initializationOptions: { readFile: true },
      readFile: (asked) => (asked === "vscode-vfs://host/project/helper.ts" ? { content: helper(2) } : null),
    });
    await server.open(remote, importing);
    expect(await server.annotated(remote)).toContain("⟨Σ 262 kbop · 128 b⟩");
  });
});

describe("settings", () => {
  it("take effect without a restart", async () => {
    let settings: unknown = { hints: { shape: false } };
    const server = await start({ settings: () => settings });
    await server.open(uri, conv());
    expect(await server.annotated(uri)).toContain("⟨73.7 kbop · 144 b⟩");
    settings = { severities: { "accumulator-width": "error" }, hints: { maxLength: 12 } };
    await server.notify("workspace/didChangeConfiguration", { settings: null });
    expect(await server.annotated(uri)).toContain("⟨4×64 · …⟩");
    expect((await server.diagnostics(uri)).find(({ code }) => code === "accumulator-width")?.severity).toBe(1);
    await server.next("workspace/inlayHint/refresh");
  });

  it("are said to name a rule that there is not, once, where the user sees it", async () => {
    const server = await start({ settings: () => ({ severities: { "acumulator-width": "off" } }) });
    for (const name of ["a.model.ts", "b.model.ts"]) {
      await server.open(uriOf(name), conv());
      await server.diagnostics(uriOf(name));
    }
    const message =
      'The setting quantlens.severities names "acumulator-width", which is no rule: write accumulator-width.';
    expect(await server.next("window/showMessage")).toEqual({ type: 2, message });
    expect(server.received.filter(({ method }) => method === "window/showMessage")).toEqual([]);
  });

  it("are the defaults for a client that has none", async () => {
    const server = await start({ capabilities: {}, initializationOptions: undefined });
    await server.open(uri, conv());
    expect(await server.annotated(uri)).toContain("⟨4×64 · 73.7 kbop · 144 b⟩");
  });
});

describe("diagnostics", () => {
  it("are pushed to clients that do not pull", async () => {
    const server = await start({ capabilities: {} });
    expect(server.initializeResult.capabilities.diagnosticProvider).toBeUndefined();
    await server.open(uri, conv().replace("padding: 1", "padding: -1,,"));
    const broken = await server.next<PublishDiagnosticsParams>("textDocument/publishDiagnostics");
    expect(broken.diagnostics.map(({ code }) => code)).toContain("syntax-error");
    await server.replace(uri, "padding: -1,,", "padding: 1");
    const mended = await server.next<PublishDiagnosticsParams>("textDocument/publishDiagnostics");
    expect(mended.diagnostics.map(({ code }) => code)).not.toContain("syntax-error");
    await server.close(uri);
    const closed = await server.next<PublishDiagnosticsParams>("textDocument/publishDiagnostics");
    expect(closed).toMatchObject({ uri, diagnostics: [] });
  });

  describe("of a helper that is not open", () => {
    const helper = (options: string): string =>
      `import { quantConv1d, int, type Tensor } from "quantlens";\nexport const conv = (x: Tensor) => quantConv1d(x, { outChannels: 2, kernelSize: 1, bias: false${options} });\n`;
    const quantised = ", weightQuant: int(6)";
    const importing = modelText("return conv(x);", { imports: 'import { conv } from "./shared.js";' });
    const isOf = (uri: string, found: boolean) => (params: PublishDiagnosticsParams) =>
      params.uri === uri && params.diagnostics.some(({ code }) => code === "weight-not-quantised") === found;
    const published = "textDocument/publishDiagnostics";

    it("are pushed, and cleared when they go", async () => {
      const server = await start();
      const shared = uriOf("shared.ts");
      await writeFile(path.join(folder(), "shared.ts"), helper(""));
      await server.open(uriOf("a.model.ts"), importing);
      await server.next(published, isOf(shared, true));
      await writeFile(path.join(folder(), "shared.ts"), helper(quantised));
      await server.notify("workspace/didChangeWatchedFiles", { changes: [{ uri: shared, type: 2 }] });
      await server.next(published, isOf(shared, false));
      expect(server.received.filter(({ method }) => method === published)).toEqual([]);
    });

    it("stay while one of two models has them", async () => {
      const server = await start();
      const shared = uriOf("shared.ts");
      await writeFile(path.join(folder(), "shared.ts"), helper(""));
      const [a, b] = [uriOf("a.model.ts"), uriOf("b.model.ts")];
      await server.open(a, importing);
      await server.next(published, isOf(shared, true));
      await server.open(b, importing);
      await server.next(published, isOf(shared, true));
      await server.close(a);
      await server.next(published, isOf(shared, true));
      await server.replace(b, "return conv(x)", "return x");
      await server.next(published, isOf(shared, false));
      await server.replace(b, "return x", "return conv(x)");
      await server.next(published, isOf(shared, true));
      await server.close(b);
      await server.next(published, isOf(shared, false));
    });

    it("are pulled while it is open", async () => {
      const server = await start();
      const [model, shared] = [uriOf("a.model.ts"), uriOf("shared.ts")];
      await writeFile(path.join(folder(), "shared.ts"), helper(""));
      await server.open(model, importing);
      await server.next(published, isOf(shared, true));
      await server.open(shared, helper(""));
      await server.next(published, isOf(shared, false));
      expect((await server.diagnostics(shared)).map(({ code }) => code)).toContain("weight-not-quantised");
      await server.close(shared);
      await server.next(published, isOf(shared, true));
    });

    it("are asked for again when the model opens and closes while it is open", async () => {
      const server = await start();
      const [model, shared] = [uriOf("a.model.ts"), uriOf("shared.ts")];
      await server.open(shared, helper(""));
      expect(await server.diagnostics(shared)).toEqual([]);
      await server.open(model, importing);
      await server.next("workspace/diagnostic/refresh");
      expect((await server.diagnostics(shared)).map(({ code }) => code)).toContain("weight-not-quantised");
      await server.close(model);
      await server.next("workspace/diagnostic/refresh");
      expect(await server.diagnostics(shared)).toEqual([]);
    });

    it("have each fix once, however many models share it", async () => {
      const server = await start();
      const shared = uriOf("shared.ts");
      await server.open(shared, helper(""));
      for (const name of ["a.model.ts", "b.model.ts"]) {
        await server.open(uriOf(name), importing);
        await server.diagnostics(uriOf(name));
      }
      const found = (await server.diagnostics(shared)).find(({ code }) => code === "weight-not-quantised");
      if (!found) throw new Error("the problem was not found");
      const titles = (await server.codeActions(shared, found)).map(({ title }) => title);
      expect(titles).toEqual([...new Set(titles)]);
      expect(titles).toContain("Quantise the weight with int(8)");
    });

    it("are shown in a model that another one imports", async () => {
      const server = await start();
      const [model, other] = [uriOf("a.model.ts"), uriOf("shared.model.ts")];
      await server.open(other, modelText("return x;").replace("\n\n", `\n${helper("")}\n`));
      await server.open(model, importing.replace("./shared.js", "./shared.model.js"));
      await server.diagnostics(model);
      expect((await server.diagnostics(other)).map(({ code }) => code)).toContain("weight-not-quantised");
    });
  });

  it("are not sent again when nothing has changed", async () => {
    const server = await start();
    await server.open(uri, conv());
    const first = await server.request<{ kind: string; resultId: string }>("textDocument/diagnostic", {
      textDocument: { uri },
    });
    const params = { textDocument: { uri }, previousResultId: first.resultId };
    expect(await server.request("textDocument/diagnostic", params)).toEqual({
      kind: "unchanged",
      resultId: first.resultId,
    });
  });
});

describe("parameters", () => {
  const text = conv()
    .replace("export default", 'const channels = param("channels", 4);\nexport default')
    .replace("outChannels: 4", "outChannels: channels")
    .replace("import {", "import { param,");

  it("are picked, shown in the summary, and let go", async () => {
    const server = await start();
    await server.open(uri, text);
    const bopsOf = async () => (await server.request<ModelCostRecord>("quantlens/modelCost", { uri })).summary.bops;
    const preset = await bopsOf();
    const pick = (parameters?: Record<string, unknown>) =>
      server.request<SelectParametersResult>("quantlens/selectParameters", { uri, parameters });
    expect(await pick({ channels: 8 })).toEqual({});
    await server.next("workspace/codeLens/refresh");
    expect(await bopsOf()).toBe(2 * preset);
    const setup = await server.request<ModelSetup>("quantlens/modelSetup", { uri });
    expect(setup.parameters).toEqual([{ name: "channels", value: 8, default: 4 }]);
    const wrong = await pick({ channels: "many" });
    expect(wrong.problem).toMatch(/^The parameter channels expects a number/);
    await pick();
    expect(await bopsOf()).toBe(preset);
  });

  it("come from the settings, and follow them without a restart", async () => {
    let channels = 8;
    const server = await start({
      folders: [pathToFileURL(folder()).href],
      settings: () => ({ parameters: { "**/*.model.ts": { channels } } }),
    });
    const model = uriOf("p.model.ts");
    await server.open(model, text);
    const outputOf = async () =>
      (await server.request<ModelCostRecord>("quantlens/modelCost", { uri: model })).layers.at(-1)?.outputShape?.[1];
    expect(await outputOf()).toBe(8);
    channels = 16;
    await server.notify("workspace/didChangeConfiguration", { settings: {} });
    expect(await outputOf()).toBe(16);
  });
});

describe("weights", () => {
  const half = Array.from({ length: 24 }, (_, index) => (index % 2 === 0 ? 0 : 1));

  it("are selected, marked when stale, and let go", async () => {
    const file = path.join(folder(), "w.safetensors");
    await writeFile(file, writeSafetensors([{ name: "conv.weight", shape: [4, 2, 3], data: Float32Array.from(half) }]));
    const server = await start();
    await server.open(uri, conv());
    await server.hints(uri);
    const weights = pathToFileURL(file).href;
    expect(await server.request<SelectWeightsResult>("quantlens/selectWeights", { uri, weights })).toEqual({});
    expect(await server.annotated(uri)).toContain("⟨4×64 · 36.9 kbop · 72 b⟩");
    await server.next("workspace/codeLens/refresh");
    await server.replace(uri, "outChannels: 4", "outChannels: 5");
    expect((await server.lenses(uri)).map(({ command }) => command?.title).join()).toContain("w.safetensors (stale:");
    await server.request("quantlens/selectWeights", { uri, weights: null });
    expect((await server.lenses(uri)).map(({ command }) => command?.title)).toContain("weights: none (dense)");
  });

  it("that cannot be read are refused in a sentence", async () => {
    const server = await start();
    await server.open(uri, conv());
    const { problem } = await server.request<SelectWeightsResult>("quantlens/selectWeights", {
      uri,
      weights: uriOf("none.onnx"),
    });
    expect(problem).toMatch(/^The weights file none\.onnx cannot be found/);
    expect((await server.diagnostics(uri)).map(({ code }) => code)).toContain("weights-unusable");
  });

  it("come from the settings", async () => {
    const file = path.join(folder(), "s.safetensors");
    await writeFile(file, writeSafetensors([{ name: "conv.weight", shape: [4, 2, 3], data: Float32Array.from(half) }]));
    const server = await start({
      folders: [pathToFileURL(folder()).href],
      settings: () => ({ weights: { "*.model.ts": "s.safetensors" } }),
    });
    const model = uriOf("weighted.model.ts");
    await server.open(model, conv());
    expect(await server.annotated(model)).toContain("⟨4×64 · 36.9 kbop · 72 b⟩");
  });
});

describe("the last commit", () => {
  it("is compared with when the client tells its text", async () => {
    const server = await start();
    await server.open(uri, conv());
    await server.hints(uri);
    await server.notify("quantlens/baseText", { uri, text: conv("outChannels: 2") });
    await server.next("workspace/codeLens/refresh");
    expect((await server.lenses(uri))[0]?.command?.title).toContain("since HEAD: +100 % score");
    await server.notify("quantlens/baseText", { uri, text: null });
    expect((await server.lenses(uri))[0]?.command?.title).not.toContain("since");
  });
});

describe("the code cache", () => {
  it("is written, used and mended", async () => {
    const cacheDir = path.join(folder(), "own-cache");
    const use = async (): Promise<number> => {
      const server = await start({ initializationOptions: { cacheDir }, capabilities: fullCapabilities });
      await server.open(uri, conv());
      const { length } = await server.hints(uri);
      await server.stop();
      return length;
    };
    expect(await use()).toBe(2);
    const [name = ""] = await readdir(cacheDir);
    const written = await readFile(path.join(cacheDir, name));
    await writeFile(path.join(cacheDir, name), written.subarray(0, 1000));
    expect(await use()).toBe(2);
    expect((await readFile(path.join(cacheDir, name))).length).toBeGreaterThan(1000);
  });
});

describe("the status", () => {
  it("is busy while a model takes long, and ready again after it", async () => {
    const server = await start({ settings: () => ({ deadline: 600 }) });
    await server.open(uri, modelText("for (;;);\nreturn x;"));
    await server.next<ServerStatus>("quantlens/status", ({ state }) => state === "busy");
    const busyAt = server.received.length;
    await server.next<ServerStatus>(
      "quantlens/status",
      ({ state }) => state === "ready" && server.received.length >= busyAt,
    );
    expect(await server.diagnostics(uri)).toHaveLength(1);
  });
});
