import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, symlinkSync, truncateSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { baselines } from "../shared/cost/baselines.js";
import { goldenPath, hasGolden } from "../shared/testing/golden.js";
import { makeFolder, writeFiles } from "./testing/folder.js";
import { smallModel, smallModelCost } from "./testing/models.js";
import { cliProgram, runCli } from "./testing/run-cli.js";

const examples = path.resolve(import.meta.dirname, "../examples");
const exampleOnnx = path.join(examples, "bacalhaunet", "bacalhaunet.onnx");
const folder = makeFolder({ "small.model.ts": smallModel(6), "wide.model.ts": smallModel(8, { name: "Wide" }) });

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runCli(["cost", ...args, "--format", "json"], { cwd: folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe("quantlens cost of a model file", () => {
  it("prints the layers, the totals and the score as a table", async () => {
    const { bops, memWBits } = smallModelCost(6);
    const { code, stdout, stderr } = await runCli(["cost", "small.model.ts"], { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Small {2}small\.model\.ts\nfinn-base, dense/);
    expect(stdout).toMatch(/\nfirst +Conv +8×1024 +SCALEDINT8 +SCALEDINT6 .*%\n/);
    expect(stdout).toMatch(/\nlast +\w+ +24 +SCALEDUINT6 +SCALEDINT6 .*%\n/);
    expect(stdout).toMatch(new RegExp(`\\ntotal .*${bops.toLocaleString("en")} +${memWBits.toLocaleString("en")}\\n`));
  });

  // util-linux's; a Mac has another program of that name.
  const { status, stdout: version } = spawnSync("script", ["--version"], { encoding: "utf8" });
  const canHaveTerminal = status === 0 && version.includes("util-linux");
  it.skipIf(!canHaveTerminal)("fits its lines into a terminal, and has all columns where it is piped", async () => {
    const inTerminal = (columns: number): string[] => {
      const command = `stty cols ${columns}; NO_COLOR=1 '${process.execPath}' '${cliProgram()}' cost small.model.ts`;
      const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], { cwd: folder, encoding: "utf8" });
      const lines = stdout.split(/\r?\n/);
      const [start, end] = [lines.findIndex((line) => line.startsWith("layer")), lines.indexOf("", 3)];
      return lines.slice(start, end);
    };
    expect(inTerminal(80)[0]).toMatch(/^layer +input type +weight type .* score {2}…$/);
    for (const columns of [200, 80, 60, 40]) {
      const lines = inTerminal(columns);
      expect(lines).toHaveLength(4);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    }
    const { stdout } = await runCli(["cost", "small.model.ts"], { cwd: folder });
    expect(stdout.split("\n").slice(3, 7)).toEqual(inTerminal(200));
  });

  it("prints the official dictionary and one key of its own as JSON", async () => {
    const { bops, memWBits } = smallModelCost(6);
    const { quantlens, ...official } = await json("small.model.ts");
    expect(official).toEqual({
      discount_sparsity: false,
      mem_o_FLOAT32: 8 * 1024 + 24,
      mem_w_SCALEDINT6: 48 + 192,
      op_mac_SCALEDINT8_SCALEDINT6: 49_152,
      op_mac_SCALEDUINT6_SCALEDINT6: 192,
      total_bops: bops,
      total_mem_o_bits: 32 * (8 * 1024 + 24),
      total_mem_w_bits: memWBits,
      unsupported: "set()",
    });
    const score = 0.5 * (bops / baselines.itu2021.bops) + 0.5 * (memWBits / baselines.itu2021.memWBits);
    expect(quantlens).toMatchObject({ file: "small.model.ts", model: "Small", flavor: "finn-base", weights: null });
    expect(quantlens).toMatchObject({
      baseline: { bops: 807_699_904, memWBits: 1_244_936 },
      score: expect.closeTo(score, 12) as number,
    });
    const { layers } = quantlens as { layers: { name: string; bops: number; shareOfScore: number }[] };
    expect(layers.map(({ name, bops: own }) => [name, own])).toEqual([
      ["first", 49_152 * 48],
      ["last", 192 * 36],
    ]);
    expect(layers.reduce((sum, { shareOfScore }) => sum + shareOfScore, 0)).toBeCloseTo(1, 12);
  });

  it("nests as qonnx does, with --breakdown per op type and node", async () => {
    const plain = await json("small.model.ts", "--flavor", "qonnx");
    expect(Object.keys(plain).sort()).toEqual(["quantlens", "total_cost"]);
    const { node_cost: nodes, optype_cost: types } = await json("small.model.ts", "--flavor", "qonnx", "--breakdown");
    expect(Object.keys(nodes as object)[0]).toBe("Conv_0");
    expect((types as Record<string, object>).Conv).toMatchObject({ total_macs: 49_152 });
  });

  it("prints several files one after another, and as an object by file", async () => {
    const { stdout } = await runCli(["cost", "small.model.ts", "wide.model.ts"], { cwd: folder });
    expect(stdout.indexOf("Small")).toBeLessThan(stdout.indexOf("Wide"));
    const both = await json("small.model.ts", "wide.model.ts");
    expect(Object.keys(both)).toEqual(["small.model.ts", "wide.model.ts"]);
    expect(both["wide.model.ts"]).toMatchObject({ total_bops: smallModelCost(8).bops });
  });

  it("costs the other files when one cannot be read, then says which, exit code 2", async () => {
    const args = ["cost", "small.model.ts", "none.model.ts", "none.onnx", "--format", "json"];
    const { code, stdout, stderr } = await runCli(args, { cwd: folder });
    expect(Object.keys(JSON.parse(stdout) as object)).toEqual(["small.model.ts"]);
    expect(stderr).toMatch(/^quantlens: none\.model\.ts does not[^\n]+\nquantlens: none\.onnx does not[^\n]+\n$/);
    expect(code).toBe(2);
  });

  it("counts non-zero weights only when trained weights are given, and says when they do not fit", async () => {
    const model = path.join(examples, "bacalhaunet", "bacalhaunet.model.ts");
    const fitting = await json(model, "--weights", exampleOnnx);
    expect(fitting).toMatchObject({ discount_sparsity: true, quantlens: { weights: { state: "fresh" } } });
    const { code, stdout, stderr } = await runCli(["cost", "small.model.ts", "--weights", exampleOnnx], {
      cwd: folder,
    });
    expect(code).toBe(0);
    expect(stdout).toContain("they do not fit the model");
    expect(stderr).toMatch(/^No weight in [^\n]*bacalhaunet\.onnx fits "[^\n]+\n/);
  });

  it("says what its cost is a guess for, exit code 1", async () => {
    const text = smallModel(6).replace("outFeatures: 24", "outFeatures: -24");
    writeFiles(folder, {
      "guess.model.ts": text,
      "accepted.model.ts": text.replace(/^.*outFeatures/m, "    // quantlens-disable-next-line invalid-option\n$&"),
    });
    const { code, stdout, stderr } = await runCli(["cost", "guess.model.ts"], { cwd: folder });
    expect(stdout).toMatch(/\nlast +\w+ +1 /);
    expect(stderr).toMatch(/^guess\.model\.ts:\d+:\d+: quantLinear expects outFeatures .* 1 is used instead\.\n$/);
    expect(code).toBe(1);
    expect(await runCli(["cost", "accepted.model.ts"], { cwd: folder })).toMatchObject({ code: 0, stderr: "" });
  });

  it("says where a model file is wrong, exit code 2", async () => {
    writeFiles(folder, { "broken.model.ts": 'import { int } from "quantlens";\nexport default int(;\n' });
    const { code, stdout, stderr } = await runCli(["cost", "broken.model.ts"], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^quantlens: broken\.model\.ts:2:\d+: [^\n]+\n$/);
  });

  it("reads no import that has no end, and none that is too large", async () => {
    writeFiles(folder, { "large.ts": "" });
    truncateSync(path.join(folder, "large.ts"), 2 ** 33);
    symlinkSync("/dev/zero", path.join(folder, "endless.ts"));
    const importing = async (name: string) => {
      writeFiles(folder, { "odd.model.ts": `import "./${name}.js";\n` });
      const { code, stdout, stderr } = await runCli(["cost", "odd.model.ts"], { cwd: folder });
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      return stderr;
    };
    expect(await importing("endless")).toMatch(/^quantlens: odd\.model\.ts:1:8: There is no file for [^\n]+\n$/);
    expect(await importing("large")).toMatch(/^quantlens: \S+large\.ts has 8589934592 bytes and at most [^\n]+\n$/);
  });

  it.each([
    ["an endless loop", "for (;;);"],
    ["a thrown error", 'throw new Error("no");'],
    ["an import of fs", 'import "node:fs";'],
    ["no model", "export const x = 1;"],
    ["a default export that is no model", "export default 5;"],
    ["a wrong relative import", 'import "./nowhere.js";'],
  ])("ends with one sentence and exit code 2 at %s", { timeout: 120_000 }, async (_, text) => {
    writeFiles(folder, { "odd.model.ts": `${text}\n` });
    const { code, stdout, stderr } = await runCli(["cost", "odd.model.ts"], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^quantlens: odd\.model\.ts[^\n]+\n$/);
  });
});

describe("quantlens cost of an ONNX file", () => {
  it("costs what its model file costs", async () => {
    const model = await json(path.join(examples, "bacalhaunet", "bacalhaunet.model.ts"), "--no-sparsity");
    const onnx = await json(exampleOnnx, "--no-sparsity");
    delete model.quantlens;
    delete onnx.quantlens;
    expect(onnx).toEqual(model);
    expect(onnx).toMatchObject({ total_bops: 96_933_888, total_mem_w_bits: 55_908 });
  });

  it("makes the attachment that Netron displays", async () => {
    const { code, stdout } = await runCli(["cost", exampleOnnx, "--format", "netron"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ signature: "netron:attachment" });
    const two = await runCli(["cost", exampleOnnx, exampleOnnx, "--format", "netron"]);
    expect(two).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "quantlens: --format netron makes one attachment: name one file.\n",
    });
  });

  const bytes = readFileSync(exampleOnnx);
  mkdirSync(path.join(folder, "folder.onnx"));
  writeFiles(folder, {
    "cut.onnx": bytes.subarray(0, 20_000),
    "empty.onnx": "",
    "text.onnx": "not a model\n",
    "notes.txt": "x",
    "huge.onnx": "",
    "wrong.onnx": bytes.map((byte, index) => (index % 7 === 3 ? byte ^ 0x55 : byte)),
  });
  truncateSync(path.join(folder, "huge.onnx"), 3 * 2 ** 30);

  it.each([
    "cut.onnx",
    "empty.onnx",
    "text.onnx",
    "wrong.onnx",
    "huge.onnx",
    "notes.txt",
    "folder.onnx",
    "missing.onnx",
    "small.model.ts/x.onnx",
  ])("gives one sentence and exit code 2 for %s", async (file) => {
    const { code, stdout, stderr } = await runCli(["cost", file], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^quantlens: [^\n]+\n$/);
    expect(stderr).toContain(file);
  });
});

describe.skipIf(!hasGolden)("quantlens cost, beside the official tools", () => {
  const files = hasGolden ? readdirSync(goldenPath("onnx")).filter((name) => name.endsWith(".onnx")) : [];
  const cases = files.flatMap((file) =>
    [
      ["finn-base", file.replace(".onnx", ".cost.finn.json")],
      ["qonnx", file.replace(".onnx", ".cost.qonnx.json")],
    ].flatMap(([flavor = "", expected = ""]) =>
      readdirSync(goldenPath("onnx")).includes(expected) ? [[file, flavor, expected] as const] : [],
    ),
  );

  it.each(cases)("%s in flavour %s prints their dictionary", async (file, flavor, expected) => {
    const { quantlens, ...official } = await json(goldenPath("onnx", file), "--flavor", flavor);
    const wanted = JSON.parse(readFileSync(goldenPath("onnx", expected), "utf8")) as Record<string, unknown>;
    expectSame(official, wanted);
    expect(quantlens).toMatchObject({ flavor });
  });

  it("scores the gold model 0.016211", async () => {
    const { stdout } = await runCli(["cost", goldenPath("onnx", "bacalhaunet_gold.onnx")]);
    expect(stdout).toContain("score 0.016211 = 0.5 · 19,242,864 / 807,699,904 + 0.5 · 10,704 / 1,244,936");
  });
});

/** The same keys, and numbers that are equal to a relative 1e-12. */
function expectSame(actual: unknown, expected: unknown): void {
  if (typeof expected === "number") {
    expect(Math.abs(Number(actual) - expected)).toBeLessThanOrEqual(1e-12 * Math.abs(expected));
  } else if (typeof expected === "object" && expected !== null) {
    expect(Object.keys(actual as object).sort()).toEqual(Object.keys(expected).sort());
    for (const [key, value] of Object.entries(expected)) expectSame((actual as Record<string, unknown>)[key], value);
  } else {
    expect(actual).toEqual(expected);
  }
}
