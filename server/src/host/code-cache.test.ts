import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadWithCodeCache } from "./code-cache.js";

const require = createRequire(import.meta.url);
let folder = "";
let file = "";
let cache = "";

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "quantlens-cache-test-"));
  file = path.join(folder, "large.cjs");
  cache = path.join(folder, "cache");
  await writeFile(
    file,
    "const path = require('node:path');\nmodule.exports = { name: path.basename(__filename), answer: () => 42 };\n",
  );
});
afterEach(async () => {
  Reflect.deleteProperty(require.cache, file);
  await rm(folder, { recursive: true });
});

const load = (): { name: string; answer: () => number } => {
  Reflect.deleteProperty(require.cache, file);
  const write = loadWithCodeCache(file, cache);
  write();
  return require(file) as { name: string; answer: () => number };
};

describe("loadWithCodeCache", () => {
  it("loads the file as `require` would", () => {
    const loaded = load();
    expect([loaded.name, loaded.answer()]).toEqual(["large.cjs", 42]);
  });

  it("writes one file beside nothing else, and uses it", async () => {
    load();
    const [name = "", ...others] = await readdir(cache);
    expect(others).toEqual([]);
    const written = await readFile(path.join(cache, name));
    expect(load().answer()).toBe(42);
    expect(await readFile(path.join(cache, name))).toEqual(written);
  });

  it.each([
    ["empty", Buffer.alloc(0)],
    ["noise", Buffer.alloc(5000, 7)],
  ])("replaces a cache that is %s", async (_name, damaged) => {
    load();
    const [name = ""] = await readdir(cache);
    const good = await readFile(path.join(cache, name));
    await writeFile(path.join(cache, name), damaged);
    expect(load().answer()).toBe(42);
    expect((await readFile(path.join(cache, name))).length).toBe(good.length);
  });

  it("does not use a cache with a flipped bit", async () => {
    load();
    const [name = ""] = await readdir(cache);
    const bytes = await readFile(path.join(cache, name));
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 9) ^ 1, bytes.length - 9);
    await writeFile(path.join(cache, name), bytes);
    expect(load().answer()).toBe(42);
    expect(await readFile(path.join(cache, name))).not.toEqual(bytes);
  });

  it("keeps a cache per version of the file", async () => {
    load();
    await writeFile(file, "module.exports = { name: '', answer: () => 43 };\n");
    expect(load().answer()).toBe(43);
    expect(await readdir(cache)).toHaveLength(2);
  });

  it("does without where nothing can be written", async () => {
    await writeFile(path.join(folder, "plain"), "");
    cache = path.join(folder, "plain", "below");
    expect(load().answer()).toBe(42);
  });
});
