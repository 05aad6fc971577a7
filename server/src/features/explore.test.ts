import { TextDocument } from "vscode-languageserver-textdocument";
import { describe, expect, it } from "vitest";
import type { CostNode, CostNumbers, ExploreRecord, WhatIf } from "../../../shared/messages.js";
import { modelText, type ModelTextOptions } from "../../test/model-text.js";
import { modelUri, OpenModel, type OpenOptions } from "../../test/open-model.js";
import { explore } from "./explore.js";
import { exploreEdit } from "./explore/edit.js";

const blocks = `const blocks = [{ channels: 4, bits: 6 }, { channels: 8, bits: 3 }];
const block = (y, { channels, bits }) =>
  quantReLU(quantConv1d(y, { outChannels: channels, kernelSize: 3, padding: 1, bias: false, weightQuant: int(bits) }), {
    actQuant: uint(4),
  });
x = quantIdentity(x, { actQuant: int(8) });
for (const b of blocks) x = block(x, b);
return quantLinear(flatten(x), { outFeatures: 2, bias: false, weightQuant: int(2) });`;

const open = (forward = blocks, options: OpenOptions & ModelTextOptions = {}): Promise<OpenModel> =>
  OpenModel.open(modelText(forward, options), options);

async function record(opened: OpenModel, whatIf?: WhatIf): Promise<ExploreRecord> {
  const state = await opened.state();
  const found = explore(state, { uri: modelUri, ...(whatIf && { whatIf }) }, await opened.store.base(state));
  if (!found) throw new Error("there is nothing to explore");
  return found;
}

const bits = (values: Record<string, number>): WhatIf => ({ bits: values, densities: {} });
const densities = (values: Record<string, number>): WhatIf => ({ bits: {}, densities: values });

const outline = ({ label, children }: CostNode): unknown =>
  children.length === 0 ? label : { [label]: children.map(outline) };

const plus = (sum: CostNumbers, { cost }: CostNode): CostNumbers => ({
  macs: sum.macs + cost.macs,
  bops: sum.bops + cost.bops,
  memWBits: sum.memWBits + cost.memWBits,
  memOBits: sum.memOBits + cost.memOBits,
});

function nodesOf(node: CostNode): CostNode[] {
  return [node, ...node.children.flatMap(nodesOf)];
}

describe("the parts of a model", () => {
  it("are the calls, and the rows of configuration arrays", async () => {
    const { calls, rows } = await record(await open());
    const block = {
      block: [{ quantConv1d: ["block.conv", "block.conv_1"] }, { quantReLU: ["block.relu", "block.relu_1"] }],
    };
    expect(outline(calls)).toEqual({ Example: ["identity", block, "flatten", "linear"] });
    const row = (name: string, after = ""): unknown => ({ [name]: [`block.conv${after}`, `block.relu${after}`] });
    expect(outline(rows!)).toEqual({
      Example: ["identity", row("blocks[0]"), row("blocks[1]", "_1"), "flatten", "linear"],
    });
  });

  it("add up to their whole, and the whole to the total", async () => {
    const { calls, rows, total } = await record(await open());
    const none = { macs: 0, bops: 0, memWBits: 0, memOBits: 0 };
    for (const root of [calls, rows!]) {
      expect({ ...root.cost, score: total.score }).toEqual(total);
      for (const node of nodesOf(root)) {
        if (node.children.length > 0) expect(node.children.reduce(plus, none)).toEqual(node.cost);
      }
    }
  });

  it("have names of their own that survive edits elsewhere", async () => {
    const opened = await open();
    const before = nodesOf((await record(opened)).calls).map(({ id }) => id);
    expect(new Set(before).size).toBe(before.length);
    opened.replace("  forward(x) {", "  // a comment\n  forward(x) {");
    const after = nodesOf((await record(opened)).calls).map(({ id }) => id);
    expect(after).toEqual(before);
  });

  it("are shown as of the last text that ran", async () => {
    const opened = await open();
    await opened.state();
    opened.replace("return quantLinear", "return (quantLinear");
    expect((await record(opened)).fresh).toBe(false);
  });
});

describe("a what-if", () => {
  it("is absent where its sites are gone", async () => {
    expect((await record(await open(), bits({ nothing: 3 }))).whatIf).toBeUndefined();
    expect((await record(await open(), densities({ constructor: 0.5 }))).whatIf).toBeUndefined();
  });

  it("gives what the text gives when it says so", async () => {
    const opened = await open();
    const { bitWidths } = await record(opened);
    expect(bitWidths.map((width) => width.bits)).toEqual([6, 3, 4, 8, 2]);
    const [row] = bitWidths;
    const { whatIf } = await record(opened, bits({ [row!.id]: 5 }));
    opened.replace("bits: 6", "bits: 5");
    expect((await record(opened)).total).toEqual(whatIf!.value);
  });

  it("scales a part by its density, the inner part having the last word", async () => {
    const opened = await open();
    const { layers, calls } = await record(opened);
    const dense = layers.at(-1)!;
    const inner = nodesOf(calls).find((node) => node.kind === "layer" && node.label === dense.name)!;
    const found = await record(opened, densities({ [inner.id]: 0.25, [calls.id]: 0.5 }));
    expect(found.layers.at(-1)?.whatIf).toMatchObject({ density: 0.25, value: { memWBits: dense.memWBits / 4 } });
    const conv = layers.findIndex(({ kind }) => kind === "quantConv1d");
    expect(found.layers[conv]?.whatIf).toMatchObject({
      density: 0.5,
      difference: { bops: -layers[conv]!.bops / 2 },
    });
    expect(found.whatIf?.value.bops).toBe(found.layers.reduce((sum, { whatIf }) => sum + whatIf!.value.bops, 0));
  });

  it("leaves densities alone where zeros are not discounted", async () => {
    const opened = await open(blocks, { config: { discountSparsity: false } });
    const found = await record(opened, densities({ "/": 0.5 }));
    expect(found.basis.discountSparsity).toBe(false);
    expect(found.whatIf).toBeUndefined();
  });
});

describe("the comparison with the last commit", () => {
  it("matches layers by name and says what came and went", async () => {
    const opened = await open();
    const committed = modelText(blocks.replace("int(2)", "int(4)").replace("x = quantIdentity", "x = quantHardTanh"));
    opened.store.setBaseText(modelUri, { text: committed, label: "HEAD" });
    const { comparison, total } = await record(opened);
    expect(comparison).toMatchObject({ label: "HEAD", dense: false, now: { value: total } });
    expect(comparison!.now.difference.score).toBeLessThan(0);
    expect(comparison!.before.score).toBeGreaterThan(total.score);
    const linear = comparison!.layers.find(({ kind }) => kind === "quantLinear")!;
    expect(linear.before!.memWBits).toBe(linear.now!.memWBits * 2);
    const changed = comparison!.layers.filter(({ before, now }) => !before || !now);
    expect(changed.map(({ kind }) => kind)).toEqual(["quantIdentity", "quantHardTanh"]);
  });
});

describe("writing a what-if", () => {
  async function written(opened: OpenModel, whatIf: WhatIf): Promise<string> {
    const { edits, problem } = exploreEdit(await opened.state(), whatIf);
    if (problem !== undefined) return problem;
    const [file, ...others] = edits;
    expect(others).toEqual([]);
    expect(file).toMatchObject({ uri: modelUri, version: opened.documents.get(modelUri)?.version });
    const document = TextDocument.create("", "", 0, opened.text);
    return TextDocument.applyEdits(document, [...file!.edits]);
  }

  it("changes the numbers where they stand", async () => {
    const opened = await open();
    const [first, second] = (await record(opened)).bitWidths;
    const text = await written(opened, bits({ [first!.id]: 4, [second!.id]: 2 }));
    expect(text).toBe(opened.text.replace("bits: 6", "bits: 4").replace("bits: 3", "bits: 2"));
  });

  it.each([
    ["recipe: [train({ epochs: 1 })],", /recipe: \[train\({ epochs: 1 }\), prune\({ target: { score: 0\.0\d+ } }\)\]/],
    ["recipe: [train({ epochs: 1 }), prune({ target: { score: 0.5 } })],", /prune\({ target: { score: 0\.0\d+ } }\)\]/],
    ["recipe: [...[train({ epochs: 1 })]],", /, prune\({ target/],
    ["recipe: [train({ epochs: 1 })].slice(),", /is not written as a list: add prune/],
    ["", /has no recipe/],
  ])("of densities aims the recipe's pruning at it: %s", async (properties, expected) => {
    expect(await written(await open(blocks, { properties }), densities({ "/": 0.25 }))).toMatch(expected);
  });

  it("keeps the line endings of the file", async () => {
    const crlf = (text: string) => text.replaceAll("\n", "\r\n");
    const text = modelText(blocks, { properties: "recipe: [\n    train({ epochs: 1 }),\n  ]," });
    const lf = await written(await OpenModel.open(text), densities({ "/": 0.25 }));
    expect(lf).toContain("\n    prune({ target");
    expect(await written(await OpenModel.open(crlf(text)), densities({ "/": 0.25 }))).toBe(crlf(lf));
  });

  it("aims at a score that the densities reach", async () => {
    const opened = await open(blocks, { properties: "recipe: [train({ epochs: 1 })]," });
    const { whatIf } = await record(opened, densities({ "/": 0.25 }));
    const text = await written(opened, densities({ "/": 0.25 }));
    expect(text).toContain(", prune }");
    const aim = Number(/score: ([\d.e-]+)/.exec(text)?.[1]);
    expect(aim).toBeGreaterThanOrEqual(whatIf!.value.score);
    expect(aim).toBeLessThan(whatIf!.value.score * 1.01);
  });

  it("is refused while the text does not run, and when there is nothing to write", async () => {
    const opened = await open();
    expect(await written(opened, bits({}))).toMatch(/no change to write/);
    opened.replace("return quantLinear", "return (quantLinear");
    expect(await written(opened, bits({ x: 1 }))).toMatch(/does not run/);
  });
});
