import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { cliProgram, runCli, type CliResult } from "../testing/run-cli.js";
import { taskFolder, taskModel } from "../train/run/testing/task.js";
import type { SearchResult } from "./result.js";

/** A helper that feeds two layers, a config row with a width of its own, and a width from another file. */
const model = taskModel("train({ epochs: 10, batchSize: 16, optimizer: adam({ lr: 0.02 }) })")
  .replace('import * as q from "quantlens";', 'import * as q from "quantlens";\nimport { wide } from "./widths.js";')
  .replace("export default", "const rows = [{ bits: 6 }, { bits: 7 }];\nconst w = () => int(5);\n\nexport default")
  .replace("weightQuant: int(5) });\n    x = batchNorm", "weightQuant: w() });\n    x = batchNorm")
  .replace(
    "x = dropout(",
    `for (const { bits } of rows) {
      x = quantConv1d(x, { outChannels: 8, kernelSize: 3, padding: 1, bias: false, weightQuant: int(bits) });
      x = quantReLU(batchNorm1d(x), { actQuant: wide() });
    }
    x = dropout(`,
  )
  .replace("bias: false, weightQuant: int(5) });\n  },", "bias: false, weightQuant: w() });\n  },");

const cwd = taskFolder({
  "net.model.ts": model,
  "widths.ts": 'import { uint } from "quantlens";\nexport const wide = () => uint(6);\n',
  "slow.model.ts": taskModel("train({ epochs: 1, batchSize: 64, optimizer: sgd({ lr: 1e-9 }) })"),
  "narrow.model.ts": taskModel("train({ epochs: 1, batchSize: 16, optimizer: adam() })")
    .replaceAll("int(5)", "int(2)")
    .replaceAll("uint(4)", "uint(2)")
    .replaceAll("int(8)", "int(2)"),
});

const common = ["--threads", "1", "--epochs", "2", "--samples", "60"];

function search(...args: string[]): Promise<CliResult> {
  return runCli(["search", ...args], { cwd });
}

/** Runs a command, and does something when the first epoch of its first trial is over. */
async function whileTrying(args: readonly string[], then: (child: ChildProcess) => void) {
  const child = spawn(process.execPath, [cliProgram(), ...args], { cwd, stdio: ["ignore", "ignore", "pipe"] });
  let told = "";
  child.stderr.on("data", (text: Buffer) => {
    const before = told;
    told += text.toString();
    if (!before.includes("epoch 1/2") && told.includes("epoch 1/2")) then(child);
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, told };
}

function resultOf(folder: string): SearchResult {
  return JSON.parse(readFileSync(path.join(cwd, folder, "result.json"), "utf8")) as SearchResult;
}

describe("quantlens search", () => {
  let found: CliResult;
  let result: SearchResult;

  beforeAll(async () => {
    const { code } = await runCli(["train", "net.model.ts", "--threads", "1", "--out", "base"], { cwd });
    expect(code).toBe(0);
    const from = ["--weights", "base/last.safetensors"];
    found = await search(
      "net.model.ts",
      ...from,
      "--goal",
      "accuracy>=0.85",
      "--minimise",
      "score",
      "--out",
      "found",
      ...common,
    );
    expect(found.stderr).not.toContain("quantlens:");
    expect(found.code).toBe(0);
    result = resultOf("found");
  });

  it("finds a cheaper network that keeps the accuracy", () => {
    expect(result.before.accuracy).toBeGreaterThanOrEqual(0.85);
    expect(result.after.accuracy).toBeGreaterThanOrEqual(0.85);
    expect(result.after.score).toBeLessThan(0.8 * result.before.score);
    expect(result.widths.every(({ from, to }) => to <= from && to >= 2)).toBe(true);
  });

  it("varies numbers where they are written, each with all layers that it feeds", () => {
    const places = result.widths.map(({ file, from, layers }) => [file, from, layers.length]);
    expect(places).toEqual([
      ["net.model.ts", 6, 1],
      ["net.model.ts", 7, 1],
      // The helper's: the first and the last layer.
      ["net.model.ts", 5, 2],
      // Of the input, read by the first layer, and of the activation behind it.
      ["net.model.ts", 8, 1],
      ["net.model.ts", 4, expect.any(Number)],
      ["widths.ts", 6, expect.any(Number)],
    ]);
    expect(found.stdout).toMatch(/net\.model\.ts:\d+:\d+ +int\(5\) +5/);
  });

  it("gives a patch whose result costs what was found, to the bit", async () => {
    const patched = path.join(cwd, "patched");
    mkdirSync(patched);
    for (const name of ["net.model.ts", "widths.ts"]) copyFileSync(path.join(cwd, name), path.join(patched, name));
    execFileSync("git", ["apply", path.join(cwd, "found", "widths.patch")], {
      cwd: patched,
      env: { ...process.env, GIT_CEILING_DIRECTORIES: cwd },
    });
    const weights = path.join(cwd, "found", "model.safetensors");
    const { stdout } = await runCli(["cost", "net.model.ts", "--weights", weights, "--format", "json"], {
      cwd: patched,
    });
    const cost = JSON.parse(stdout) as Record<string, unknown>;
    expect([cost.total_bops, cost.total_mem_w_bits]).toEqual([result.after.bops, result.after.memWBits]);
    // The same as edits for editors.
    const text = readFileSync(path.join(cwd, "widths.ts"), "utf8");
    const edits = result.edits.filter(({ file }) => file.endsWith("widths.ts"));
    const edited = edits.reduceRight(
      (now, { start, end, newText }) => now.slice(0, start) + newText + now.slice(end),
      text,
    );
    expect(edited).toBe(readFileSync(path.join(patched, "widths.ts"), "utf8"));
  });

  it("comes to the same after an interruption, and does nothing twice", async () => {
    const from = ["--weights", "base/last.safetensors", "--goal", "accuracy>=0.85"];
    const args = ["search", "net.model.ts", ...from, "--out", "again", ...common];
    const { code, told } = await whileTrying(args, (child) => child.kill("SIGINT"));
    expect(code).toBe(130);
    expect(told).toMatch(/Go on with: quantlens search --resume again\n$/);
    expect(existsSync(path.join(cwd, "again", "result.json"))).toBe(false);
    const measured = readFileSync(path.join(cwd, "again", "sensitivities.json"), "utf8");
    const resumed = await search("--resume", "again");
    expect(resumed.code).toBe(0);
    expect(readFileSync(path.join(cwd, "again", "sensitivities.json"), "utf8")).toBe(measured);
    expect(resultOf("again")).toEqual(result);
    const trials = (folder: string) => readdirSync(path.join(cwd, folder, "candidates"));
    expect(trials("again")).toEqual(trials("found"));
    expect(readdirSync(path.join(cwd, "again"))).not.toContain("lock");
  });

  it("runs the recipe first where no weights are named, and writes the widths into the files when asked", async () => {
    for (const name of ["net.model.ts", "widths.ts"]) copyFileSync(path.join(cwd, name), path.join(cwd, `own-${name}`));
    writeFileSync(path.join(cwd, "own-net.model.ts"), model.replace("./widths.js", "./own-widths.js"));
    const args = [
      "own-net.model.ts",
      "--goal",
      "accuracy >= 85%",
      "--minimise",
      "memWBits",
      "--out",
      "own",
      "--apply",
      ...common,
    ];
    const { code, stderr } = await search(...args);
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expect(existsSync(path.join(cwd, "own", "base", "report.json"))).toBe(true);
    const { after, widths, minimise } = resultOf("own");
    expect(minimise).toBe("memWBits");
    // Activations have no weight memory: their widths stay.
    expect(widths.filter(({ text }) => text.startsWith("uint")).every(({ from, to }) => from === to)).toBe(true);
    const cost = await runCli(["cost", "own-net.model.ts", "--weights", "own/model.safetensors", "--format", "json"], {
      cwd,
    });
    expect((JSON.parse(cost.stdout) as { total_mem_w_bits: number }).total_mem_w_bits).toBe(after.memWBits);
  });

  it("does not write over a file that was edited meanwhile", async () => {
    writeFileSync(path.join(cwd, "edited.model.ts"), model);
    const from = ["--weights", "base/last.safetensors", "--goal", "accuracy>=0.85", "--apply"];
    const args = ["search", "edited.model.ts", ...from, "--out", "edited", ...common];
    const { code, told } = await whileTrying(args, () => {
      writeFileSync(path.join(cwd, "edited.model.ts"), `// Mine.\n${model}`);
    });
    expect(told).toMatch(/edited\.model\.ts has changed since the search was begun; take them with git apply edited/);
    expect(code).toBe(1);
    expect(readFileSync(path.join(cwd, "edited.model.ts"), "utf8")).toBe(`// Mine.\n${model}`);
    const { widths, ...found } = resultOf("edited");
    expect(widths.map(({ to }) => to)).toEqual(result.widths.map(({ to }) => to));
    expect(found.after).toEqual(result.after);
  });

  it.each<[string, string[], number, RegExp]>([
    [
      "a goal out of reach",
      ["slow.model.ts", "--goal", "accuracy>=0.99", "--out", "high"],
      1,
      /misses accuracy 99 % even with the widths that are written/,
    ],
    ["no goal", ["net.model.ts"], 2, /Tones has no challenge with an accuracy to keep: name one/],
    ["a goal that is none", ["net.model.ts", "--goal", "score<=0.1"], 2, /Write the accuracy to keep/],
    [
      "nothing to make smaller",
      ["narrow.model.ts", "--goal", "accuracy>=0.1", "--out", "none"],
      2,
      /has no width that could be made smaller/,
    ],
    [
      "a folder with something in it",
      ["net.model.ts", "--goal", "accuracy>=0.9", "--out", "base"],
      2,
      /base is not an empty folder/,
    ],
    ["no search to go on with", ["--resume", "base"], 2, /base has no search in it/],
    [
      "other options for a search",
      ["--resume", "found", "--goal", "accuracy>=0.5"],
      2,
      /found goes on with the options that it was begun with: leave out --goal, or begin a new search/,
    ],
    ["one bit", ["net.model.ts", "--min-bits", "1"], 2, /from 2 to 32/],
    ["no model file", [], 2, /needs a model file/],
  ])("%s", async (_, args, expected, message) => {
    const { code, stderr } = await search(...args, ...(args.includes("--resume") ? [] : common));
    expect(stderr).toMatch(message);
    expect(code).toBe(expected);
  });

  it("does not go on with other sources", async () => {
    const file = path.join(cwd, "own-widths.ts");
    writeFileSync(file, `${readFileSync(file, "utf8")}// changed\n`);
    const { code, stderr } = await search("--resume", "own");
    expect(code).toBe(2);
    expect(stderr).toMatch(/own-net\.model\.ts is not what own was begun with/);
  });
});
