import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  batchNorm1d,
  batchNorm2d,
  elu,
  flatten,
  int,
  maxPool2d,
  quantAvgPool2d,
  quantConv1d,
  quantConv2d,
  quantConvTranspose2d,
  quantIdentity,
  quantLinear,
  quantReLU,
  selu,
  uint,
  type Tensor,
} from "../../../shared/dsl/index.js";
import { elementCount } from "../../../shared/graph/graph.js";
import { RandomStream } from "../../data/random/stream.js";
import type { Session } from "../../train/backend.js";
import type { TrainProgram } from "../../train/program.js";
import { programOf } from "../../train/testing/program.js";
import { tfjsBackend } from "../../train/tfjs/backends.js";
import { randomParameters, randomProgram } from "../testing/random-network.js";
import { codeBook } from "./code-book.js";
import { integerNetwork, type IntegerNetwork } from "./network.js";

const nSamples = 3;

async function openWith(program: TrainProgram, seed: number): Promise<Session> {
  const session = await tfjsBackend.open(program, { batchSize: nSamples, inferenceOnly: true });
  for (const [name, values] of randomParameters(program, seed)) session.parameters.get(name)?.set(values);
  return session;
}

function randomInputs({ values, input }: TrainProgram, seed: number): Float32Array {
  const random = new RandomStream(seed, 1);
  return Float32Array.from({ length: nSamples * elementCount(values[input]!.shape) }, () => random.uniform(-1.5, 1.5));
}

/**
 * Compares every code of a sample. The float network rounds at each step, so that a value close to the border between two
 * levels may fall on either side; what follows from such a code is not compared. Gives the codes that were compared.
 */
async function expectSameCodes(session: Session, network: IntegerNetwork, x: Float32Array): Promise<number> {
  const { program } = session;
  const quantizers = program.ops.filter((op) => op.kind === "quantize");
  const ids = quantizers.flatMap(({ inputs, output }) => [...inputs, output]).filter((id) => id !== program.input);
  const values = new Map([...(await session.activations(x, nSamples, ids)), [program.input, x] as const]);
  const logits = await session.predict(x, nSamples);
  let compared = 0;
  samples: for (let sample = 0; sample < nSamples; sample++) {
    const part = (of: Float32Array): Float32Array =>
      of.subarray((sample * of.length) / nSamples, ((sample + 1) * of.length) / nSamples);
    const found = Float64Array.from(network.run(part(x)));
    for (const [index, op] of quantizers.entries()) {
      const book = codeBook(program.quantizers[op.quantizer]!);
      const { codes, scale } = network.quantised[index]!;
      const before = part(values.get(op.inputs[0]!)!);
      const after = part(values.get(op.output)!);
      let atBorder = false;
      for (const [at, code] of codes.entries()) {
        const step = scale[Math.floor((at * scale.length) / codes.length)]! / book.unit;
        const value = before[at]!;
        const width = 1e-3 * step + 1e-5 * Math.abs(value);
        expect(code).toBeGreaterThanOrEqual(book.code(book.index(value - width, step)));
        expect(code).toBeLessThanOrEqual(book.code(book.index(value + width, step)));
        atBorder ||= Math.abs(after[at]! / (step * book.unit) - code) > 1e-3;
        compared++;
      }
      if (atBorder) continue samples;
    }
    for (const [index, logit] of part(logits).entries()) {
      expect(Math.abs(found[index]! - logit)).toBeLessThan(1e-4 * (1 + Math.abs(logit)));
    }
  }
  return compared;
}

describe("random networks", () => {
  it("have the same codes in integers as in floating point", async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(randomProgram, fc.integer({ min: 1, max: 1000 }), async (program, seed) => {
        const session = await openWith(program, seed);
        compared += await expectSameCodes(session, integerNetwork(session), randomInputs(program, seed));
        await session.close();
      }),
      { seed: 20, numRuns: 100 },
    );
    expect(compared).toBeGreaterThan(10_000);
  });
});

describe("what random networks leave out", () => {
  const classify = (x: Tensor): Tensor => quantLinear(flatten(x), { outFeatures: 3, bias: false, weightQuant: int(4) });
  const cases: readonly (readonly [name: string, shape: readonly number[], forward: (x: Tensor) => Tensor])[] = [
    [
      "convolutions and pools in two dimensions",
      [1, 2, 7, 6],
      (x) => {
        x = quantIdentity(x, { actQuant: int(6) });
        x = quantConv2d(x, {
          outChannels: 4,
          kernelSize: [3, 2],
          stride: [2, 1],
          padding: [1, 2],
          weightQuant: int(4),
        });
        x = quantReLU(batchNorm2d(x), { actQuant: uint(4) });
        x = maxPool2d(x, { kernelSize: 2, stride: 1, ceilMode: true });
        x = quantConvTranspose2d(x, { outChannels: 2, kernelSize: 3, stride: [1, 2], padding: 1, weightQuant: int(3) });
        x = quantReLU(x, { actQuant: uint(5) });
        return classify(quantAvgPool2d(x, { kernelSize: 2, padding: 1, countIncludePad: false, actQuant: uint(5) }));
      },
    ],
    [
      "a matrix product of several rows",
      [1, 3, 5],
      (x) => {
        x = quantIdentity(x, { actQuant: int(6) });
        x = quantLinear(x, { outFeatures: 4, bias: false, weightQuant: int(4) });
        x = quantLinear(quantReLU(x, { actQuant: uint(4) }), { outFeatures: 2, weightQuant: int(4) });
        return classify(quantIdentity(x, { actQuant: int(5) }));
      },
    ],
    [
      "levels that are powers of two, and some that have no common step",
      [1, 2, 8],
      (x) => {
        x = quantIdentity(x, { actQuant: int(6) });
        x = quantConv1d(x, { outChannels: 3, kernelSize: 3, bias: false, weightQuant: int(4, { levels: "log" }) });
        x = quantReLU(x, { actQuant: uint(3, { levels: [0, 0.3, 0.5, 1] }) });
        x = quantConv1d(x, { outChannels: 2, kernelSize: 1, bias: false, weightQuant: int(3) });
        return classify(quantIdentity(x, { actQuant: int(3, { levels: [-1, -0.25, 0.25, 1] }) }));
      },
    ],
    [
      "a function that falls and rises, and a quantiser with too many levels for thresholds",
      [1, 2, 8],
      (x) => {
        x = quantIdentity(x, { actQuant: int(6) });
        x = quantConv1d(x, { outChannels: 3, kernelSize: 3, bias: false, weightQuant: int(4) });
        x = quantIdentity(elu(x, { alpha: -1 }), { actQuant: int(5) });
        x = quantConv1d(x, { outChannels: 2, kernelSize: 2, bias: false, weightQuant: int(4) });
        return classify(quantReLU(batchNorm1d(selu(x)), { actQuant: uint(12) }));
      },
    ],
  ];

  it.each(cases)("%s", async (_, shape, forward) => {
    const program = programOf(shape, forward);
    let compared = 0;
    for (const seed of [1, 2, 3]) {
      const session = await openWith(program, seed);
      compared += await expectSameCodes(session, integerNetwork(session), randomInputs(program, seed));
    }
    expect(compared).toBeGreaterThan(100);
  });

  it("follows masks, whose scale is that of the weights before", async () => {
    const program = programOf([1, 2, 8], (x) => classify(quantIdentity(x, { actQuant: int(6) })));
    const session = await openWith(program, 5);
    const [name = ""] = [...session.parameters.keys()].filter((key) => key.endsWith("weight"));
    session.setMask(
      name,
      Uint8Array.from({ length: 48 }, (_, index) => index % 3),
    );
    await expectSameCodes(session, integerNetwork(session), randomInputs(program, 5));
    const [taps] = integerNetwork(session).accumulators;
    session.setMask(name, undefined);
    expect(integerNetwork(session).accumulators[0]?.max).toBeGreaterThan(taps?.max ?? Infinity);
  });
});
