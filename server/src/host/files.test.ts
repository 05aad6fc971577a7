import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OpenDocuments } from "../text/documents.js";
import { createFiles } from "./files.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "quantlens-files-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("files on disk", () => {
  it("are read unless an editor has them open", async () => {
    const file = path.join(folder, "a.ts");
    const uri = pathToFileURL(file).href;
    await writeFile(file, "disk");
    const documents = new OpenDocuments();
    const files = createFiles(documents, undefined);
    expect(await files.readText(uri)).toEqual({ text: "disk" });
    documents.open({ uri, languageId: "typescript", version: 7, text: "editor" });
    expect(await files.readText(uri)).toEqual({ text: "editor", version: 7 });
    documents.close(uri);
    expect(await files.readText(uri)).toEqual({ text: "disk" });
  });

  it("are absent when they are missing, or folders", async () => {
    const files = createFiles(new OpenDocuments(), undefined);
    expect(await files.readText(pathToFileURL(path.join(folder, "none.ts")).href)).toBeUndefined();
    expect(await files.readText(pathToFileURL(folder).href)).toBeUndefined();
    expect(await files.readBytes(pathToFileURL(path.join(folder, "none.onnx")).href)).toBeUndefined();
    expect(await files.stamp(pathToFileURL(path.join(folder, "none.onnx")).href)).toBeUndefined();
  });

  it("have a stamp that changes with them", async () => {
    const file = path.join(folder, "w.onnx");
    const uri = pathToFileURL(file).href;
    const files = createFiles(new OpenDocuments(), undefined);
    await writeFile(file, "one");
    const before = await files.stamp(uri);
    expect(await files.stamp(uri)).toBe(before);
    await writeFile(file, "three");
    expect(await files.stamp(uri)).not.toBe(before);
  });
});

describe("files elsewhere", () => {
  const uri = "vscode-vfs://host/a.ts";

  it("are asked for once until they change", async () => {
    let content = "one";
    const asked: string[] = [];
    const files = createFiles(new OpenDocuments(), (key, encoding) => {
      asked.push(`${encoding} ${key}`);
      return Promise.resolve(encoding === "utf8" ? content : Buffer.from(content).toString("base64"));
    });
    expect(await files.readText(uri)).toEqual({ text: "one" });
    content = "two";
    expect(await files.readText(uri)).toEqual({ text: "one" });
    files.invalidate(uri);
    expect(await files.readText(uri)).toEqual({ text: "two" });
    expect(Buffer.from((await files.readBytes(uri)) ?? []).toString()).toBe("two");
    expect(asked).toEqual([`utf8 ${uri}`, `utf8 ${uri}`, `base64 ${uri}`]);
  });

  it("are absent where the client cannot read them", async () => {
    expect(await createFiles(new OpenDocuments(), undefined).readText(uri)).toBeUndefined();
    const failing = createFiles(new OpenDocuments(), () => Promise.reject(new Error("no")));
    expect(await failing.readText(uri)).toBeUndefined();
  });
});
