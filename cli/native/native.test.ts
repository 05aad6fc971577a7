/** The same marked program in the sandbox and in Node: the same graph, the same origins. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { evaluateModel, type Evaluation } from "../../shared/sandbox/evaluate.js";
import { filesOnDisk, runnerFor } from "../input/host.js";
import { makeFolder } from "../testing/folder.js";
import { smallModel } from "../testing/models.js";
import { cliProgram, runCli } from "../testing/run-cli.js";

const root = path.resolve(import.meta.dirname, "../..");
const dist = path.dirname(cliProgram());
const runners = { sandbox: runnerFor("sandbox", dist), native: runnerFor("native", dist) };

afterAll(() => runners.sandbox.dispose());

function evaluate(kind: keyof typeof runners, file: string): Promise<Evaluation> {
  return evaluateModel(file, { ...filesOnDisk, runner: runners[kind] }, { deadlineMs: 60_000, memoryMb: 256 });
}

/** All model files below a folder. */
function modelFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".model.ts"))
    .sort()
    .map((name) => path.join(folder, name));
}

const files = [path.join(root, "examples"), path.join(root, "test", "fixtures")].flatMap(modelFiles);

describe("native = sandbox", () => {
  it("has files to compare", () => {
    expect(files.length).toBeGreaterThanOrEqual(3);
  });

  it.each(files.map((file) => [path.relative(root, file), file]))("%s", async (_, file) => {
    const sandbox = await evaluate("sandbox", file);
    const native = await evaluate("native", file);
    expect(sandbox.definition?.graph.layers.length).toBeGreaterThan(0);
    expect(native.definition).toEqual(sandbox.definition);
    expect(native.problems).toEqual(sandbox.problems);
  });
});

describe("a native run", () => {
  const folder = makeFolder({
    "small.model.ts": smallModel(6),
    "lib/bits.ts": "export enum Bits { few = 4, many = 8 }\nconsole.log('loaded');\n",
    "parts.model.ts": smallModel(6)
      .replaceAll("weightQuant: int(6)", "weightQuant: int(Bits.few)")
      .replace("\n\n", '\nimport { Bits } from "./lib/bits.js";\nprocess.stdout.write("noise");\n\n'),
    "throws.model.ts":
      'import "quantlens";\n\nfunction fail(): never {\n  throw new RangeError("too far");\n}\nfail();\n',
    "exits.model.ts": 'import "quantlens";\nprocess.exit(3);\n',
    "waits.model.ts": 'import "quantlens";\nawait new Promise(() => {});\nexport default 1;\n',
    "loop.model.ts": 'import "quantlens";\nprocess.stderr.write("looping");\nfor (;;);\n',
  });

  it("prints the same as a sandboxed one", async () => {
    const native = await runCli(["cost", "small.model.ts", "--run", "native"], { cwd: folder });
    const sandbox = await runCli(["cost", "small.model.ts"], { cwd: folder });
    expect(native).toEqual(sandbox);
  });

  it("follows imports, and keeps what the program prints out of the result", async () => {
    const { code, stdout, stderr } = await runCli(["cost", "parts.model.ts", "--run", "native", "--format", "json"], {
      cwd: folder,
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ mem_w_SCALEDINT4: 240 });
    expect(stderr).toContain("noise");
  });

  it("says where the program failed", async () => {
    const { code, stdout, stderr } = await runCli(["cost", "throws.model.ts", "--run", "native"], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^quantlens: throws\.model\.ts:4:\d+: [^\n]*too far[^\n]*\n$/);
  });

  it("says so when the program ends Node", async () => {
    const { code, stderr } = await runCli(["cost", "exits.model.ts", "--run", "native"], { cwd: folder });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "quantlens: The model file ended Node itself (exit code 3) before it defined a model.\n",
    });
  });

  it("says so when the program waits for ever", async () => {
    const { code, stderr } = await runCli(["cost", "waits.model.ts", "--run", "native"], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^quantlens: waits\.model\.ts:2:1: This `await` [^\n]+\n$/);
  });

  it("is ended together with the command", async () => {
    const child = spawn(process.execPath, [cliProgram(), "cost", "loop.model.ts", "--run", "native"], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    // The pipe stays open for as long as the looping process has it: that it closes shows that both have ended.
    const closed = new Promise<NodeJS.Signals | null>((resolve) => {
      child.on("close", (_code, signal) => {
        resolve(signal);
      });
    });
    child.stderr.once("data", () => child.kill("SIGTERM"));
    expect(await closed).toBe("SIGTERM");
  });
});
