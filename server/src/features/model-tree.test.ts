import { describe, expect, it } from "vitest";
import { formatBits, formatBops, formatShape } from "../../../shared/format.js";
import type { ModelTreeNode } from "../../../shared/messages.js";
import { modelText } from "../../test/model-text.js";
import { modelUri, OpenModel } from "../../test/open-model.js";
import { modelTree } from "./model-tree.js";

/** The tree as indented lines, findings by their codes. */
function lines(nodes: readonly ModelTreeNode[], indent = ""): string[] {
  return nodes.flatMap(({ label, kind, outputShape = [], bops, memWBits, findings, children }) => {
    const codes = findings.filter(({ severity }) => severity === "warning").map(({ code }) => ` !${code}`);
    const cost = `${formatShape(outputShape)} ${formatBops(bops)} ${formatBits(memWBits)}`;
    return [`${indent}${kind} ${label}: ${cost}${codes.join("")}`, ...lines(children, `${indent}  `)];
  });
}

function ids(nodes: readonly ModelTreeNode[]): string[] {
  return nodes.flatMap(({ id, children }) => [id, ...ids(children)]);
}

const nested = `
const block = (y: typeof x) => relu(quantConv1d(y, { outChannels: 2, kernelSize: 1, weightQuant: int(4), bias: false }));
for (let i = 0; i < 2; i++) x = block(x);
return block(x);`;

async function treeOf(model: OpenModel) {
  return modelTree(await model.state(), modelUri);
}

describe("modelTree", () => {
  it("nests layers by their calls, with costs and with findings where they are", async () => {
    const tree = await treeOf(await OpenModel.open(modelText(nested)));
    expect(lines(tree.nodes)).toEqual([
      "call block: 2×64 65.5 kbop 32 b",
      "  layer quantConv1d ×2: 2×64 65.5 kbop 32 b !input-not-quantised !mac-input-not-integer",
      "  layer relu ×2: 2×64 0 bop 0 b",
      "call block: 2×64 32.8 kbop 16 b",
      "  layer quantConv1d block_1.conv: 2×64 32.8 kbop 16 b !mac-input-not-integer",
      "  layer relu block_1.relu: 2×64 0 bop 0 b",
    ]);
    expect(tree).toMatchObject({ uri: modelUri, fresh: true, summary: { name: "Example" } });
    const [block] = tree.nodes;
    expect(block?.share).toBeCloseTo(2 / 3);
    const line = modelText(nested)
      .split("\n")
      .findIndex((each) => each.includes("x = block(x);"));
    expect(block?.location).toMatchObject({ uri: modelUri, range: { start: { line } } });
  });

  it("has ids that are unique and survive edits elsewhere", async () => {
    const model = await OpenModel.open(modelText(nested));
    const before = ids((await treeOf(model)).nodes);
    expect(new Set(before).size).toBe(before.length);
    model.replace("return block(x);", "\n  x = relu(x);\n  return block(x);");
    const after = ids((await treeOf(model)).nodes);
    expect(before.filter((id) => !after.includes(id))).toEqual([]);
  });

  it("keeps the last tree while the text does not run, and says why", async () => {
    const model = await OpenModel.open(modelText(nested));
    const before = lines((await treeOf(model)).nodes);
    model.replace("i < 2", "i < ");
    const tree = await treeOf(model);
    expect(tree.fresh).toBe(false);
    expect(lines(tree.nodes)).toEqual(before);
    expect(tree.findings[0]).toMatchObject({ severity: "error", code: "syntax-error" });
  });

  it("is empty for a model that has never run", async () => {
    const tree = await treeOf(await OpenModel.open(modelText("return nothing;")));
    expect(tree).toMatchObject({ fresh: false, nodes: [] });
    expect(tree.summary).toBeUndefined();
    expect(tree.findings.length).toBeGreaterThan(0);
  });

  it("stays finite for recursive helpers", async () => {
    const forward =
      "const f = (y: typeof x, n: number): typeof x => (n === 0 ? y : f(relu(y), n - 1));\nreturn f(x, 60);";
    const { nodes } = await treeOf(await OpenModel.open(modelText(forward)));
    const depth = ({ children }: ModelTreeNode): number => 1 + Math.max(0, ...children.map(depth));
    expect(Math.max(...nodes.map(depth))).toBeLessThan(30);
  });
});
