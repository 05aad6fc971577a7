import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { makeFolder } from "./testing/folder.js";
import { runCli } from "./testing/run-cli.js";

const onnx = path.resolve(import.meta.dirname, "../examples/bacalhaunet/bacalhaunet.onnx");

describe("the compiled code that the command keeps", () => {
  const home = makeFolder({});
  const cost = (env: Readonly<Record<string, string>>) => runCli(["cost", onnx], { env });

  it("changes nothing: not when it is made, used, damaged or switched off", async () => {
    const off = await cost({ XDG_CACHE_HOME: path.join(home, "off"), NODE_DISABLE_COMPILE_CACHE: "1" });
    expect(readdirSync(home)).toEqual([]);
    expect(off).toMatchObject({ code: 0, stderr: "" });
    const made = await cost({ XDG_CACHE_HOME: home });
    const files = readdirSync(path.join(home, "quantlens"), { recursive: true, withFileTypes: true });
    expect(files.filter((file) => file.isFile()).length).toBeGreaterThan(0);
    const used = await cost({ XDG_CACHE_HOME: home });
    for (const file of files) if (file.isFile()) writeFileSync(path.join(file.parentPath, file.name), "damaged");
    const damaged = await cost({ XDG_CACHE_HOME: home });
    expect([made, used, damaged]).toEqual([off, off, off]);
  });

  it("is not needed: the command runs where it cannot be written", async () => {
    const { code, stderr } = await cost({ XDG_CACHE_HOME: onnx });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});
