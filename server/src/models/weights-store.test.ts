import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeSafetensors } from "../../../shared/weights/safetensors.js";
import { createFiles } from "../host/files.js";
import { OpenDocuments } from "../text/documents.js";
import { WeightsStore, weightsSetting } from "./weights-store.js";

const model = "file:///project/nets/net.model.ts";
const folders = ["file:///elsewhere", "file:///project"];

describe("weightsSetting", () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ["a path", { "nets/net.model.ts": "w.onnx" }, "file:///project/w.onnx"],
    ["a path with a dot", { "./nets/net.model.ts": "w.onnx" }, "file:///project/w.onnx"],
    ["a glob", { "nets/*.ts": "out/w.onnx" }, "file:///project/out/w.onnx"],
    ["a path over a glob", { "**/*.ts": "a.onnx", "nets/net.model.ts": "b.onnx" }, "file:///project/b.onnx"],
    ["an absolute path", { "**": "/data/a b.safetensors" }, "file:///data/a%20b.safetensors"],
    ["a URI", { "**": "vscode-vfs://host/w.onnx" }, "vscode-vfs://host/w.onnx"],
    ["a name with escapes in it", { "**": "100%#1.onnx" }, "file:///project/100%25%231.onnx"],
    ["a path above the folder", { "**": "../w.onnx" }, "file:///w.onnx"],
    ["another model's entry", { "other.ts": "w.onnx" }, undefined],
    ["an empty entry", { "nets/net.model.ts": "" }, undefined],
  ])("%s", (_name, weights, expected) => {
    expect(weightsSetting(model, weights, folders)).toBe(expected);
  });

  it("says nothing about files outside of the workspace", () => {
    expect(weightsSetting("file:///other/net.model.ts", { "**": "w.onnx" }, folders)).toBeUndefined();
  });
});

describe("WeightsStore", () => {
  let folder = "";
  let uri = "";
  const store = (): WeightsStore => new WeightsStore(createFiles(new OpenDocuments(), undefined));
  const weights = (size: number): Uint8Array =>
    writeSafetensors([{ name: "conv.weight", shape: [size], data: new Float32Array(size).fill(1) }]);

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "quantlens-weights-"));
    uri = pathToFileURL(path.join(folder, "w.safetensors")).href;
    await writeFile(path.join(folder, "w.safetensors"), weights(3));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("has none unless chosen", async () => {
    expect(await store().of(model, undefined)).toEqual({});
  });

  it("reads what the settings name", async () => {
    const chosen = await store().of(model, uri);
    expect(chosen.set?.entries.map(({ name }) => name)).toEqual(["conv.weight"]);
    expect(chosen.uri).toBe(uri);
  });

  it("follows the user's choice until the settings change", async () => {
    const weightsStore = store();
    weightsStore.select(model, uri, undefined);
    expect((await weightsStore.of(model, undefined)).uri).toBe(uri);
    expect((await weightsStore.of(model, "file:///new.onnx")).uri).toBe("file:///new.onnx");
    expect((await weightsStore.of(model, undefined)).uri).toBeUndefined();
  });

  it("can be told to use none, and to follow the settings again", async () => {
    const weightsStore = store();
    weightsStore.select(model, null, uri);
    expect(await weightsStore.of(model, uri)).toEqual({});
    weightsStore.select(model, undefined, uri);
    expect((await weightsStore.of(model, uri)).uri).toBe(uri);
  });

  it("reads a file again when it has changed, and only then", async () => {
    const weightsStore = store();
    const first = await weightsStore.of(model, uri);
    expect((await weightsStore.of(model, uri)).set).toBe(first.set);
    await writeFile(path.join(folder, "w.safetensors"), weights(5));
    expect((await weightsStore.of(model, uri)).set?.entries[0]?.shape).toEqual([5]);
  });

  it.each([
    ["missing.onnx", undefined, /^The weights file missing\.onnx cannot be found/],
    ["broken.onnx", "not an ONNX file", /^The weights file broken\.onnx cannot be used, the numbers are dense: \S/],
    ["broken.safetensors", "no", /^The weights file broken\.safetensors cannot be used, the numbers are dense: \S/],
  ])("says what is wrong with %s", async (name, content, expected) => {
    const file = path.join(folder, name);
    if (content !== undefined) await writeFile(file, content);
    const chosen = await store().of(model, pathToFileURL(file).href);
    expect(chosen.set).toBeUndefined();
    expect(chosen.problem).toMatch(expected);
  });
});
