import { describe, expect, it } from "vitest";
import { modelText, type ModelTextOptions } from "../../test/model-text.js";
import { modelUri, OpenModel, type OpenOptions } from "../../test/open-model.js";
import type { CodeLensOptions } from "./code-lens.js";
import { codeLenses } from "./code-lens.js";

const quantised = `x = quantIdentity(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 4, kernelSize: 3, padding: 1, bias: false, weightQuant: int(6) });`;

async function titles(opened: OpenModel, options: Partial<CodeLensOptions> = {}): Promise<string[]> {
  const state = await opened.state();
  const base = await opened.store.base(state);
  const lenses = codeLenses(state, { file: modelUri, commands: "client", base, ...options });
  return lenses.map(({ command }) => command?.title ?? "");
}

const open = (forward: string, options: OpenOptions & ModelTextOptions = {}): Promise<OpenModel> =>
  OpenModel.open(modelText(forward, options), options);

describe("the score lens", () => {
  it("says score, bit-operations and memory", async () => {
    const [score] = await titles(await open(quantised));
    expect(score).toBe("score 0.000103 (dense) · 73.7 kbop · 144 b");
  });

  it.each([
    ["budget: { score: 0.00005 },", "2.1× over budget"],
    ["budget: { score: 0.001 },", "89.7 % below budget"],
    ["budget: { bops: 73728 },", "at budget"],
    ["budget: { bops: 1000000, memWBits: 72 },", "2× over budget"],
    ["budget: { score: 0.00005 }, recipe: [prune({ minAbs: 0.1 })],", "2.1× over budget before pruning"],
  ])("judges %s as %s", async (properties, expected) => {
    const [score] = await titles(await open(quantised, { properties }));
    expect(score?.split(" · ").at(3)).toBe(expected);
  });

  it("says so when the text does not run now", async () => {
    const opened = await open(quantised);
    await opened.state();
    opened.replace("return", "return (");
    expect((await titles(opened))[0]).toContain("of the last text that ran");
  });
});

describe("what changed since the last commit", () => {
  it("is not there without a committed text", async () => {
    expect((await titles(await open(quantised)))[0]).not.toContain("since");
  });

  it.each([
    [quantised, "unchanged since HEAD"],
    [quantised.replace("int(6)", "int(3)"), "since HEAD: +100 % score, +36.9 kbop, +72 b"],
    [quantised.replace("int(6)", "int(8)"), "since HEAD: −25 % score, −24.6 kbop, −48 b"],
  ])("is the change of the score", async (committed, expected) => {
    const opened = await open(quantised);
    opened.store.setBaseText(modelUri, { text: modelText(committed), label: "HEAD" });
    expect((await titles(opened))[0]).toContain(expected);
  });

  it("is not there where the committed text does not run", async () => {
    const opened = await open(quantised);
    opened.store.setBaseText(modelUri, { text: "import { defineModel } from 'quantlens'; (", label: "HEAD" });
    expect((await titles(opened))[0]).not.toContain("since");
  });

  it("sees helpers as they were committed", async () => {
    const helper = (size: number): string =>
      `import { quantConv1d, type Tensor } from "quantlens";\nexport const conv = (x: Tensor) => quantConv1d(x, { outChannels: ${size}, kernelSize: 1, bias: false });\n`;
    const text = modelText("return conv(x);", { imports: 'import { conv } from "./helper.js";' });
    const opened = await OpenModel.open(text, { files: { "helper.ts": helper(8) } });
    opened.store.setBaseText(modelUri, { text, label: "HEAD" });
    expect((await titles(opened))[0]).toContain("unchanged since HEAD");
    opened.store.setBaseText("file:///project/helper.ts", { text: helper(4), label: "HEAD" });
    expect((await titles(opened))[0]).toContain("since HEAD: +100 % score");
  });
});

describe("the other lenses", () => {
  it("name the cheapest next move in terms of the source", async () => {
    const opened = await open(`
const conv = (y: typeof x) => quantConv1d(y, { outChannels: 2, kernelSize: 1, bias: false, weightQuant: int(6) });
return conv(conv(x));`);
    expect((await titles(opened))[1]).toBe("weightQuant in conv 6→5 bits, 2 layers: −17 % score");
  });

  it("pass over a quantiser without a width to choose", async () => {
    const opened = await open(`
x = quantIdentity(x, { actQuant: int(2) });
x = quantConv1d(x, { outChannels: 64, kernelSize: 9, bias: false, weightQuant: ternary() });
return quantConv1d(quantReLU(x, { actQuant: uint(2) }), { outChannels: 1, kernelSize: 1, bias: false, weightQuant: int(2) });`);
    expect((await titles(opened))[1]).toMatch(/^actQuant in forward 2→1 bits, 1 layer/);
  });

  it("show where the move is made", async () => {
    const opened = await open(quantised);
    const lenses = codeLenses(await opened.state(), { file: modelUri, commands: "client", base: undefined });
    const command = lenses[1]?.command;
    expect(command?.command).toBe("quantlens.revealRange");
    const [argument] = command?.arguments as [{ uri: string; range: { start: { line: number; character: number } } }];
    const line = opened.text.split("\n")[argument.range.start.line] ?? "";
    expect(line.slice(argument.range.start.character)).toMatch(/^6\)/);
  });

  it("offer no move where no width can shrink", async () => {
    expect(await titles(await open("return relu(x);"))).toEqual([
      "score 0 (dense) · 0 bop · 0 b",
      "weights: none (dense)",
      "Train",
      "Prune",
      "Export",
    ]);
  });

  it("need the client's commands", async () => {
    expect(await titles(await open(quantised), { commands: "none" })).toHaveLength(2);
  });

  it("stand at the model alone", async () => {
    const opened = await open(quantised);
    expect(await titles(opened, { file: "file:///project/other.ts" })).toEqual([]);
  });
});

describe("weights", () => {
  const uri = "file:///project/trained.safetensors";
  const weights = (values: number[]) => ({
    uri,
    set: {
      source: "trained.safetensors",
      entries: [{ name: "conv.weight", shape: [4, 2, 3], data: Float32Array.from(values) }],
    },
  });
  const sparse = Array.from({ length: 24 }, (_, index) => (index % 2 === 0 ? 0 : 1));

  it("discount what is zero, and are named", async () => {
    const found = await titles(await open(quantised, { weights: weights(sparse) }));
    expect(found[0]).toBe("score 0.0000517 (trained.safetensors) · 36.9 kbop · 72 b");
    expect(found).toContain("weights: trained.safetensors");
  });

  it("are marked when they do not fit any more", async () => {
    const opened = await open(quantised.replace("outChannels: 4", "outChannels: 5"), { weights: weights(sparse) });
    const found = await titles(opened);
    expect(found[0]).toContain("(trained.safetensors, stale)");
    expect(found.find((title) => title.startsWith("weights:"))).toMatch(/\(stale: \d+ do not fit\)$/);
    const problem = (await opened.state()).problems.find(({ code }) => code === "weights-stale");
    expect(problem?.message).toMatch(/5×2×3.*4×2×3.*Layers without weights are counted as dense\.$/);
  });

  it("that cannot be used are said to be so", async () => {
    const found = await titles(await open(quantised, { weights: { uri, problem: "No." } }));
    expect(found).toContain("weights: trained.safetensors cannot be used (dense)");
  });
});
