import { describe, expect, it } from "vitest";
import { quantLinear } from "../../../shared/dsl/index.js";
import { initialize } from "../initialize.js";
import { programOf } from "../testing/program.js";
import { tinyNetwork } from "../testing/tiny-network.js";
import { createWebgpuBackend, tensorflowBackend, tfjsBackend, webgpuBackend } from "./backends.js";
import { importOptional } from "./optional-package.js";

describe("backends on TensorFlow.js", () => {
  it("say in one sentence why they cannot be used", async () => {
    expect(await tfjsBackend.unavailable()).toBeUndefined();
    for (const backend of [tensorflowBackend, webgpuBackend]) {
      const reason = await backend.unavailable();
      if (reason !== undefined) expect(reason).toMatch(/^[A-Z][^\n]*\.$/);
    }
  });

  it("do not open where they cannot be used", async () => {
    const program = programOf([1, 2], (x) => quantLinear(x, { outFeatures: 2 }));
    for (const backend of [tensorflowBackend, webgpuBackend, createWebgpuBackend()]) {
      const reason = await backend.unavailable();
      if (reason !== undefined) await expect(backend.open(program, { batchSize: 1 })).rejects.toThrow(reason);
    }
  });

  it("leave no tensors behind", async () => {
    const tf = await import("@tensorflow/tfjs-core");
    const program = programOf([1, 2, 32], tinyNetwork);
    const session = await tfjsBackend.open(program, { batchSize: 4 });
    for (const [name, values] of initialize(program, 1)) session.parameters.get(name)?.set(values);
    const x = Float32Array.from({ length: 4 * 64 }, (_, index) => Math.sin(index));
    const before = tf.memory().numTensors;
    await session.trainStep({ x, labels: new Int32Array(4), size: 4 }, { step: 0 });
    await session.trainStep({ x, labels: new Int32Array(4), size: 4 }, { step: 1, freezeBatchNorm: true });
    await session.trainStep({ x, labels: new Int32Array(4), size: 4 }, { step: 2, forwardOnly: true });
    await session.predict(x, 4);
    await session.activations(x, 4, [1, 2]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("importOptional", () => {
  it("finds what is installed and nothing else", async () => {
    expect(await importOptional("fast-check")).toHaveProperty("assert");
    expect(await importOptional("quantlens-no-such-package")).toBeUndefined();
  });
});
