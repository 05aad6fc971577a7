import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draftGraph } from "../testing/draft-graph.js";
import { randomGraph } from "../testing/random-graph.js";
import { computeCost } from "./cost.js";
import { officialDictionary } from "./official.js";

fc.configureGlobal({ seed: 2018 });

function network() {
  const draft = draftGraph();
  const x = draft.quant(draft.input("x", [1, 2, 4]), { bits: 8, scale: 0.5 });
  const w = draft.quant(draft.constant("w", [3, 2, 1], [1, 0, 1, 0, 0, 1]), { bits: 4, scale: 0.5 });
  const conv = draft.node("Conv", [x, w], { kernel_shape: [1] });
  const pooled = draft.node("GlobalMaxPool", [draft.node("Softmax", [conv])]);
  const flat = draft.node("Flatten", [pooled]);
  return draft.build(draft.node("MatMul", [flat, draft.constant("v", [3, 2], [1, 1, 0, 1, 1, 1])]));
}

describe("officialDictionary", () => {
  it("is flat in finn-base, whatever breakdown is asked for", () => {
    const report = computeCost(network(), { flavor: "finn-base", discountSparsity: true });
    expect(officialDictionary(report, true)).toEqual({
      discount_sparsity: true,
      mem_o_FLOAT32: 14,
      mem_w_FLOAT32: 5,
      mem_w_SCALEDINT4: 3,
      op_mac_FLOAT32_FLOAT32: 5,
      op_mac_SCALEDINT8_SCALEDINT4: 12,
      total_bops: 5 * 1024 + 12 * 32,
      total_mem_o_bits: 14 * 32,
      total_mem_w_bits: 5 * 32 + 12,
      unsupported: "{'Softmax', 'GlobalMaxPool'}",
    });
  });

  it("is nested in qonnx, with MACs and elements, per op type and per node when asked", () => {
    const report = computeCost(network(), { flavor: "qonnx", discountSparsity: false });
    const conv = {
      "mem_o_SCALEDINT<32>": 12,
      "mem_w_SCALEDINT<4>": 6,
      "op_mac_SCALEDINT<8>_SCALEDINT<4>": 24,
      total_bops: 768,
      total_macs: 24,
      total_mem_o_bits: 384,
      total_mem_o_elems: 12,
      total_mem_w_bits: 24,
      total_mem_w_elems: 6,
    };
    const dictionary = officialDictionary(report, true);
    expect(Object.keys(dictionary)).toEqual(["node_cost", "optype_cost", "total_cost"]);
    expect(dictionary).toMatchObject({
      node_cost: { Conv_0: conv },
      optype_cost: { Conv: conv },
      total_cost: { discount_sparsity: false, total_macs: 30, unsupported: "{'Softmax', 'GlobalMaxPool'}" },
    });
    expect(Object.keys(officialDictionary(report, false))).toEqual(["total_cost"]);
  });

  it("has an empty Python set where everything is supported, and zero totals where nothing is counted", () => {
    const draft = draftGraph();
    const graph = draft.build(draft.node("Relu", [draft.input("x", [2])]));
    expect(officialDictionary(computeCost(graph, { flavor: "finn-base", discountSparsity: true }), false)).toEqual({
      ...{ discount_sparsity: true, total_bops: 0, total_mem_o_bits: 0, total_mem_w_bits: 0, unsupported: "set()" },
    });
  });

  it("adds up: nodes to op types, op types to the total", () => {
    fc.assert(
      fc.property(randomGraph, fc.boolean(), (graph, discountSparsity) => {
        const dictionary = officialDictionary(computeCost(graph, { flavor: "qonnx", discountSparsity }), true);
        type Amounts = Record<string, number>;
        const parts = dictionary as {
          node_cost: Record<string, Amounts>;
          optype_cost: Record<string, Amounts>;
          total_cost: Amounts;
        };
        const amounts = Object.entries(parts.total_cost).filter(([, amount]) => typeof amount === "number");
        for (const breakdown of [parts.node_cost, parts.optype_cost]) {
          for (const [key, amount] of amounts) {
            expect(
              Object.values(breakdown).reduce((sum, part) => sum + (part[key] ?? 0), 0),
              key,
            ).toBe(amount);
          }
        }
      }),
    );
  });
});
