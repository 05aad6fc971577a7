import { describe, expect, it } from "vitest";
import { draftGraph } from "../testing/draft-graph.js";
import {
  accumulatorBits,
  brevitasAccumulatorBits,
  productsPerOutput,
  worstCaseAccumulatorBits,
} from "./accumulator.js";
import { inferDataTypes } from "./infer-datatypes.js";

const signed = { inputSigned: true, weightSigned: true } as const;

describe("brevitasAccumulatorBits", () => {
  it("is 20 for the gold model's last layer: 8-bit inputs, narrow 6-bit weights, 48 features", () => {
    const gold = { ...signed, inputBits: 8, weightBits: 6, narrowWeights: true, products: 48 };
    expect(brevitasAccumulatorBits(gold)).toBe(20);
    expect(worstCaseAccumulatorBits(gold)).toBe(20);
  });

  it.each([
    // 3 * 3 * 1 = 9 and 3 * 2 * 1 = 6 products of steps: four and three bits.
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
      expect(brevitasAccumulatorBits({ ...signed, inputBits, weightBits, narrowWeights, products })).toBe(bits);
    },
  );

  it("takes one bit more than the wider of sum and bias", () => {
    const operands = { ...signed, inputBits: 2, weightBits: 2, narrowWeights: false, products: 1 };
    expect(brevitasAccumulatorBits({ ...operands, bias: { bits: 3, signed: true } })).toBe(5);
    expect(brevitasAccumulatorBits({ ...operands, bias: { bits: 16, signed: true } })).toBe(17);
  });
});

describe("worstCaseAccumulatorBits", () => {
  const levels = (bits: number, isSigned: boolean, narrow = false): number[] => {
    if (bits === 1 && isSigned) return [-1, 1];
    const least = isSigned ? -(2 ** (bits - 1)) + Number(narrow) : 0;
    return Array.from({ length: 2 ** bits - Number(isSigned && narrow) }, (_, step) => least + step);
  };
  /** All sums of so many products of these levels, by building them up one product at a time. */
  const sums = (inputs: readonly number[], weights: readonly number[], products: number, biases: readonly number[]) => {
    const terms = [...new Set(inputs.flatMap((input) => weights.map((weight) => input * weight)))];
    let all = new Set(biases);
    for (let product = 0; product < products; product++) {
      all = new Set([...all].flatMap((sum) => terms.map((term) => sum + term)));
    }
    return all;
  };
  const twosComplement = (values: Iterable<number>): number => {
    const all = [...values];
    const [least, greatest] = [Math.min(...all), Math.max(...all)];
    let bits = 1;
    if (least >= 0) while (greatest > 2 ** bits - 1) bits++;
    else while (least < -(2 ** (bits - 1)) || greatest > 2 ** (bits - 1) - 1) bits++;
    return bits;
  };

  it("holds every sum of every weight and input, and is Brevitas's width where that does", () => {
    const tooSmall = new Map<string, number>();
    for (const inputSigned of [false, true])
      for (const weightSigned of [false, true])
        for (const narrowWeights of weightSigned ? [false, true] : [false])
          for (const bias of [undefined, { bits: 3, signed: true }, { bits: 2, signed: false }])
            for (let inputBits = 1; inputBits <= 3; inputBits++)
              for (let weightBits = 1; weightBits <= 3; weightBits++)
                for (let products = 1; products <= 6; products++) {
                  const operands = { inputBits, inputSigned, weightBits, weightSigned, narrowWeights, products };
                  const biases = bias ? levels(bias.bits, bias.signed) : [0];
                  const weights = levels(weightBits, weightSigned, narrowWeights);
                  const needed = twosComplement(sums(levels(inputBits, inputSigned), weights, products, biases));
                  const brevitas = brevitasAccumulatorBits({ ...operands, ...(bias && { bias }) });
                  const found = worstCaseAccumulatorBits({ ...operands, ...(bias && { bias }) });
                  expect(found, JSON.stringify({ ...operands, bias })).toBe(Math.max(needed, brevitas));
                  if (needed <= brevitas || bias) continue;
                  const kind = `${inputSigned ? "int" : "uint"} × ${weightSigned ? "int" : "uint"}${weightBits}${narrowWeights ? " narrow" : ""}`;
                  tooSmall.set(kind, (tooSmall.get(kind) ?? 0) + 1);
                }
    // Of 18 each: what the page of accumulator-width says.
    expect(Object.fromEntries(tooSmall)).toMatchInlineSnapshot(`
      {
        "int × int1": 13,
        "int × int1 narrow": 13,
        "int × int2": 4,
        "int × int2 narrow": 3,
        "int × int3": 3,
        "int × uint1": 7,
        "int × uint2": 10,
        "int × uint3": 10,
        "uint × int1": 18,
        "uint × int1 narrow": 18,
        "uint × int2": 6,
        "uint × int2 narrow": 3,
        "uint × int3": 3,
        "uint × uint1": 3,
      }
    `);
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
