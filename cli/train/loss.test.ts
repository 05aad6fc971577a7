import { describe, expect, it } from "vitest";
import type { StepOptions } from "./backend.js";
import { crossEntropy } from "./loss.js";

const logits = Float32Array.of(1, 2, 0.5, -1, 0, 3);
const labels = Int32Array.of(1, 0);
const teacher = Float32Array.of(0.2, 1, 0, 2, 0, 1);

describe("crossEntropy", () => {
  // The expected losses were printed by PyTorch 1.13 (cross_entropy and kl_div).
  it.each<[string, Pick<StepOptions, "labelSmoothing" | "distillation">, number]>([
    ["plain", {}, 2.265126467],
    ["with label smoothing", { labelSmoothing: 0.1 }, 2.22345972],
    ["with a teacher", { distillation: { logits: teacher, temperature: 2, weight: 0.3 } }, 1.93580437],
  ])("%s is PyTorch's", (_, options, expected) => {
    const { loss, correct } = crossEntropy(logits, labels, 2, options);
    expect(loss).toBeCloseTo(expected, 6);
    expect(correct).toBe(1);
  });

  it("has the gradient of its own differences", () => {
    const options = { labelSmoothing: 0.2, distillation: { logits: teacher, temperature: 3, weight: 0.4 } };
    const { gradient } = crossEntropy(logits, labels, 2, options);
    gradient.forEach((slope, index) => {
      const at = (change: number) =>
        crossEntropy(
          logits.map((value, place) => (place === index ? value + change : value)),
          labels,
          2,
          options,
        ).loss;
      // A step that float32 holds exactly.
      const step = 2 ** -8;
      expect(slope).toBeCloseTo((at(step) - at(-step)) / (2 * step), 5);
    });
  });

  it("stays finite where a probability is nothing, and is no number where a logit is none", () => {
    expect(crossEntropy(Float32Array.of(1000, -1000), Int32Array.of(0), 1, {}).loss).toBe(0);
    expect(crossEntropy(Float32Array.of(1000, -1000), Int32Array.of(1), 1, {}).loss).toBe(2000);
    expect(crossEntropy(Float32Array.of(NaN, 0), Int32Array.of(1), 1, {}).loss).toBeNaN();
  });
});
