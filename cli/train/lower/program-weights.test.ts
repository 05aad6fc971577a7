import { describe, expect, it } from "vitest";
import { computeCost } from "../../../shared/cost/cost.js";
import { flatten, int, quantConv1d, quantLinear, ternary, uint, quantReLU } from "../../../shared/dsl/index.js";
import { applyWeights } from "../../../shared/weights/apply.js";
import { initialize } from "../initialize.js";
import { graphOf, programOf } from "../testing/program.js";
import { evaluatedNetwork, programWeights } from "./program-weights.js";
import type { Tensor } from "../../../shared/dsl/index.js";

function network(x: Tensor): Tensor {
  x = quantReLU(x, { actQuant: uint(4) });
  x = flatten(quantConv1d(x, { outChannels: 4, kernelSize: 3, weightQuant: int(3, { granularity: "channel" }) }));
  return quantLinear(x, { outFeatures: 5, weightQuant: ternary({ threshold: 0.9 }), bias: false });
}

const shape = [1, 2, 10];
const program = programOf(shape, network);

describe("programWeights", () => {
  it("names weights as the graph does, with their scales", () => {
    const parameters = initialize(program, 3);
    const { entries } = programWeights({ program, parameters, masks: new Map() });
    expect(entries.map(({ name, shape: found, scale }) => [name, found, scale?.shape])).toEqual([
      ["conv.weight", [4, 2, 3], [4, 1, 1]],
      ["linear.weight", [5, 32], []],
    ]);
    const largest = Math.max(...(parameters.get("conv.weight") ?? []).slice(0, 6).map(Math.abs));
    expect(entries[0]?.scale?.data[0]).toBe(Math.fround(largest / 3));
  });

  it("gives the cost of the quantised, pruned weights", () => {
    const parameters = initialize(program, 3);
    const mask = Uint8Array.from({ length: 24 }, (_, index) => index % 2);
    const masks = new Map([["conv.weight", mask]]);
    const { value: graph, mismatches } = applyWeights(
      graphOf(shape, network),
      programWeights({ program, parameters, masks }),
    );
    expect(mismatches).toEqual([]);
    const { totals } = computeCost(graph, { flavor: "finn-base", discountSparsity: true });
    const conv = parameters.get("conv.weight") ?? new Float32Array(0);
    const kept = conv.filter((value, index) => {
      const start = 6 * Math.floor(index / 6);
      const scale = Math.max(...conv.slice(start, start + 6).map(Math.abs)) / 3;
      return mask[index] === 1 && Math.abs(value) > scale / 2;
    }).length;
    const linear = (parameters.get("linear.weight") ?? new Float32Array(0)).filter((value) => Math.abs(value) > 0.09);
    expect(totals.memWBits).toBeCloseTo(3 * kept + 2 * linear.length, 6);
  });
});

describe("evaluatedNetwork", () => {
  const masks = new Map([["conv.weight", Uint8Array.from({ length: 24 }, (_, index) => index % 2)]]);

  it("leaves what it is given as it is, for a training that goes on", () => {
    const parameters = initialize(program, 3);
    const before = structuredClone(parameters);
    const { parameters: evaluated } = evaluatedNetwork({ program, parameters, masks });
    expect(parameters).toEqual(before);
    for (const name of ["conv.weight", "linear.weight"]) expect(evaluated.get(name)).not.toBe(parameters.get(name));
  });

  it("copies no weight of a caller who needs it no longer, and finds the same", () => {
    const parameters = initialize(program, 3);
    const expected = evaluatedNetwork({ program, parameters, masks });
    const owned = evaluatedNetwork({ program, parameters, masks }, { ownsValues: true });
    expect(owned).toEqual(expected);
    expect(owned.parameters.get("conv.weight")).toBe(parameters.get("conv.weight"));
    expect([...(owned.parameters.get("conv.weight") ?? [])].filter((value) => value === 0)).toHaveLength(12);
  });
});
