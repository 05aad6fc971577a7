import { describe, expect, it } from "vitest";
import { draftGraph } from "../testing/draft-graph.js";
import { accumulatorBits, productsPerOutput, worstCaseAccumulatorBits } from "./accumulator.js";
import { inferDataTypes } from "./infer-datatypes.js";

describe("worstCaseAccumulatorBits", () => {
  it("is 20 for the gold model's last layer: 8-bit inputs, narrow 6-bit weights, 48 features", () => {
    expect(worstCaseAccumulatorBits({ inputBits: 8, weightBits: 6, narrowWeights: true, products: 48 })).toBe(20);
  });

  it.each([
    // 3 * 3 * 1 = 9 and 3 * 2 * 1 = 6 products of magnitudes: four and three bits.
    [2, 2, false, 1, 4],
    [2, 2, true, 1, 3],
    // 1 * 2 * 8 = 16 is 2^4 exactly.
    [1, 2, true, 8, 4],
    [1, 1, false, 1, 0],
    [1, 1, true, 64, 6],
    [8, 8, false, 4608, 29],
  ])(
    "of %i input bits, %i weight bits, narrow %s, %i products is %i",
    (inputBits, weightBits, narrowWeights, products, bits) => {
      expect(worstCaseAccumulatorBits({ inputBits, weightBits, narrowWeights, products })).toBe(bits);
    },
  );

  it("takes one bit more than the wider of sum and bias", () => {
    const operands = { inputBits: 2, weightBits: 2, narrowWeights: false, products: 1 };
    expect(worstCaseAccumulatorBits({ ...operands, biasBits: 3 })).toBe(5);
    expect(worstCaseAccumulatorBits({ ...operands, biasBits: 16 })).toBe(17);
  });
});

describe("accumulatorBits", () => {
  it("reads widths, narrowness and products from the graph", () => {
    const draft = draftGraph();
    const x = draft.quant(draft.input("x", [1, 24, 8]), { bits: 6, signed: false, scale: 0.1 });
    const w = draft.quant(draft.constant("w", [24, 1, 21]), { bits: 6, narrow: true });
    const conv = draft.node("Conv", [x, w], { group: 24 });
    const graph = draft.build(conv);
    const node = graph.nodes.find(({ opType }) => opType === "Conv");
    // (2^6 - 1) * (2^6 - 2) * 21 = 82,026
    expect(node && accumulatorBits(graph, node, inferDataTypes(graph, "qonnx"))).toBe(17);
  });

  it("is not known when an operand is float", () => {
    const draft = draftGraph();
    const conv = draft.node("Conv", [
      draft.input("x", [1, 2, 8]),
      draft.quant(draft.constant("w", [3, 2, 1]), { bits: 6 }),
    ]);
    const graph = draft.build(conv);
    const node = graph.nodes.find(({ opType }) => opType === "Conv");
    expect(node && accumulatorBits(graph, node, inferDataTypes(graph, "qonnx"))).toBeUndefined();
  });

  it.each([
    ["Conv", [8, 3, 3, 3], {}, 27],
    ["MatMul", [64, 10], {}, 64],
    ["MatMul", [2, 64, 10], {}, 64],
    ["Gemm", [64, 10], {}, 64],
    ["Gemm", [10, 64], { transB: 1 }, 64],
    ["Relu", [10, 64], {}, undefined],
  ] as const)("%s with weight %j and %j sums %s products", (opType, shape, attributes, products) => {
    const draft = draftGraph();
    const graph = draft.build(draft.node(opType, [draft.input("x", [1]), draft.constant("w", shape)], attributes));
    const [node] = graph.nodes;
    expect(node && productsPerOutput(graph, node)).toBe(products);
  });
});
