/** The npm package as its users have it: packed, installed in a fresh folder, type-checked, run. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cliProgram } from "../../cli/testing/run-cli.js";

const root = path.resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(path.join(tmpdir(), "quantlens-package-"));

const model = `
import { defineModel, flatten, int, quantConv1d, quantLinear, quantReLU, uint, type Tensor } from "quantlens";

function block(x: Tensor, outChannels: number): Tensor {
  return quantReLU(quantConv1d(x, { outChannels, kernelSize: 3, padding: 1, weightQuant: int(4) }), { actQuant: uint(4) });
}

export default defineModel({
  name: "Packed",
  input: { shape: [1, 2, 16] },
  forward: (x) => quantLinear(flatten(block(x, 8)), { outFeatures: 4, weightQuant: int(4) }),
});
`;

function npm(...args: string[]): string {
  const program = process.env.npm_execpath;
  const [command, first] = program?.endsWith(".js") ? [process.execPath, [program]] : ["npm", []];
  return execFileSync(command, [...first, ...args], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

/** What the compiler says about the text as a model file of the fresh folder: nothing when it is right. */
function typeCheck(text: string, options: Readonly<Record<string, unknown>>): string {
  const compilerOptions = { strict: true, noEmit: true, target: "es2022", types: [], ...options };
  writeFileSync(path.join(folder, "checked.model.ts"), text);
  writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["checked.model.ts"] }));
  const compiler = path.join(root, "node_modules/typescript/bin/tsc");
  return spawnSync(process.execPath, [compiler, "-p", folder, "--pretty", "false"], { encoding: "utf8" }).stdout;
}

beforeAll(() => {
  cliProgram();
  const packed = npm("pack", root, "--ignore-scripts", "--json");
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "user", type: "module", private: true }));
  writeFileSync(path.join(folder, "packed.model.ts"), model);
  npm("install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", `./${filename}`);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the npm package", () => {
  it.each([
    ["nodenext", { module: "nodenext", moduleResolution: "nodenext" }],
    ["bundler", { module: "esnext", moduleResolution: "bundler" }],
  ])("type-checks a model file, module resolution %s", (_, options) => {
    expect(typeCheck(model, options)).toBe("");
  });

  it("refuses a wrong option when it is type-checked", () => {
    const wrong = model.replace("kernelSize: 3", 'kernelSize: "3"');
    expect(typeCheck(wrong, { module: "nodenext" })).toContain("Type 'string' is not assignable to type 'number'");
  });

  it("runs in plain Node", () => {
    const script = model
      .replaceAll(/(?:, type Tensor|: Tensor|: number)/g, "")
      .replace("export default", "const model =");
    writeFileSync(path.join(folder, "run.mjs"), `${script}\nconsole.log(model.name, model.graph.layers.length > 0);`);
    expect(execFileSync(process.execPath, [path.join(folder, "run.mjs")], { encoding: "utf8" })).toBe("Packed true\n");
  });

  it("brings the terminal program", () => {
    const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };
    const installed = path.join(folder, "node_modules", ".bin", "quantlens");
    const run = (...args: string[]) => execFileSync(installed, args, { encoding: "utf8", cwd: folder });
    expect(run("--version")).toBe(`${version}\n`);
    expect(run("cost", "packed.model.ts", "--format", "json")).toContain('"total_bops"');
    expect(run("data", "generate", "made.hdf5", "--frames-per-class-and-snr", "2")).toContain("1,248 frames");
    expect(run("data", "info", "made.hdf5")).toContain("contiguous from byte");
  });

  it("makes projects that the compiler and the program take", () => {
    const installed = path.join(folder, "node_modules", ".bin", "quantlens");
    const run = (...args: string[]) => execFileSync(installed, args, { encoding: "utf8", cwd: folder });
    const made = JSON.parse(run("init", "nets", "--name", "My Net", "--format", "json")) as { model: string };
    expect(made.model).toBe("my-net.model.ts");
    const compiler = path.join(root, "node_modules/typescript/bin/tsc");
    const project = path.join(folder, "nets");
    expect(
      spawnSync(process.execPath, [compiler, "-p", project, "--pretty", "false"], { encoding: "utf8" }).stdout,
    ).toBe("");
    expect(run("cost", `nets/${made.model}`)).toContain("MyNet");
  });

  it("has no dependencies, and nothing of the sources or of the extension in it", () => {
    const installed = path.join(folder, "node_modules", "quantlens");
    const manifest = JSON.parse(readFileSync(path.join(installed, "package.json"), "utf8")) as Record<string, unknown>;
    expect(manifest.dependencies).toBeUndefined();
    const files = (
      JSON.parse(npm("pack", root, "--dry-run", "--ignore-scripts", "--json")) as [{ files: { path: string }[] }]
    )[0];
    const folders = new Set(files.files.map((file) => file.path.split("/")[0]));
    expect([...folders].sort()).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "dist",
      "docs",
      "examples",
      "package.json",
    ]);
    expect(files.files.some((file) => file.path.endsWith("client.cjs"))).toBe(false);
  });
});
