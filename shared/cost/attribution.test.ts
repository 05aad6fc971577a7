import { describe, expect, it } from "vitest";
import type { Graph } from "../graph/graph.js";
import { draftGraph } from "../testing/draft-graph.js";
import { attribute } from "./attribution.js";
import { baselines } from "./baselines.js";
import { computeCost } from "./cost.js";
import { score } from "./score.js";
import { cheapestMove, whatIfBits } from "./what-if.js";

/** Call ids of a model that calls `block` (10) for each of two rows (100, 101); `block` calls a conv (20) and a relu (21). */
const sites = { block: 10, conv: 20, relu: 21, weightQuant: 30, actQuant: 31, other: 32 };
const options = { flavor: "finn-base", discountSparsity: false } as const;

/** Two blocks, then one layer outside; weights of the blocks come from one `int(...)` call. */
function network(widths: readonly number[] = [6, 6]): Graph {
  const draft = draftGraph();
  let x = draft.quant(draft.input("x", [1, 2, 4]), { bits: 8, scale: 0.5, name: "input" });
  widths.forEach((bits, index) => {
    const origin = (call: number) => ({ calls: [sites.block, call], rows: [100 + index] });
    const convLayer = draft.layer("quantConv1d", origin(sites.conv));
    const weight = draft.constant(`w${index}`, [2, 2, 1]);
    const w = draft.quant(weight, { bits, name: `weight${index}`, origin: origin(sites.weightQuant) });
    const conv = draft.node("Conv", [x, w], { kernel_shape: [1] }, { layer: convLayer });
    const reluLayer = draft.layer("quantReLU", origin(sites.relu));
    const relu = draft.node("Relu", [conv], {}, { layer: reluLayer });
    x = draft.quant(relu, {
      bits: 4,
      signed: false,
      name: `act${index}`,
      origin: origin(sites.actQuant),
      layer: reluLayer,
    });
  });
  const last = draft.layer("quantLinear", { calls: [sites.other], rows: [] });
  const flat = draft.node("Flatten", [draft.node("MaxPool", [x], { kernel_shape: [4] })]);
  const out = draft.node("MatMul", [flat, draft.constant("v", [2, 3])], {}, { layer: last });
  return draft.build(out);
}

/** 16 MACs each: 8x6 bits, 4x6 bits; then 6 MACs of 4x32 bits. */
const bops = { first: 16 * 48, second: 16 * 24, last: 6 * 128 };
const total = bops.first + bops.second + bops.last;

describe("attribute", () => {
  const graph = network();
  const { calls, rows, quantizers } = attribute(computeCost(graph, options), graph);

  it("sums a layer call over its executions", () => {
    expect(calls.get(sites.conv)).toEqual({
      ...{ layers: [0, 2], leaf: true, bops: bops.first + bops.second, memWBits: 48, memOBits: 512, macs: 32 },
      share: (bops.first + bops.second) / total,
    });
    expect(calls.get(sites.relu)).toMatchObject({ layers: [1, 3], leaf: true, bops: 0, share: 0 });
  });

  it("gives a helper call all that is made in it, and a row what is made in its turn", () => {
    expect(calls.get(sites.block)).toMatchObject({ layers: [0, 1, 2, 3], leaf: false, bops: bops.first + bops.second });
    expect(rows.get(100)).toMatchObject({ layers: [0, 1], bops: bops.first });
    expect(rows.get(101)).toMatchObject({ layers: [2, 3], bops: bops.second });
  });

  it("gives a quantiser call the multiplications that read what it quantises", () => {
    expect(quantizers.get(sites.weightQuant)).toEqual({
      ...{ layers: [0, 2], nodes: ["weight0", "weight1"], bops: bops.first + bops.second, memWBits: 48 },
    });
    // Through the pooling and the flattening, both of which keep the type.
    expect(quantizers.get(sites.actQuant)).toEqual({
      ...{ layers: [2, 4], nodes: ["act0", "act1"], bops: bops.second + bops.last, memWBits: 0 },
    });
  });

  it("counts a recursive call once per layer", () => {
    const draft = draftGraph();
    const layer = draft.layer("quantLinear", { calls: [1, 1, 2], rows: [7, 7] });
    const out = draft.node("MatMul", [draft.input("x", [1, 2]), draft.constant("w", [2, 1])], {}, { layer });
    const recursive = draft.build(out);
    const attribution = attribute(computeCost(recursive, options), recursive);
    expect(attribution.calls.get(1)).toMatchObject({ layers: [0], bops: 2048, share: 1 });
    expect(attribution.rows.get(7)).toMatchObject({ layers: [0], bops: 2048 });
  });

  it("is empty without origins", () => {
    const draft = draftGraph();
    const layer = draft.layer("Relu");
    const bare = draft.build(draft.node("Relu", [draft.input("x", [1])], {}, { layer }));
    const attribution = attribute(computeCost(bare, options), bare);
    expect([attribution.calls.size, attribution.rows.size, attribution.quantizers.size]).toEqual([0, 0, 0]);
  });
});

describe("whatIfBits", () => {
  it("changes all nodes of a quantiser call together", () => {
    const graph = network();
    expect(whatIfBits(graph, options, ["weight0", "weight1"], 3).totals).toMatchObject({
      ...{ bops: 16 * 24 + 16 * 12 + bops.last, memWBits: 24 + 6 * 32 },
    });
  });

  it("keeps the changes that are asked for already", () => {
    const changes = [{ kind: "bits", node: "input", bits: 4 }] as const;
    expect(whatIfBits(network(), { ...options, changes }, ["weight0"], 3).totals.bops).toBe(
      16 * 12 + bops.second + bops.last,
    );
  });
});

describe("cheapestMove", () => {
  const { itu2021: baseline } = baselines;

  function move(graph: Graph) {
    return cheapestMove(graph, options, baseline, attribute(computeCost(graph, options), graph));
  }

  it("names the quantiser call whose last bit costs most", () => {
    const graph = network();
    const before = score(computeCost(graph, options).totals, baseline);
    const after = score({ bops: total - 16 * 4 * 1 * 1 - 16 * 8, memWBits: 48 - 8 + 192 }, baseline);
    const activations = score({ bops: total - 16 * 6 - 6 * 32, memWBits: 240 }, baseline);
    expect(after).toBeLessThan(activations);
    expect(move(graph)).toEqual({
      ...{ call: sites.weightQuant, from: 6, to: 5, layers: 2, nodes: ["weight0", "weight1"] },
      ...{ score: after, delta: after - before },
    });
  });

  it("leaves out calls that make different widths", () => {
    expect(move(network([6, 5]))?.call).toBe(sites.actQuant);
  });

  it("finds nothing where no quantiser can get smaller", () => {
    const draft = draftGraph();
    const x = draft.quant(draft.input("x", [1, 2]), { bits: 1, scale: 1, origin: { calls: [1], rows: [] } });
    expect(move(draft.build(draft.node("MatMul", [x, draft.constant("w", [2, 1])])))).toBeUndefined();
  });
});
