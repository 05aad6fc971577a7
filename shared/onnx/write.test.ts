import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import onnxProto from "onnx-proto";
import { describe, expect, it } from "vitest";
import { computeCost } from "../cost/cost.js";
import type { CostReport } from "../cost/types.js";
import type { Graph } from "../graph/graph.js";
import { goldenPath, hasGolden } from "../testing/golden.js";
import { readOnnx } from "./read.js";
import { randomGraph } from "./testing/models.js";
import { writeQonnx } from "./write.js";

/** The numbers that two graphs must agree on, per node and in total. */
function numbers({ totals, nodes }: CostReport): readonly number[] {
  const perNode = nodes.flatMap((node) => {
    return [node.bops, node.memWBits, node.memOBits, node.macs, node.weightElements, node.density];
  });
  const { bops, memWBits, memOBits, macs, weightElements, outputElements } = totals;
  return [bops, memWBits, memOBits, macs, weightElements, outputElements, ...perNode];
}

/** The names that two graphs must agree on. */
function names({ nodes, unsupported }: CostReport) {
  return {
    unsupported,
    nodes: nodes.map(({ node, officialName, inputType, weightType, outputType, inputShape, outputShape }) => [
      ...[node, officialName, inputType, weightType, outputType, inputShape, outputShape],
    ]),
  };
}

function readBack(bytes: Uint8Array): Graph {
  const { value, problems } = readOnnx(bytes);
  if (value === undefined) throw new Error(problems[0]?.message);
  return value;
}

function expectSameCost(written: Graph, graph: Graph): void {
  for (const flavor of ["finn-base", "qonnx"] as const) {
    for (const discountSparsity of [false, true]) {
      const found = computeCost(written, { flavor, discountSparsity });
      const expected = computeCost(graph, { flavor, discountSparsity });
      expect(names(found)).toEqual(names(expected));
      const expectedNumbers = numbers(expected);
      numbers(found).forEach((value, index) => {
        const wanted = expectedNumbers[index] ?? NaN;
        // A stated density times the elements is a rounded product; counting zeros is not.
        expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-12 * Math.abs(wanted));
      });
    }
  }
}

describe("writeQonnx", () => {
  it("gives a file that costs what the graph costs, with and without known densities", () => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        expectSameCost(readBack(writeQonnx(graph)), graph);
      }),
      { numRuns: 200, seed: 20 },
    );
  });

  it("keeps names, shapes and attributes, and gives the same bytes again", () => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        const bytes = writeQonnx(graph);
        expect(writeQonnx(graph)).toEqual(bytes);
        const written = readBack(bytes);
        expect(written.nodes.map(({ name, inputs, outputs }) => ({ name, inputs, outputs }))).toEqual(
          graph.nodes.map(({ name, inputs, outputs }) => ({ name, inputs, outputs })),
        );
        for (const tensor of graph.tensors.values()) {
          expect(written.tensors.get(tensor.name)?.shape).toEqual(tensor.shape);
        }
      }),
      { numRuns: 50, seed: 21 },
    );
  });
});

const files = hasGolden
  ? ["onnx", "onnx_edge"].flatMap((folder) =>
      readdirSync(goldenPath(folder))
        .filter((file) => file.endsWith(".onnx"))
        .map((file) => [folder, file] as const),
    )
  : [];

describe.skipIf(!hasGolden)("read, write, read on the originals' files", () => {
  it.each(files)("%s/%s costs the same", (folder, file) => {
    const graph = readBack(readFileSync(goldenPath(folder, file)));
    const again = readBack(writeQonnx(graph));
    expectSameCost(again, graph);
    expect(again.opset).toBe(graph.opset);
    expect(again.nodes).toEqual(graph.nodes);
    expect(again.tensors).toEqual(graph.tensors);
  });
});

describe("the file's header", () => {
  it("names the writer, the operator sets and the metadata in a fixed order", () => {
    const [graph] = fc.sample(randomGraph, { numRuns: 1, seed: 3 });
    const bytes = writeQonnx(graph!, { producerVersion: "1.2.3", metadata: { b: "2", a: "1" } });
    const model = onnxProto.onnx.ModelProto.decode(bytes);
    expect(model.producerName).toBe("quantlens");
    expect(model.producerVersion).toBe("1.2.3");
    expect(model.metadataProps.map(({ key, value }) => [key, value])).toEqual([
      ["a", "1"],
      ["b", "2"],
    ]);
    expect(Number(model.irVersion)).toBe(7);
    expect(model.opsetImport.map(({ domain, version }) => [domain, Number(version)])[0]).toEqual(["", 9]);
  });
});
