import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CostFlavor } from "../graph/datatype.js";
import type { AttributeValue, Graph, Shape } from "../graph/graph.js";
import { graphIndex } from "../graph/graph-index.js";
import { draftGraph, type DraftGraph } from "../testing/draft-graph.js";
import { randomGraph } from "../testing/random-graph.js";
import { computeCost, computeTotals } from "./cost.js";
import { score } from "./score.js";
import { baselines } from "./baselines.js";
import type { CostChange, NodeCost } from "./types.js";

fc.configureGlobal({ seed: 2018 });

const finn = { flavor: "finn-base", discountSparsity: false } as const;
const qonnx = { flavor: "qonnx", discountSparsity: false } as const;

function only(graph: Graph, options: { flavor: CostFlavor; discountSparsity: boolean }): NodeCost | undefined {
  const { nodes } = computeCost(graph, options);
  expect(nodes).toHaveLength(1);
  return nodes[0];
}

/** An 8-bit input and a 4-bit weight into one node. */
function product(
  opType: string,
  inputShape: Shape,
  weightShape: Shape,
  attributes: Record<string, AttributeValue> = {},
): Graph {
  const draft = draftGraph();
  const x = draft.quant(draft.input("x", inputShape), { bits: 8, scale: 0.5 });
  const w = draft.quant(draft.constant("w", weightShape), { bits: 4 });
  return draft.build(draft.node(opType, [x, w], attributes));
}

describe("computeCost", () => {
  it("counts a convolution: N * C_out / group * C_in * kernel * positions", () => {
    const graph = product("Conv", [4, 6, 10], [8, 3, 3], { kernel_shape: [3], group: 2, strides: [2], pads: [1, 1] });
    expect(only(graph, finn)).toMatchObject({
      ...{ officialName: "Conv_0", inputType: "SCALEDINT8", weightType: "SCALEDINT4", outputType: "FLOAT32" },
      ...{ macs: 4 * 4 * 6 * 3 * 5, weightElements: 72, outputElements: 4 * 8 * 5 },
      ...{ bops: 8 * 4 * 1440, memWBits: 4 * 72, memOBits: 32 * 160, density: 1, hasWeightKey: true },
    });
    expect(only(graph, qonnx)).toMatchObject({ outputType: "SCALEDINT32", macs: 1440 });
  });

  it("counts a product by rows times weight in finn-base, by depth times output in qonnx", () => {
    const matrix = product("MatMul", [2, 3, 4], [4, 5]);
    expect(only(matrix, finn)?.macs).toBe(2 * 3 * 4 * 5);
    expect(only(matrix, qonnx)?.macs).toBe(2 * 3 * 4 * 5);
    const batched = product("MatMul", [2, 3, 4], [2, 4, 5]);
    expect(only(batched, finn)?.macs).toBe(2 * 3 * (2 * 4 * 5));
    expect(only(batched, qonnx)?.macs).toBe(4 * (2 * 3 * 5));
  });

  it("turns Gemm's operands first", () => {
    const graph = product("Gemm", [4, 2], [5, 4], { transA: 1, transB: 1 });
    for (const options of [finn, qonnx])
      expect(only(graph, options)).toMatchObject({ macs: 2 * 4 * 5, weightElements: 20 });
  });

  it("charges weight memory for the constant operand, and none when both are computed", () => {
    const draft = draftGraph();
    const x = draft.quant(draft.input("x", [2, 3]), { bits: 8, scale: 0.5 });
    const left = draft.node("MatMul", [draft.quant(draft.constant("w", [4, 2]), { bits: 4 }), x]);
    const both = draft.node("MatMul", [x, draft.node("Transpose", [x])]);
    const { nodes } = computeCost(draft.build(left, both), finn);
    expect(nodes.map(({ weightElements, weightType, macs }) => [weightElements, weightType, macs])).toEqual([
      [8, "SCALEDINT8", 4 * 6],
      [0, "SCALEDINT8", 2 * 6],
    ]);
  });

  it("takes two MACs per scaled dimension for linear upsampling, none for nearest, and no weight memory", () => {
    const upsample = (mode: string) => {
      const draft = draftGraph();
      const x = draft.quant(draft.input("x", [1, 3, 4, 4]), { bits: 8, scale: 0.5 });
      return draft.build(draft.node("Upsample", [x, draft.constant("scales", [4], [1, 1, 2, 1])], { mode }));
    };
    expect(only(upsample("linear"), qonnx)).toMatchObject({
      ...{ macs: 2 * 1 * 32 * 3, bops: 64 * 192, weightType: "SCALEDINT8", weightElements: 0, hasWeightKey: false },
    });
    expect(only(upsample("nearest"), finn)).toMatchObject({ macs: 0, outputElements: 96 });
    expect(computeCost(upsample("cubic"), qonnx).unsupported).toEqual(["Upsample"]);
  });

  it("multiplies by the share of non-zero quantised weights", () => {
    const draft = draftGraph();
    const x = draft.quant(draft.input("x", [1, 1, 8]), { bits: 8, scale: 0.5 });
    const w = draft.quant(draft.constant("w", [2, 1, 3], [1, 0.4, 0, -1, 0.3, 0.6]), { bits: 4, scale: 1 });
    const graph = draft.build(draft.node("Conv", [x, w], { kernel_shape: [3] }));
    expect(only(graph, { ...finn, discountSparsity: true })).toMatchObject({
      ...{ density: 0.5, macs: 18, denseMacs: 36, weightElements: 3, denseWeightElements: 6, outputElements: 12 },
      ...{ bops: 8 * 4 * 18, memWBits: 12 },
    });
    expect(only(graph, finn)).toMatchObject({ density: 1, macs: 36 });
  });

  it("stays whole where a share is not: a third of 7 positions", () => {
    const draft = draftGraph();
    const w = draft.constant("w", [1, 1, 3], [0, 1, 0]);
    const graph = draft.build(draft.node("Conv", [draft.input("x", [1, 1, 9]), w], { kernel_shape: [3] }));
    expect(only(graph, { ...finn, discountSparsity: true })?.macs).toBe(7);
  });

  it("charges a custom operator what its author stated, under its types, and calls it supported", () => {
    const custom = (attributes: Record<string, AttributeValue>) => {
      const draft = draftGraph();
      const x = draft.quant(draft.input("x", [1, 2]), { bits: 8, scale: 0.5 });
      return draft.build(
        draft.node("CustomOp", [x], { outputShape: [1, 4], macs: 100, ...attributes }, { domain: "quantlens" }),
      );
    };
    const typed = custom({ weightElements: 8, weightDataType: "INT2", outputDataType: "UINT4" });
    expect(computeCost(typed, finn).unsupported).toEqual([]);
    expect(only(typed, finn)).toMatchObject({ bops: 8 * 2 * 100, memWBits: 16, memOBits: 16, hasWeightKey: true });
    expect(only(custom({ weightElements: 8 }), finn)).toMatchObject({ bops: 8 * 32 * 100, memWBits: 256 });
    expect(only(custom({}), qonnx)).toMatchObject({
      bops: 8 * 8 * 100,
      memWBits: 0,
      memOBits: 128,
      hasWeightKey: false,
    });
  });

  it("lists what a flavour cannot price, once, in graph order", () => {
    const draft = draftGraph();
    const x = draft.input("x", [1, 4, 8]);
    const transposed = draft.node("ConvTranspose", [x, draft.constant("w", [4, 2, 2])]);
    const clipped = draft.node("Clip", [draft.node("Softmax", [draft.node("Softmax", [transposed])])]);
    const pooled = draft.node("GlobalMaxPool", [draft.node("BipolarQuant", [clipped, draft.constant("s", [], [1])])]);
    const graph = draft.build(pooled);
    expect(computeCost(graph, finn).unsupported).toEqual([
      "ConvTranspose",
      "Softmax",
      "Clip",
      "BipolarQuant",
      "GlobalMaxPool",
    ]);
    expect(computeCost(graph, qonnx).unsupported).toEqual([
      "ConvTranspose",
      "Softmax",
      "BipolarQuant",
      "GlobalMaxPool",
    ]);
  });

  it("lists a codebook even where it is folded into a weight", () => {
    const draft = draftGraph();
    const w = draft.node("CodebookQuant", [draft.constant("w", [4, 2])], {}, { domain: "quantlens" });
    const report = computeCost(draft.build(draft.node("MatMul", [draft.input("x", [1, 4]), w])), finn);
    expect(report.unsupported).toEqual(["CodebookQuant"]);
    expect(report.nodes[0]).toMatchObject({ weightType: "FLOAT32", weightElements: 8 });
  });

  it("lists an op whose shapes cannot be known instead of failing", () => {
    const draft = draftGraph();
    const out = draft.node("Conv", [
      draft.node("Mystery", [draft.input("x", [1, 2, 8])]),
      draft.constant("w", [2, 2, 1]),
    ]);
    expect(computeCost(draft.build(out), finn)).toMatchObject({ nodes: [], unsupported: ["Mystery", "Conv"] });
  });

  it("numbers nodes per op type, as the tools do", () => {
    const draft = draftGraph();
    const w = draft.constant("w", [2, 2]);
    const first = draft.node("MatMul", [draft.input("x", [1, 2]), w], {}, { name: "fc2" });
    const second = draft.node("MatMul", [draft.node("Gemm", [first, w]), w], {}, { name: "fc1" });
    const names = computeCost(draft.build(second), finn).nodes.map(({ node, officialName }) => [node, officialName]);
    expect(names.map(([, official]) => official)).toEqual(["MatMul_0", "Gemm_0", "MatMul_1"]);
    expect(names[2]?.[0]).toBe("fc1");
  });
});

/** Conv, 6-bit residual sum that is not requantised, Conv. */
function residual(): { graph: Graph; sum: string } {
  const draft: DraftGraph = draftGraph();
  const x = draft.quant(draft.input("x", [1, 2, 8]), { bits: 6, signed: false, scale: 0.5, name: "input" });
  const weight = (name: string) =>
    draft.quant(draft.constant(name, [2, 2, 1], [1, 0, 0.25, -1]), { bits: 6, scale: 1 / 31, name: `${name}.q` });
  const conv = draft.node("Conv", [x, weight("w1")], { kernel_shape: [1] }, { name: "first" });
  const sum = draft.node("Add", [draft.quant(conv, { bits: 6, signed: false, scale: 0.25 }), x]);
  return {
    graph: draft.build(draft.node("Conv", [sum, weight("w2")], { kernel_shape: [1] }, { name: "second" })),
    sum,
  };
}

describe("what-ifs", () => {
  const macs = 32;

  it("charge a quantiser at another width", () => {
    const { graph } = residual();
    const bops = (changes: readonly CostChange[]) => computeCost(graph, { ...finn, changes }).totals.bops;
    expect(bops([])).toBe(36 * macs + 32 * 6 * macs);
    expect(bops([{ kind: "bits", node: "input", bits: 4 }])).toBe(24 * macs + 32 * 6 * macs);
    expect(bops([{ kind: "bits", node: "w2.q", bits: 2 }])).toBe(36 * macs + 32 * 2 * macs);
    expect(bops([{ kind: "bits", node: "no such node", bits: 2 }])).toBe(bops([]));
  });

  it("charge a tensor as if it were requantised", () => {
    const { graph, sum } = residual();
    const changes: CostChange[] = [{ kind: "dataType", tensor: sum, dataType: "SCALEDUINT6" }];
    const report = computeCost(graph, { ...finn, changes });
    expect(report.totals.bops).toBe(2 * 36 * macs);
    expect(report.dataTypes.get(sum)).toBe("SCALEDUINT6");
    expect(computeCost(graph, finn).dataTypes.get(sum)).toBe("FLOAT32");
  });

  it("charge a layer at another density, which outweighs its zeros", () => {
    const { graph } = residual();
    const options = { ...finn, discountSparsity: true };
    expect(computeCost(graph, options).nodes.map(({ density }) => density)).toEqual([0.75, 0.75]);
    const changes: CostChange[] = [{ kind: "density", node: "second", density: 0.5 }];
    expect(computeCost(graph, { ...options, changes }).nodes.map(({ macs: counted }) => counted)).toEqual([24, 16]);
    expect(computeCost(graph, { ...finn, changes }).nodes.map(({ macs: counted }) => counted)).toEqual([32, 32]);
  });

  it("count the zeros that fewer bits make", () => {
    const { graph } = residual();
    const changes: CostChange[] = [{ kind: "bits", node: "w1.q", bits: 2 }];
    const [first] = computeCost(graph, { ...finn, discountSparsity: true, changes }).nodes;
    // In two bits over the same range a step is 16/31, and 0.25 is less than half of it.
    expect(first).toMatchObject({ density: 0.5, weightElements: 2, memWBits: 4 });
  });

  it("leave the unchanged report as it was", () => {
    const { graph, sum } = residual();
    const before = computeCost(graph, finn);
    computeCost(graph, { ...finn, changes: [{ kind: "dataType", tensor: sum, dataType: "INT2" }] });
    expect(computeCost(graph, finn)).toBe(before);
  });
});

const options = fc.record({
  flavor: fc.constantFrom<CostFlavor>("finn-base", "qonnx"),
  discountSparsity: fc.boolean(),
});

/** A graph with bit widths for some of its quantisers. */
const narrowed = randomGraph.chain((graph) => {
  const names = graph.nodes.flatMap(({ name, opType }) => (opType === "Quant" ? [name] : []));
  const bits = fc
    .subarray(names)
    .chain((chosen) => fc.tuple(...chosen.map((node) => fc.tuple(fc.constant(node), fc.integer({ min: 1, max: 8 })))));
  return fc.record({ graph: fc.constant(graph), bits });
});

function changesOf(bits: readonly (readonly [string, number])[]): CostChange[] {
  return bits.map(([node, width]) => ({ kind: "bits", node, bits: width }));
}

/** The same graph with the widths written into it, and scales widened so that the range stays. */
function rebuilt(graph: Graph, bits: readonly (readonly [string, number])[]): Graph {
  const tensors = new Map(graph.tensors);
  for (const [name, width] of bits) {
    const node = graphIndex(graph).nodes.get(name);
    const [, scale = "", , bitWidth = ""] = node?.inputs ?? [];
    const old = tensors.get(bitWidth)?.data?.[0] ?? width;
    const levels = (count: number) => (node?.attributes.signed === 1 ? 2 ** (count - 1) : 2 ** count - 1);
    const found = tensors.get(scale);
    tensors.set(bitWidth, {
      name: bitWidth,
      elementType: "float32",
      shape: [],
      constant: true,
      data: Float32Array.of(width),
    });
    if (!found?.data || found.data.every((value) => value === 1)) continue;
    tensors.set(scale, {
      ...found,
      data: Float32Array.from(found.data, (value) => value * (levels(old) / levels(width))),
    });
  }
  return { ...graph, tensors };
}

describe("costs of any graph", () => {
  it("add up, and are never more than dense", () => {
    fc.assert(
      fc.property(randomGraph, options, (graph, asked) => {
        const { nodes, totals } = computeCost(graph, asked);
        expect(totals.bops).toBe(nodes.reduce((sum, { bops }) => sum + bops, 0));
        expect(totals.memWBits).toBe(nodes.reduce((sum, { memWBits }) => sum + memWBits, 0));
        for (const { density, macs, denseMacs, weightElements, denseWeightElements } of nodes) {
          expect(density).toBeGreaterThanOrEqual(0);
          expect(density).toBeLessThanOrEqual(1);
          expect(macs).toBe(denseMacs * density);
          expect(weightElements).toBe(denseWeightElements * density);
        }
      }),
    );
  });

  it("are in a what-if what they are when the graph is rebuilt", () => {
    fc.assert(
      fc.property(narrowed, options, ({ graph, bits }, asked) => {
        // A computed width is no constant to write into: those quantisers stay as they are.
        const written = bits.filter(
          ([name]) => graph.tensors.get(graphIndex(graph).nodes.get(name)?.inputs[3] ?? "")?.constant,
        );
        const changed = computeCost(graph, { ...asked, changes: changesOf(written) });
        const expected = computeCost(rebuilt(graph, written), asked);
        expect(changed.nodes).toEqual(expected.nodes);
        expect(changed.totals).toEqual(expected.totals);
      }),
    );
  });

  it("have the same totals when only totals are asked for", () => {
    fc.assert(
      fc.property(narrowed, options, ({ graph, bits }, asked) => {
        const changes = changesOf(bits);
        expect(computeTotals(graph, { ...asked, changes })).toEqual(computeCost(graph, { ...asked, changes }).totals);
      }),
    );
  });

  it("do not grow when a quantiser gets fewer bits (dense)", () => {
    fc.assert(
      fc.property(narrowed, fc.constantFrom<CostFlavor>("finn-base", "qonnx"), ({ graph, bits }, flavor) => {
        const wider = computeTotals(graph, { flavor, discountSparsity: false, changes: changesOf(bits) });
        const fewer = bits.map(([node, width]) => [node, Math.max(1, width - 1)] as const);
        const narrower = computeTotals(graph, { flavor, discountSparsity: false, changes: changesOf(fewer) });
        expect(narrower.bops).toBeLessThanOrEqual(wider.bops);
        expect(narrower.memWBits).toBeLessThanOrEqual(wider.memWBits);
      }),
    );
  });
});

describe("score", () => {
  it("is 1 for its baseline and half of each share otherwise", () => {
    const { itu2021 } = baselines;
    expect(score(itu2021, itu2021)).toBe(1);
    expect(score({ bops: itu2021.bops / 2, memWBits: 0 }, itu2021)).toBe(0.25);
    expect(score({ bops: 3, memWBits: 5 }, { name: "own", bops: 1, memWBits: 10, bopsWeight: 1, memWWeight: 2 })).toBe(
      4,
    );
  });

  it("is that of the published network without quantisers: 1.4155", () => {
    expect(score({ bops: 2_093_088_768, memWBits: 298_176 }, baselines.itu2021)).toBeCloseTo(1.4155, 4);
  });
});
