import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../data/random/stream.js";
import type { Session } from "../../train/backend.js";
import type { TrainProgram } from "../../train/program.js";
import { tfjsBackend } from "../../train/tfjs/backends.js";
import { randomParameters, randomProgram } from "../testing/random-network.js";
import { codeBook } from "./code-book.js";
import { integerNetwork, type IntegerNetwork } from "./network.js";

const nSamples = 3;
const sampleLength = 24;

async function openWith(program: TrainProgram, seed: number): Promise<Session> {
  const session = await tfjsBackend.open(program, { batchSize: nSamples, inferenceOnly: true });
  for (const [name, values] of randomParameters(program, seed)) session.parameters.get(name)?.set(values);
  return session;
}

function randomInputs(seed: number): Float32Array {
  const random = new RandomStream(seed, 1);
  return Float32Array.from({ length: nSamples * sampleLength }, () => random.uniform(-1.5, 1.5));
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
        compared += await expectSameCodes(session, integerNetwork(session), randomInputs(seed));
        await session.close();
      }),
      { seed: 20, numRuns: 150 },
    );
    expect(compared).toBeGreaterThan(10_000);
  });
});
