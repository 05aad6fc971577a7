/** The built terminal program exports, and the built server shows it at the model. */
import { copyFile, readFile, rm, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import type { CodeLens } from "vscode-languageserver-protocol";
import { runCli } from "../cli/testing/run-cli.js";
import { writeSafetensors } from "../shared/weights/safetensors.js";
import { modelText } from "../server/test/model-text.js";
import { protocolTests } from "../server/test/protocol-tests.js";
import type { TestClient } from "../server/test/test-client.js";

const { start, folder, uriOf } = protocolTests();

const helper = (bits: number, channels = 4): string =>
  `import { int, quantConv1d, type Tensor } from "quantlens";
export const conv = (x: Tensor) => quantConv1d(x, { name: "conv", outChannels: ${channels}, kernelSize: 3, padding: 1, bias: false, weightQuant: int(${bits}) });\n`;
const modelOf = (bits: string): string =>
  modelText(
    `return flatten(conv(quantHardTanh(x, { minVal: -1, maxVal: 1, actQuant: int(${bits}, { scaling: "const" }) })));`,
    { imports: 'import { conv } from "./helper.js";' },
  );
const model = modelOf("8");
const weights = (ones: number): Uint8Array => {
  const data = Float32Array.from({ length: 24 }, (_value, index) => (index < ones ? 1 : 0));
  return writeSafetensors([{ name: "conv.weight", shape: [4, 2, 3], data }]);
};
const unchanged = /^exported out\.onnx (just now|\d+ min ago) · score .* · 36\.86 kbop · 72 b · unchanged since$/;

const at = (name: string): string => path.join(folder(), name);
const index = (): string => at(".quantlens/exports.json");

async function exportTo(output: string): Promise<void> {
  const args = ["export", "net.model.ts", "--weights", "w.safetensors", "-o", output, "--force"];
  expect(await runCli(args, { cwd: folder() })).toMatchObject({ code: 0 });
}

async function open(): Promise<TestClient> {
  const server = await start();
  await server.open(uriOf("net.model.ts"), model);
  return server;
}

async function commands(server: TestClient) {
  const lenses = await server.lenses(uriOf("net.model.ts"));
  return lenses.flatMap(({ command }: CodeLens) =>
    command !== undefined && /^exported|^Export Again/.test(command.title) ? [command] : [],
  );
}

const titles = async (server: TestClient): Promise<string[]> => (await commands(server)).map(({ title }) => title);

const changed = (server: TestClient, name: string): Promise<void> =>
  server.notify("workspace/didChangeWatchedFiles", { changes: [{ uri: uriOf(name), type: 2 }] });

/** Rewrites the fields of the only record. */
async function rewrite(fields: object): Promise<void> {
  const { exports, ...rest } = JSON.parse(await readFile(index(), "utf8")) as { exports: object[] };
  const text = JSON.stringify({ ...rest, exports: exports.map((record) => ({ ...record, ...fields })) });
  await writeFile(index(), text);
}

beforeEach(async () => {
  await rm(at(".quantlens"), { recursive: true, force: true });
  await writeFile(at("net.model.ts"), model);
  await writeFile(at("helper.ts"), helper(6));
  await writeFile(at("w.safetensors"), weights(12));
});

describe("the lens of an export", () => {
  it("appears when the index is written, without being asked about", async () => {
    const server = await open();
    expect(await titles(server)).toEqual([]);
    await exportTo("out.onnx");
    await server.notify("workspace/didChangeWatchedFiles", {
      changes: [{ uri: pathToFileURL(index()).href, type: 1 }],
    });
    await server.next("workspace/codeLens/refresh");
    const [shown, ...others] = await commands(server);
    expect(shown?.title).toMatch(unchanged);
    expect(shown).toMatchObject({ command: "quantlens.openOnnx", arguments: [{ uri: uriOf("out.onnx") }] });
    expect(others).toEqual([]);
  });

  it("says by how much a changed model differs, in an editor as on disk, and offers to export again", async () => {
    await exportTo("out.onnx");
    const server = await open();
    await writeFile(at("helper.ts"), helper(3));
    await changed(server, "helper.ts");
    expect(await titles(server)).toEqual([
      expect.stringMatching(/ · model changed since export: −50 %$/),
      "Export Again",
    ]);
    expect((await commands(server))[1]).toMatchObject({
      command: "quantlens.export",
      arguments: [
        { uri: uriOf("net.model.ts"), output: uriOf("out.onnx"), weights: uriOf("w.safetensors"), format: "qonnx" },
      ],
    });
    await server.open(uriOf("helper.ts"), helper(6));
    expect((await titles(server))[0]).toMatch(unchanged);
  });

  it("gives no number where the weights do not fit the model any more", async () => {
    await exportTo("out.onnx");
    const server = await open();
    await server.open(uriOf("helper.ts"), helper(6, 8));
    expect((await titles(server))[0]).toMatch(/ · model changed since export$/);
  });

  it("tells changed weights by their content, not by a clock", async () => {
    await exportTo("out.onnx");
    await utimes(at("w.safetensors"), new Date("2099-01-01"), new Date("2099-01-01"));
    await rewrite({ exportedAt: "2098-01-01T00:00:00.000Z" });
    const server = await open();
    expect((await titles(server))[0]).toMatch(/^exported out\.onnx just now .* · unchanged since$/);
    await writeFile(at("w.safetensors"), weights(24));
    await changed(server, "w.safetensors");
    expect((await titles(server))[0]).toMatch(/ · weights changed since export: \+\d+ %$/);
    await rm(at("w.safetensors"));
    await changed(server, "w.safetensors");
    expect((await titles(server))[0]).toMatch(/ · unchanged since$/);
  });

  it("tells parameters that have other values", async () => {
    await exportTo("out.onnx");
    const text = modelOf('param("bits", 8)');
    await writeFile(at("net.model.ts"), text);
    await exportTo("out.onnx");
    const server = await start();
    await server.open(uriOf("net.model.ts"), text);
    expect((await titles(server))[0]).toMatch(unchanged);
    await server.request("quantlens/selectParameters", { uri: uriOf("net.model.ts"), parameters: { bits: 4 } });
    expect((await titles(server))[0]).toMatch(/ · parameters changed since export: −\d+ %$/);
  });

  it("is of the newest file that is still there and still that export", async () => {
    await exportTo("first.onnx");
    await exportTo("out.onnx");
    const server = await open();
    expect((await titles(server))[0]).toMatch(unchanged);
    await writeFile(at("out.onnx"), "another file");
    await changed(server, "out.onnx");
    expect((await titles(server))[0]).toMatch(/^exported first\.onnx /);
    await rm(at("first.onnx"));
    expect(await titles(server)).toEqual([]);
  });

  it("is not shown at another model of the folder", async () => {
    await exportTo("out.onnx");
    await copyFile(at("net.model.ts"), at("other.model.ts"));
    const server = await start();
    await server.open(uriOf("other.model.ts"), model);
    const lenses = await server.lenses(uriOf("other.model.ts"));
    expect(lenses.length).toBeGreaterThan(0);
    expect(lenses.some(({ command }: CodeLens) => command?.title.startsWith("exported"))).toBe(false);
  });

  it("follows a file outside the model's folder", async () => {
    const outside = `../${path.basename(folder())}-outside.onnx`;
    await exportTo(outside);
    const server = await open();
    expect(await commands(server)).toMatchObject([{ arguments: [{ uri: pathToFileURL(at(outside)).href }] }]);
    for (const ending of [".onnx", ".cost.json", ".netron.json"]) await rm(at(outside.replace(".onnx", ending)));
    expect(await titles(server)).toEqual([]);
  });

  it("bears an index that anybody may have written", async () => {
    await exportTo("out.onnx");
    const written = await readFile(index(), "utf8");
    const server = await open();
    const hostile: readonly (readonly [fields: object, shown: RegExp | undefined])[] = [
      [{ weights: "/dev/zero" }, / · unchanged since$/],
      [{ weights: ".." }, / · unchanged since$/],
      [{ sources: { "/dev/zero": "ab" } }, / · model changed since export: ±0 %$/],
      [{ score: 0, sources: { "../../..": "ab" } }, / · model changed since export$/],
      [{ output: "/dev/zero" }, undefined],
      [{ output: "." }, undefined],
      [{ output: "C:\\net\\out.onnx" }, undefined],
      [{ output: "\\\\server\\share\\out.onnx" }, undefined],
      [{ output: "%2e%2e/%00/out\0.onnx" }, undefined],
    ];
    for (const [fields, shown] of hostile) {
      await writeFile(index(), written);
      await rewrite(fields);
      const [title] = await titles(server);
      if (shown === undefined) expect(title).toBeUndefined();
      else expect(title).toMatch(shown);
    }
  });
});
