import path from "node:path";
import { describe, expect, it } from "vitest";
import { makeFolder } from "../testing/folder.js";
import { runCli } from "../testing/run-cli.js";
import type { Diagnosis } from "./doctor.js";
import { vectorExtensions } from "./machine.js";

describe("quantlens doctor", () => {
  it("says what there is and which backends work, as JSON", async () => {
    const { code, stdout } = await runCli(["doctor", "--format", "json"]);
    expect(code).toBe(0);
    const { machine, backends, packages, folders } = JSON.parse(stdout) as Diagnosis;
    expect(machine).toMatchObject({ node: process.version, platform: `${process.platform} ${process.arch}` });
    expect(machine.memoryBytes).toBeGreaterThan(machine.freeMemoryBytes);
    expect(backends.map(({ name }) => name)).toEqual(["wasm", "tensorflow", "webgpu", "tfjs"]);
    const built = backends.filter(({ name }) => name === "wasm" || name === "tfjs");
    expect(built.map(({ usable }) => usable)).toEqual([true, true]);
    for (const { usable, detail } of backends) if (!usable) expect(detail).toMatch(/^[A-Z].*\.$/);
    expect(packages.map(({ name }) => name)).toEqual(["@tensorflow/tfjs-node", "webgpu"]);
    expect(folders.program).toBe(path.resolve(import.meta.dirname, "../../dist"));
  });

  it("says so to a person, and where nothing is kept", async () => {
    const { code, stdout } = await runCli(["doctor"], { env: { NODE_DISABLE_COMPILE_CACHE: "1" } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^QuantLens \d+\.\d+\.\d+\n {2}Node +v\d+/);
    expect(stdout).toMatch(/\n {2}yes {2}wasm +built in/);
    expect(stdout).toMatch(/\n {2}compiled code +none: it is compiled anew at each start\n/);
  });
});

describe("a backend whose library misbehaves", () => {
  const tensorflow = async (library: string) => {
    const folder = makeFolder({
      "node_modules/@tensorflow/tfjs-node/package.json": '{ "name": "@tensorflow/tfjs-node", "version": "4.22.0" }',
      "node_modules/@tensorflow/tfjs-node/index.js": library,
    });
    const { code, stdout, stderr } = await runCli(["doctor", "--format", "json"], { cwd: folder });
    const { backends } = JSON.parse(stdout) as Diagnosis;
    return { code, stderr, found: backends.find(({ name }) => name === "tensorflow") };
  };

  it("that ends its process is not usable, and the diagnosis goes on", async () => {
    const { code, found } = await tensorflow('process.kill(process.pid, "SIGSEGV");');
    expect(code).toBe(0);
    expect(found).toMatchObject({
      usable: false,
      detail: "Its library ends the process that it is tried in (SIGSEGV); use the wasm backend.",
    });
  });

  it("writes nothing between the diagnosis", async () => {
    const { stderr, found } = await tensorflow('console.error("at library.cpp:368"); throw new Error("no device");');
    expect(found?.usable).toBe(false);
    expect(stderr).not.toContain("library.cpp");
  });
});

describe("vectorExtensions", () => {
  it.each([
    ["processor\t: 0\nflags\t\t: fpu sse sse4_1 avx avx2 fma\n", ["sse4_1", "avx", "avx2", "fma"]],
    ["Features\t: fp asimd crc32\n", ["asimd"]],
    ["processor : 0\n", undefined],
    [undefined, undefined],
  ])("reads %j", (text, expected) => {
    expect(vectorExtensions(text)).toEqual(expected);
  });
});
