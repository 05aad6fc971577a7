/** What tests expect of the reader: a graph without problems, one sentence, or a cost. */
import { expect } from "vitest";
import { computeCost } from "../../cost/cost.js";
import type { CostReport } from "../../cost/types.js";
import type { Graph } from "../../graph/graph.js";
import { readOnnx } from "../read.js";

/** The graph of a file that must be read without a problem. */
export function read(bytes: Uint8Array): Graph {
  const { value, problems } = readOnnx(bytes);
  expect(problems).toEqual([]);
  if (value === undefined) throw new Error("no graph and no problem");
  return value;
}

/** The one sentence of a file that must be refused. */
export function refusal(bytes: Uint8Array): string {
  const { value, problems } = readOnnx(bytes);
  expect(value).toBeUndefined();
  expect(problems).toHaveLength(1);
  return problems[0]?.message ?? "";
}

/** Expects two graphs to cost the same, per node and in total, in both flavours, dense and sparse. */
export function expectSameCost(found: Graph, expected: Graph): void {
  for (const flavor of ["finn-base", "qonnx"] as const) {
    for (const discountSparsity of [false, true]) {
      const foundCost = computeCost(found, { flavor, discountSparsity });
      const expectedCost = computeCost(expected, { flavor, discountSparsity });
      expect(names(foundCost)).toEqual(names(expectedCost));
      const wanted = numbers(expectedCost);
      numbers(foundCost).forEach((value, index) => {
        const number = wanted[index] ?? NaN;
        // A stated density times the elements is a rounded product; counting zeros is not.
        expect(Math.abs(value - number)).toBeLessThanOrEqual(1e-12 * Math.abs(number));
      });
    }
  }
}

function numbers({ totals, nodes }: CostReport): readonly number[] {
  const perNode = nodes.flatMap((node) => {
    return [node.bops, node.memWBits, node.memOBits, node.macs, node.weightElements, node.density];
  });
  const { bops, memWBits, memOBits, macs, weightElements, outputElements } = totals;
  return [bops, memWBits, memOBits, macs, weightElements, outputElements, ...perNode];
}

function names({ nodes, unsupported }: CostReport) {
  return {
    unsupported,
    nodes: nodes.map(({ node, officialName, inputType, weightType, outputType, inputShape, outputShape }) => [
      ...[node, officialName, inputType, weightType, outputType, inputShape, outputShape],
    ]),
  };
}
