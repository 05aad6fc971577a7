import { describe, expect, it } from "vitest";
import { commitAll, git, makeFolder, writeFiles } from "./testing/folder.js";
import { smallModel, smallModelCost } from "./testing/models.js";
import { runCli } from "./testing/run-cli.js";

const withBits = (specifier: string) =>
  smallModel(6)
    .replaceAll("weightQuant: int(6)", "weightQuant: int(bits)")
    .replace("\n\n", `\nimport { bits } from "${specifier}";\n\n`);

interface Report {
  readonly before: { readonly file: string; readonly bops: number };
  readonly after: { readonly file: string; readonly bops: number; readonly score: number };
  readonly change: { readonly bops: number; readonly memWBits: number; readonly score: number };
  readonly layers: readonly { readonly name: string; readonly before: object | null; readonly after: object | null }[];
  readonly unchanged: number;
}

async function diffJson(folder: string, ...args: string[]): Promise<Report> {
  const { code, stdout, stderr } = await runCli(["diff", ...args, "--format", "json"], { cwd: folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Report;
}

describe("quantlens diff of two files", () => {
  const six = smallModel(6);
  const folder = makeFolder({
    "a.model.ts": six,
    "b.model.ts": six.replace(
      'name: "last", outFeatures: 24, bias: false, weightQuant: int(6)',
      'name: "last", outFeatures: 24, bias: false, weightQuant: int(4)',
    ),
    "renamed.model.ts": six.replace('name: "last"', 'name: "classifier"'),
  });

  it("lists the layers whose cost differs", async () => {
    const report = await diffJson(folder, "a.model.ts", "b.model.ts");
    expect(report.layers).toMatchObject([{ name: "last", before: { bops: 192 * 36 }, after: { bops: 192 * 24 } }]);
    expect(report.unchanged).toBe(1);
    expect(report.change).toMatchObject({ bops: -192 * 12, memWBits: -192 * 2 });
    const { stdout } = await runCli(["diff", "a.model.ts", "b.model.ts"], { cwd: folder });
    expect(stdout).toMatch(/\nlast +6,912 +4,608 +−33 % +1,152 +768 +−33 % +−0\.000\d+\n/);
    expect(stdout).toContain("1 of 2 layers changed");
  });

  it("lists added and removed layers", async () => {
    const { layers } = await diffJson(folder, "a.model.ts", "renamed.model.ts");
    expect(layers.map(({ name, before, after }) => [name, before !== null, after !== null])).toEqual([
      ["classifier", false, true],
      ["last", true, false],
    ]);
  });

  it("exits with 1 when the score after is above --max-score, and says so", async () => {
    const score = (await diffJson(folder, "a.model.ts", "b.model.ts")).after.score;
    const above = await runCli(["diff", "a.model.ts", "b.model.ts", "--max-score", String(score * 0.99)], {
      cwd: folder,
    });
    expect(above.code).toBe(1);
    expect(above.stderr).toContain("b.model.ts scores");
    const exact = await runCli(["diff", "a.model.ts", "b.model.ts", "--max-score", String(score)], { cwd: folder });
    expect(exact).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("quantlens diff of a model whose cost is a guess", () => {
  const six = smallModel(6);
  const guessed = six.replace('name: "last", outFeatures: 24', 'name: "last", outFeatures: -1');
  const folder = makeFolder({ "good.model.ts": six, "guess.model.ts": guessed });

  it("exits with 1 when it is the one after, whatever its score, and says what is wrong with both", async () => {
    const wrong = /guess\.model\.ts:\d+:\d+: quantLinear expects outFeatures .* 1 is used instead\.\n$/;
    const after = await runCli(["diff", "good.model.ts", "guess.model.ts", "--max-score", "1"], { cwd: folder });
    expect(after.code).toBe(1);
    expect(after.stderr).toMatch(wrong);
    const before = await runCli(["diff", "guess.model.ts", "good.model.ts", "--max-score", "1"], { cwd: folder });
    expect(before.code).toBe(0);
    expect(before.stderr).toMatch(wrong);
  });
});

describe("quantlens diff with the last commit", () => {
  const folder = makeFolder({
    "nets/net.model.ts": withBits("./lib/bits.js"),
    "nets/lib/bits.ts": "export const bits = 6;\n",
  });
  commitAll(folder);

  it("reads what the model imports from the commit, too", async () => {
    writeFiles(folder, { "nets/lib/bits.ts": "export const bits = 4;\n" });
    const report = await diffJson(folder, "nets/net.model.ts");
    expect(report.before.file).toMatch(/^nets\/net\.model\.ts \([0-9a-f]{7,}\)$/);
    expect(report.before.bops).toBe(smallModelCost(6).bops);
    expect(report.after).toMatchObject({ file: "nets/net.model.ts", bops: smallModelCost(4).bops });
    expect(report.layers.map(({ name }) => name)).toEqual(["first", "last"]);
  });

  it("finds in the commit a file that the working tree no longer has", async () => {
    writeFiles(folder, { "nets/net.model.ts": withBits("./other.js"), "nets/other.ts": "export const bits = 5;\n" });
    git(folder, "rm", "--quiet", "--force", "nets/lib/bits.ts");
    const report = await diffJson(folder, "nets/net.model.ts");
    expect(report.before.bops).toBe(smallModelCost(6).bops);
    expect(report.after.bops).toBe(smallModelCost(5).bops);
  });

  it.each([
    [
      "a file that is not in the commit",
      { "new.model.ts": smallModel(6) },
      "new.model.ts",
      "is not in the last commit",
    ],
    ["an ONNX file", { "x.onnx": "x" }, "x.onnx", "only a model file is compared with git"],
    ["a missing file", {}, "none.model.ts", "does not exist"],
  ])("refuses %s in one sentence", async (_, files, file, expected) => {
    writeFiles(folder, files);
    const { code, stdout, stderr } = await runCli(["diff", file], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^quantlens: [^\n]+\n$/);
    expect(stderr).toContain(expected);
  });

  it("refuses a file outside a repository, and a repository without a commit", async () => {
    const outside = makeFolder({ "net.model.ts": smallModel(6) });
    const env = { GIT_CEILING_DIRECTORIES: outside };
    const none = await runCli(["diff", "net.model.ts"], { cwd: outside, env });
    expect(none).toMatchObject({ code: 2, stdout: "" });
    expect(none.stderr).toContain("name a second file");
    git(outside, "init", "--quiet");
    const empty = await runCli(["diff", "net.model.ts"], { cwd: outside, env });
    expect(empty.code).toBe(2);
    expect(empty.stderr).toContain("has no commit yet");
  });
});
