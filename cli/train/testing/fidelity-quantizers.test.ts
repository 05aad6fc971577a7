import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { goldenPath, hasGolden } from "../../../shared/testing/golden.js";
import { expectWithin } from "./compare.js";
import { checkQuantizerFile, openActivationProbe, openWeightProbe } from "./golden-quantizers.js";
import { activationCases, weightCases } from "./hand-cases.js";
import { probe, storedInput } from "./probe.js";
import { usableBackends } from "./usable-backends.js";

const backends = await usableBackends();
const files = hasGolden ? readdirSync(goldenPath("quantizers")).map((file) => file.replace(".json", "")) : [];

/** All of a list within float32's precision of numbers around 10. */
function expectAll(found: ArrayLike<number> | undefined, expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, index) => {
    expectWithin(found?.[index] ?? NaN, value, 10);
  });
}

describe.each(backends)("quantisers worked out by hand, on %s", (_, backend) => {
  it.each(activationCases.map((each) => [each.name, each] as const))("%s", async (_name, hand) => {
    const { spec, x, gradient, output, inputGradient, value, valueGradient } = hand;
    const activation = await openActivationProbe(backend, x.length, { spec });
    const parameters = value === undefined ? {} : { value: [value] };
    const { gradients, ...found } = await probe(activation, { x, gradient, parameters });
    expectAll(found.output, output);
    expectAll(gradients.get(storedInput), inputGradient);
    if (valueGradient === undefined) expect(gradients.has("value")).toBe(false);
    else expectAll(gradients.get("value"), [valueGradient]);
    await activation.session.close();
  });

  it.each(weightCases.map((each) => [each.name, each] as const))("%s", async (_name, hand) => {
    const { weightProbe, windows } = await openWeightProbe(backend, [2, 2, 1], hand.spec);
    if (hand.mask) weightProbe.session.setMask("weight", Uint8Array.from(hand.mask));
    const { output, gradients } = await probe(weightProbe, {
      x: windows,
      gradient: hand.gradient,
      parameters: { weight: hand.x },
    });
    expectAll(output, hand.output);
    expectAll(gradients.get("weight"), hand.inputGradient);
    await weightProbe.session.close();
  });
});

describe.each(backends)("Brevitas's quantisers on %s", (_, backend) => {
  it.each(files)("%s", async (name) => {
    await checkQuantizerFile(backend, name);
  });
});
