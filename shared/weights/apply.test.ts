import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import bacalhaunet from "../../examples/bacalhaunet/bacalhaunet.model.js";
import { computeCost } from "../cost/cost.js";
import { defineModel, flatten, int, quantConv1d, quantLinear, type Tensor } from "../dsl/index.js";
import { type Graph, graphFromJson } from "../graph/graph.js";
import { readOnnx } from "../onnx/read.js";
import { writeQonnx } from "../onnx/write.js";
import { goldenPath, hasGolden } from "../testing/golden.js";
import { applyWeights } from "./apply.js";
import { readSafetensors, writeSafetensors } from "./safetensors.js";
import type { WeightEntry, WeightSet } from "./types.js";
import { readWeightsFromOnnx } from "./weights-from-onnx.js";

/** x (1, 2, 8) through the given layers. */
function modelGraph(forward: (x: Tensor) => Tensor): Graph {
  return graphFromJson(defineModel({ name: "m", input: { shape: [1, 2, 8] }, forward }).graph);
}

function twoLayers(weightQuant = int(4)): Graph {
  return modelGraph((x) => {
    const y = quantConv1d(x, { name: "first", outChannels: 3, kernelSize: 2, weightQuant, bias: false });
    return quantConv1d(y, { name: "second", outChannels: 3, kernelSize: 2, weightQuant, bias: false });
  });
}

function entry(name: string, shape: readonly number[], fill = 1): WeightEntry {
  const count = shape.reduce((product, size) => product * size, 1);
  return { name, shape, data: Float32Array.from({ length: count }, (_, index) => fill * (index + 1)) };
}

function set(...entries: WeightEntry[]): WeightSet {
  return { source: "weights.onnx", entries };
}

const firstShape = [3, 2, 2];
const secondShape = [3, 3, 2];

describe("applyWeights", () => {
  it("finds weights by name, in whatever order they are", () => {
    const { value, matched, mismatches } = applyWeights(
      twoLayers(),
      set(entry("second.weight", secondShape), entry("norm.weight", [3]), entry("first.weight", firstShape, 2)),
    );
    expect(mismatches).toEqual([]);
    expect(matched).toEqual([
      { tensor: "first.weight", entry: "first.weight" },
      { tensor: "second.weight", entry: "second.weight" },
    ]);
    expect(value.tensors.get("first.weight")?.data?.[0]).toBe(2);
  });

  it("else takes them in order, and leaves what is no weight aside", () => {
    const { matched, mismatches } = applyWeights(
      twoLayers(),
      set(entry("a", firstShape), entry("a.bias", [3]), entry("b", secondShape)),
    );
    expect(mismatches).toEqual([]);
    expect(matched.map((match) => match.entry)).toEqual(["a", "b"]);
  });

  it("orders names that were sorted as text by their numbers", () => {
    const graph = modelGraph((x) => {
      for (let index = 0; index < 11; index++)
        x = quantConv1d(x, { outChannels: 2, kernelSize: 1, weightQuant: int(4) });
      return x;
    });
    const names = Array.from({ length: 11 }, (_, index) => `features.${index}.weight`);
    const { matched } = applyWeights(graph, set(...names.toSorted().map((name) => entry(name, [2, 2, 1]))));
    expect(matched.map((match) => match.entry)).toEqual(names);
  });

  it("is not misled by one name that happens to be the same", () => {
    const { matched, mismatches } = applyWeights(
      twoLayers(),
      set(entry("a", firstShape), entry("first.weight", secondShape)),
    );
    expect(mismatches).toEqual([]);
    expect(matched.map((match) => match.entry)).toEqual(["a", "first.weight"]);
  });

  it("keeps the other layers' weights when one layer has changed, and says which", () => {
    const { value, matched, mismatches } = applyWeights(
      twoLayers(),
      set(entry("first.weight", [3, 2, 5]), entry("second.weight", secondShape)),
    );
    expect(matched.map((match) => match.tensor)).toEqual(["second.weight"]);
    expect(value.tensors.get("first.weight")?.data).toBeUndefined();
    expect(mismatches).toEqual([
      'The weight "first.weight" is 3×2×2 in the model and 3×2×5 in weights.onnx; train the model again or choose the weights of this architecture.',
    ]);
  });

  it("names a weight that the file has not, and one that the model has not", () => {
    const { mismatches } = applyWeights(twoLayers(), set(entry("a", firstShape), entry("c", [7, 7])));
    expect(mismatches).toHaveLength(2);
    expect(mismatches[0]).toContain('No weight in weights.onnx fits "second.weight" (3×3×2)');
    expect(mismatches[1]).toContain('a weight that no layer of the model takes ("c", 7×7)');
  });

  it("gives the quantiser the file's scale, else the statistic of the weights", () => {
    const scaled = { ...entry("first.weight", firstShape), scale: { shape: [], data: Float32Array.of(0.25) } };
    const { value } = applyWeights(twoLayers(), set(scaled, entry("second.weight", secondShape)));
    expect([...(value.tensors.get("first.weight_quant.scale")?.data ?? [])]).toEqual([0.25]);
    expect([...(value.tensors.get("second.weight_quant.scale")?.data ?? [])]).toEqual([Math.fround(18 / 7)]);
  });

  it("takes the statistic where the file's scale has another granularity", () => {
    const perChannel = {
      ...entry("first.weight", firstShape),
      scale: { shape: [3, 1, 1], data: Float32Array.of(1, 2, 3) },
    };
    const { value } = applyWeights(twoLayers(), set(perChannel, entry("second.weight", secondShape)));
    expect([...(value.tensors.get("first.weight_quant.scale")?.data ?? [])]).toEqual([Math.fround(12 / 7)]);
  });

  it("leaves a scale that the model file states, and rounds up to powers of two where it asks for them", () => {
    const weights = set(entry("first.weight", firstShape), entry("second.weight", secondShape));
    const fixed = applyWeights(twoLayers(int(4, { scale: 0.5 })), weights).value;
    expect([...(fixed.tensors.get("first.weight_quant.scale")?.data ?? [])]).toEqual([0.5]);
    const powers = applyWeights(twoLayers(int(4, { powerOfTwo: true })), weights).value;
    expect([...(powers.tensors.get("first.weight_quant.scale")?.data ?? [])]).toEqual([2]);
  });

  it("makes a layer whose weights are all zero free of cost, not of meaning", () => {
    const zeros = { name: "first.weight", shape: firstShape, data: new Float32Array(12) };
    const { value } = applyWeights(twoLayers(), set(zeros, entry("second.weight", secondShape)));
    const [first, second] = computeCost(value, { flavor: "finn-base", discountSparsity: true }).nodes;
    expect(first).toMatchObject({ bops: 0, memWBits: 0, density: 0 });
    // 1 of 1..18 is below half a step of 18/7.
    expect(second?.density).toBe(17 / 18);
  });

  it("survives the road through safetensors and through ONNX", () => {
    const weights = set(entry("first.weight", firstShape, -0.1), entry("second.weight", secondShape, 0.03));
    const applied = applyWeights(twoLayers(), weights).value;
    const cost = computeCost(applied, { flavor: "finn-base", discountSparsity: true }).totals;
    const fromOnnx = readWeightsFromOnnx(readOnnx(writeQonnx(applied)).value ?? applied, "again");
    const fromSafetensors = readSafetensors(writeSafetensors(fromOnnx.entries), "again").value;
    expect(fromSafetensors).toEqual(fromOnnx);
    const again = applyWeights(twoLayers(), fromOnnx).value;
    expect(computeCost(again, { flavor: "finn-base", discountSparsity: true }).totals).toEqual(cost);
  });

  it("fills a matrix product's transposed weight", () => {
    const graph = modelGraph((x) => quantLinear(flatten(x), { outFeatures: 3, bias: false, weightQuant: int(4) }));
    const { matched } = applyWeights(graph, set(entry("fc", [3, 16])));
    expect(matched).toEqual([{ tensor: "linear.weight", entry: "fc" }]);
  });
});

describe.skipIf(!hasGolden)("the gold weights in the example model", () => {
  const graph = graphFromJson(bacalhaunet.graph);
  const gold = { bops: 19_242_864, memWBits: 10_704 };

  it("cost what the gold ONNX costs", () => {
    const file = readOnnx(readFileSync(goldenPath("onnx", "bacalhaunet_gold.onnx"))).value;
    expect(file).toBeDefined();
    const { value, mismatches } = applyWeights(graph, readWeightsFromOnnx(file ?? graph, "gold"));
    expect(mismatches).toEqual([]);
    expect(computeCost(value, { flavor: "finn-base", discountSparsity: true }).totals).toMatchObject(gold);
    const written = readOnnx(writeQonnx(value)).value ?? graph;
    expect(computeCost(written, { flavor: "finn-base", discountSparsity: true }).totals).toMatchObject(gold);
  });

  it("cost the same from the state dictionary, which has no scales", () => {
    const bytes = readFileSync(goldenPath("bacalhaunet", "forward", "state_dict.bin"));
    const index = JSON.parse(readFileSync(goldenPath("bacalhaunet", "forward", "state_dict.json"), "utf8")) as {
      readonly tensors: readonly {
        readonly name: string;
        readonly shape: readonly number[];
        readonly byte_offset: number;
        readonly byte_length: number;
      }[];
    };
    const entries = index.tensors.map(({ name, shape, byte_offset: start, byte_length: length }) => ({
      name,
      shape,
      data: new Float32Array(Uint8Array.from(bytes.subarray(start, start + length)).buffer),
    }));
    const { value, matched, mismatches } = applyWeights(graph, { source: "state_dict", entries });
    expect(mismatches).toEqual([]);
    expect(matched.map(({ entry: name }) => name)).toEqual(
      entries.filter(({ shape }) => shape.length > 1).map(({ name }) => name),
    );
    expect(computeCost(value, { flavor: "finn-base", discountSparsity: true }).totals).toMatchObject(gold);
  });
});
