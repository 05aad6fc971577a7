/** The published weights through the DSL into ONNX: its official cost, and what ONNX Runtime makes of it. */
import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-web";
import { describe, expect, it } from "vitest";
import bacalhaunet from "../../examples/bacalhaunet/bacalhaunet.model.js";
import keywordSpotter from "../../examples/tiny/keyword-spotting.model.js";
import vgg10 from "../../examples/vgg10/vgg10.model.js";
import { computeCost } from "../../shared/cost/cost.js";
import { officialDictionary } from "../../shared/cost/official.js";
import type { Model } from "../../shared/dsl/index.js";
import { graphFromJson, type Graph } from "../../shared/graph/graph.js";
import { toQcdq } from "../../shared/onnx/qcdq/convert.js";
import { readOnnx } from "../../shared/onnx/read.js";
import { writeQonnx } from "../../shared/onnx/write.js";
import { goldenPath, hasGolden } from "../../shared/testing/golden.js";
import { applyWeights } from "../../shared/weights/apply.js";
import { goldForward, goldInputs } from "../evaluate/testing/gold.js";
import { evaluatedNetwork, programWeights, type TrainedParameters } from "../train/lower/program-weights.js";
import { pruned, published, randomlyTrained } from "./testing/trained.js";
import { trainedGraph } from "./trained-graph.js";

function untrained(graph: Graph): TrainedParameters {
  return pruned(randomlyTrained(graph, 1));
}

async function run(bytes: Uint8Array, x: Float32Array, shape: readonly number[]): Promise<Float32Array> {
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(bytes, { graphOptimizationLevel: "disabled" });
  const results = await session.run({ input: new ort.Tensor("float32", x, shape) });
  const output = results[session.outputNames[0] ?? ""];
  await session.release();
  return output!.data as Float32Array;
}

const flavors = ["finn-base", "qonnx"] as const;

describe("the QONNX file of a trained model", () => {
  it.each([bacalhaunet, vgg10, keywordSpotter].map((model: Model) => [model.name, model] as const))(
    "%s costs what the model file costs with the same weights",
    (_, model) => {
      const graph = graphFromJson(model.graph);
      const trained = untrained(graph);
      const read = readOnnx(writeQonnx(trainedGraph(graph, evaluatedNetwork(trained)))).value!;
      const expected = applyWeights(graph, programWeights(trained)).value;
      for (const flavor of flavors)
        for (const discountSparsity of [true, false]) {
          const { totals } = computeCost(read, { flavor, discountSparsity });
          expect(totals).toEqual(computeCost(expected, { flavor, discountSparsity }).totals);
        }
    },
  );

  it.skipIf(!hasGolden)("has the published dictionary with the published weights (needs ../shared/golden)", () => {
    const graph = graphFromJson(bacalhaunet.graph);
    const read = readOnnx(writeQonnx(trainedGraph(graph, evaluatedNetwork(published(graph))))).value!;
    const dictionary = officialDictionary(computeCost(read, { flavor: "finn-base", discountSparsity: true }), false);
    const official = JSON.parse(readFileSync(goldenPath("onnx", "bacalhaunet_gold.cost.finn.json"), "utf8")) as object;
    expect(dictionary).toEqual(official);
    expect(dictionary).toMatchObject({ total_bops: 19_242_864, total_mem_w_bits: 10_704 });
  });
});

describe("the QCDQ file of a trained model", () => {
  it.skipIf(!hasGolden)("gives the published logits in ONNX Runtime (needs ../shared/golden)", async () => {
    const graph = graphFromJson(bacalhaunet.graph);
    const bytes = writeQonnx(toQcdq(trainedGraph(graph, evaluatedNetwork(published(graph)))));
    const inputs = goldInputs();
    const { logits } = goldForward();
    for (const [index, expected] of logits.entries()) {
      const actual = await run(bytes, inputs.slice(index * 2048, (index + 1) * 2048), [1, 2, 1024]);
      expected.forEach((logit, place) => {
        expect(Math.abs((actual[place] ?? NaN) - logit)).toBeLessThan(1e-5);
      });
    }
  });

  it("runs in ONNX Runtime for VGG10, whose weights are transposed", async () => {
    const graph = graphFromJson(vgg10.graph);
    const bytes = writeQonnx(toQcdq(trainedGraph(graph, evaluatedNetwork(untrained(graph)))));
    const x = Float32Array.from({ length: 2048 }, (_, index) => Math.sin(index));
    const logits = await run(bytes, x, [1, 2, 1024]);
    expect(logits).toHaveLength(24);
    expect(logits.every(Number.isFinite)).toBe(true);
  });
});
