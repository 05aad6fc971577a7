import fc from "fast-check";
import { describe, it } from "vitest";
import type { TrainProgram } from "../program.js";
import { tfjsBackend } from "../tfjs/backends.js";
import { expectWithin } from "./compare.js";
import { layerFamilies } from "./layer-cases.js";
import {
  checkDifferences,
  expectSameOutcome,
  layerProgram,
  openLayer,
  outcomeOf,
  randomBatch,
  type LayerOptions,
  type OutcomeTolerance,
} from "./layer-check.js";
import { programOf } from "./program.js";
import { tinyNetwork } from "./tiny-network.js";
import { usableBackends } from "./usable-backends.js";

const backends = await usableBackends();
const seeds = fc.integer({ min: 0, max: 1000 });
const phases = fc.constantFrom("collecting" as const, "learning" as const);
const runs = { seed: 2018, numRuns: 6 };

describe.each(backends)("gradients on %s are derivatives", (_, backend) => {
  const smooth = layerFamilies.filter(([, { differentiable }]) => differentiable);
  it.each(smooth)("%s", async (_name, { cases }) => {
    await fc.assert(
      fc.asyncProperty(cases, seeds, phases, async (layer, seed, phase) => {
        const program = layerProgram(layer);
        const opened = await openLayer(backend, program, { phase, rounding: false, seed });
        await checkDifferences(opened, randomBatch(program, seed), seed);
        await opened.session.close();
      }),
      runs,
    );
  });
});

const reference = tfjsBackend;
const others = backends.filter(([, backend]) => backend !== reference);

/**
 * One part in a million, and for what float32 itself adds up more roughly a few: the gradients in front of a batch norm,
 * whose terms cancel, and logits, which are sums of sums.
 */
function toleranceFor({ ops }: TrainProgram): OutcomeTolerance {
  return { gradients: ops.some(({ kind }) => kind === "batchNorm") ? 4e-6 : 1e-6, values: 4e-6 };
}

describe.each(others)("%s and the reference agree", (_, backend) => {
  /** What both leave after the same step, the reference's first. */
  const outcomes = async (program: TrainProgram, options: LayerOptions) => {
    const found = [];
    for (const each of [reference, backend]) {
      const opened = await openLayer(each, program, options);
      found.push(await outcomeOf(opened, randomBatch(program, options.seed)));
      await opened.session.close();
    }
    const [expected = new Map<string, Float32Array>(), own = new Map<string, Float32Array>()] = found;
    return { expected, own };
  };

  it.each(layerFamilies)("%s", async (_name, { cases }) => {
    await fc.assert(
      fc.asyncProperty(cases, seeds, phases, async (layer, seed, phase) => {
        const program = layerProgram(layer);
        const { expected, own } = await outcomes(program, { phase, rounding: false, seed });
        expectSameOutcome(own, expected, toleranceFor(program));
      }),
      { ...runs, numRuns: 30 },
    );
  });

  it("about the loss of a quantised network to 0.2 %", async () => {
    const program = programOf([1, 2, 96], tinyNetwork);
    for (const phase of ["collecting", "learning"] as const) {
      const { expected, own } = await outcomes(program, { phase, rounding: true, seed: 1 });
      const loss = expected.get("loss")?.[0] ?? NaN;
      expectWithin(own.get("loss")?.[0] ?? NaN, loss, loss, 2e-3);
    }
  });
});
