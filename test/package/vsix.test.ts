/** The extension as its users have it: packed, unpacked in a folder without anything beside it, and used. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TsServer } from "../../bench/lib/tsserver.js";

const root = path.resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(path.join(tmpdir(), "quantlens-vsix-"));
const extension = path.join(folder, "extension");
const run = promisify(execFile);

beforeAll(async () => {
  const file = path.join(folder, "quantlens.vsix");
  await run(process.execPath, [path.join(root, "scripts/package.mjs"), "--no-build", "--out", file]);
  for (const [name, bytes] of Object.entries(unzipSync(readFileSync(file)))) {
    if (name.endsWith("/")) continue;
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), bytes);
  }
  expect(statSync(file).size).toBeLessThanOrEqual(8 * 1024 * 1024);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A new folder with nothing but a model file. */
function newProject(name: string, text: string): string {
  const project = path.join(folder, name);
  mkdirSync(project);
  writeFileSync(path.join(project, "net.model.ts"), text);
  return project;
}

const sixModulations = readFileSync(path.join(root, "examples/quick/six-modulations.model.ts"), "utf8");

describe("the terminal program of the extension", () => {
  it("checks, costs, trains and exports with nothing installed", async () => {
    const project = newProject("trained", sixModulations);
    const quantlens = (...args: string[]) =>
      run(process.execPath, [path.join(extension, "dist/cli.cjs"), ...args], { cwd: project });
    expect((await quantlens("cost", "net.model.ts", "--format", "json")).stdout).toContain('"total_bops"');
    expect((await quantlens("check", "net.model.ts")).stdout).not.toContain(" error ");
    const tiny = ["--data", "synthetic:framesPerClassAndSnr=4", "--epochs", "1", "--limit-frames", "100"];
    await quantlens("train", "net.model.ts", ...tiny);
    await quantlens("export", "net.model.ts", "--weights", "runs/net-1/last.safetensors", "-o", "net.onnx");
    expect((await quantlens("cost", "net.onnx")).stdout).toContain("score 0.00");
  });
});

describe("the plugin for TypeScript's server", () => {
  const text = `import { defineModel, int, quantLinear } from "quantlens";
export default defineModel({
  name: "Net",
  input: { shape: [1, 16] },
  forward: (x) => quantLinear(x, { outFeatures: 4, weightQuant: int(4) }),
});
`;
  const plugin = ["--globalPlugins", "quantlens-typescript-plugin", "--pluginProbeLocations", extension];

  let server: TsServer;
  beforeAll(() => {
    server = TsServer.start(plugin);
  });
  afterAll(() => server.stop());

  /** Opens the model file of a project. */
  function open(project: string, at = server): string {
    const file = path.join(project, "net.model.ts");
    at.open(file, readFileSync(file, "utf8"));
    return file;
  }

  async function errorsIn(file: string, at = server): Promise<string[]> {
    const found = (await at.ask("semanticDiagnosticsSync", { file })) as readonly { readonly text: string }[];
    return found.map((each) => each.text);
  }

  it("is what resolves the module: without it there is none", async () => {
    const bare = TsServer.start();
    const file = open(newProject("without", text), bare);
    expect((await errorsIn(file, bare))[0]).toMatch(/^Cannot find module 'quantlens'/);
    await bare.stop();
  });

  it.each([
    ["no configuration", undefined],
    ["nodenext", { module: "nodenext" }],
    ["bundler", { module: "esnext", moduleResolution: "bundler" }],
    ["commonjs", { module: "commonjs", target: "es2022" }],
  ])("gives types, completion and documentation with nothing installed: %s", async (name, options) => {
    const project = newProject(`with-${name}`, text);
    if (options) {
      const compilerOptions = { strict: true, noEmit: true, types: [], ...options };
      writeFileSync(path.join(project, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    }
    const file = open(project);
    expect(await errorsIn(file)).toEqual([]);
    const call = text.split("\n")[4]!;
    const at = (word: string, into: number) => ({ file, line: 5, offset: call.indexOf(word) + into });
    const { entries } = (await server.ask("completionInfo", at("outFeatures", 1))) as { entries: { name: string }[] };
    expect(entries.map((entry) => entry.name)).toEqual(expect.arrayContaining(["bias", "name", "outputQuant"]));
    const info = (await server.ask("quickinfo", at("quantLinear", 2))) as Record<string, unknown>;
    expect(info.displayString).toContain("quantLinear(x: Tensor, options: QuantLinearOptions): Tensor");
    expect(JSON.stringify(info.documentation)).toMatch(/\w{4}/);
    server.change(file, 5, call.indexOf("4, weightQuant") + 1, 1, '"4"');
    expect(await errorsIn(file)).toEqual(["Type 'string' is not assignable to type 'number'."]);
  });

  it("leaves a project's own package alone", async () => {
    const project = newProject("own", 'import { mine } from "quantlens";\nexport const value: number = mine;\n');
    const own = path.join(project, "node_modules/quantlens");
    mkdirSync(own, { recursive: true });
    writeFileSync(path.join(own, "package.json"), '{ "name": "quantlens", "version": "9.0.0", "types": "index.d.ts" }');
    writeFileSync(path.join(own, "index.d.ts"), "export declare const mine: number;\n");
    expect(await errorsIn(open(project))).toEqual([]);
  });

  it("resolves no other module", async () => {
    const project = newProject(
      "other",
      'import { x } from "quantlens/other";\nimport { y } from "quantlen";\n[x, y];\n',
    );
    const found = await errorsIn(open(project));
    expect(found.filter((each) => each.startsWith("Cannot find module"))).toHaveLength(2);
  });
});
