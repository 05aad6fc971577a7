import { describe, expect, it } from "vitest";
import { hasGolden } from "../../../shared/testing/golden.js";
import { argmax } from "../evaluation.js";
import { goldForward, goldInputs, goldIntegers, goldState } from "../testing/gold.js";
import { integerNetwork } from "./network.js";

describe.skipIf(!hasGolden)("the published network in integers", () => {
  const network = hasGolden ? integerNetwork(goldState()) : undefined;
  const inputs = hasGolden ? goldInputs() : new Float32Array();
  const sample = (index: number): Float32Array => inputs.subarray(index * 2048, (index + 1) * 2048);

  it("has every integer of the original's activations", () => {
    network?.run(sample(0));
    const expected = goldIntegers();
    expect(network?.quantised).toHaveLength(expected.length);
    for (const [index, { name, integers }] of expected.entries()) {
      const codes = network?.quantised[index]?.codes ?? [];
      expect({ name, integers: [...codes] }).toEqual({ name, integers: [...integers] });
    }
  });

  it("has the original's logits and decisions", () => {
    const { logits, argmax: classes } = goldForward();
    for (const [index, expected] of logits.entries()) {
      const found = network?.run(sample(index)) ?? [];
      for (const [place, logit] of expected.entries())
        expect(Math.abs((found[place] ?? NaN) - logit)).toBeLessThan(1e-5);
      expect(argmax(Float32Array.from(found))).toBe(classes[index]);
    }
  });

  it("says which layers add two scales, and nothing else", () => {
    const layers = network?.notes.map(({ node, reason }) => `${node}: ${reason}`) ?? [];
    expect(layers).toHaveLength(4);
    expect(layers.filter((text) => text.includes("its input is a sum of 2 scales"))).toHaveLength(2);
    expect(layers.filter((text) => text.includes("before its thresholds"))).toHaveLength(2);
  });

  it("fits 32-bit accumulators, with the bits that its weights need", () => {
    // 10 convolutions, two of which have two operands, and the last layer.
    expect(network?.accumulators).toHaveLength(13);
    for (const { values } of network?.accumulators ?? []) expect(values).toBeInstanceOf(Int32Array);
  });
});
