/** Each layer as QCDQ in ONNX Runtime beside our own forward pass, on the same inputs. */
import fc from "fast-check";
import * as ort from "onnxruntime-web";
import { describe, expect, it } from "vitest";
import { flatten, int, quantLinear } from "../../shared/dsl/index.js";
import { elementCount } from "../../shared/graph/graph.js";
import { toQcdq } from "../../shared/onnx/qcdq/convert.js";
import { writeQonnx } from "../../shared/onnx/write.js";
import { applyWeights } from "../../shared/weights/apply.js";
import { layerFamilies } from "../train/testing/layer-cases.js";
import { graphOf } from "../train/testing/program.js";
import { evaluatedNetwork } from "../train/lower/program-weights.js";
import { predict, pruned, randomlyTrained } from "./testing/trained.js";
import { confirmCosts } from "./costs.js";
import { trainedGraph } from "./trained-graph.js";

/** Families with quantisers that QCDQ has not: code books and one bit, and `Trunc`. */
const without = new Set(["few levels", "binary activations", "truncated averages"]);

describe("a layer in ONNX Runtime", () => {
  it.each(layerFamilies.filter(([name]) => !without.has(name)))("%s agrees to 1e-5", async (_, { cases }) => {
    ort.env.wasm.numThreads = 1;
    for (const [index, { shape, forward }] of fc.sample(cases, { numRuns: 6, seed: 11 }).entries()) {
      const graph = graphOf(shape, (x) => quantLinear(flatten(forward(x)), { outFeatures: 3 }));
      // ONNX Runtime's average divides by positions beyond the padding, which ceilMode adds; PyTorch and we do not.
      if (graph.nodes.some(({ opType, attributes }) => opType === "AveragePool" && attributes.ceil_mode === 1))
        continue;
      const trained = randomlyTrained(graph, index);
      const x = Float32Array.from(
        { length: elementCount(shape) },
        (_, place) => 1.7 * Math.sin(place * place * 0.37 + 0.1),
      );
      const bytes = writeQonnx(toQcdq(trainedGraph(graph, evaluatedNetwork(trained))));
      const session = await ort.InferenceSession.create(bytes, { graphOptimizationLevel: "disabled" });
      const results = await session.run({ input: new ort.Tensor("float32", x, shape) });
      const theirs = results[session.outputNames[0] ?? ""]?.data as Float32Array;
      await session.release();
      const ours = await predict(trained, x, 1);
      const largest = Math.max(...ours.map(Math.abs), 1);
      ours.forEach((value, place) => {
        expect(Math.abs(value - (theirs[place] ?? NaN)) / largest).toBeLessThan(1e-5);
      });
    }
  });
});

describe("a layer's file", () => {
  it.each(layerFamilies)("of %s costs, read back, what the model costs", (name, { cases }) => {
    for (const [index, { shape, forward }] of fc.sample(cases, { numRuns: 20, seed: 12 }).entries()) {
      const graph = graphOf(shape, (x) => quantLinear(flatten(forward(x)), { outFeatures: 3, weightQuant: int(4) }));
      const network = evaluatedNetwork(pruned(randomlyTrained(graph, index)));
      const expected = applyWeights(graph, network.weights).value;
      const written = trainedGraph(graph, network);
      confirmCosts(writeQonnx(written), written, expected);
      if (!without.has(name)) {
        const qcdq = toQcdq(written);
        confirmCosts(writeQonnx(qcdq), qcdq, expected);
      }
      expect(() => {
        confirmCosts(writeQonnx(graph), written, expected);
      }).toThrow("so it was not written");
    }
  });
});
