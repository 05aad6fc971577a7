import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  batchNorm1d,
  flatten,
  int,
  intBias,
  maxPool1d,
  quantConv1d,
  quantIdentity,
  quantLinear,
  quantReLU,
  ternary,
  uint,
  type Tensor,
} from "../../../shared/dsl/index.js";
import { computeCost } from "../../../shared/cost/cost.js";
import { applyWeights } from "../../../shared/weights/apply.js";
import { readSafetensors, readSafetensorsFile, writeSafetensors } from "../../../shared/weights/safetensors.js";
import { initialize } from "../initialize.js";
import { lowerProgram } from "../lower/lower.js";
import { graphOf, programOf } from "../testing/program.js";
import { checkpointFormat, decodeCheckpoint, encodeCheckpoint, type Checkpoint } from "./checkpoint.js";
import { fingerprintOf } from "./fingerprint.js";
import { newRunState, type RunState } from "./state.js";

function network(x: Tensor, bits = 4): Tensor {
  x = quantIdentity(x, { name: "in", actQuant: int(8) });
  x = quantConv1d(x, { name: "first", outChannels: 3, kernelSize: 3, bias: false, weightQuant: int(bits) });
  x = quantReLU(batchNorm1d(x, { name: "norm" }), { name: "act", actQuant: uint(4) });
  x = flatten(maxPool1d(x, { kernelSize: 2 }));
  return quantLinear(x, { name: "last", outFeatures: 4, weightQuant: int(bits), biasQuant: intBias() });
}

const shape = [1, 2, 8];
const program = programOf(shape, network);

const network0 = {
  weights: 10,
  nonZero: 5,
  density: 0.5,
  layers: [{ layer: "a", weights: 10, nonZero: 5, density: 0.5 }],
};
const price = { score: 0.5, bops: 10, memWBits: 5 };
const measured = { ...network0, cost: { "finn-base": price, qonnx: price } };

const state: RunState = {
  ...newRunState(7, 2, [{ attempt: 1, seed: 6, stages: [] }]),
  phase: "train",
  step: 12,
  pruning: { progress: { round: 2, accepted: 0.5, step: 0.25 }, from: { sparsity: 0, score: 1 }, acceptedRound: 1 },
  pruned: [{ round: 1, share: 0.5, accuracy: { test: 0.25, validation: 0.5 }, network: measured }],
  rounds: [{ round: 1, epochs: 2, accuracy: { test: 0.5 }, bestAccuracy: { test: 0.5 }, bestEpoch: 2 }],
  stages: [
    {
      position: 1,
      name: "train 1",
      kind: "train",
      pruned: [],
      epochs: 3,
      accuracy: { test: 0.5 },
      bestAccuracy: { test: 0.75 },
      bestEpoch: 2,
      network: measured,
      files: { last: "a", best: "b" },
    },
  ],
  training: {
    epoch: 1,
    batch: 3,
    lossSum: 0.1 + 0.2,
    correct: 5,
    seen: 48,
    schedule: { epoch: 1, factor: 1, badEpochs: 0, best: 0.3 },
    optimizerSteps: { "first.weight": 9 },
    accuracy: { test: 0.25 },
    bestEpoch: 1,
    bestAccuracy: { test: 0.25 },
    reached: false,
  },
};

function checkpoint(): Checkpoint {
  const parameters = initialize(program, 3);
  const first = parameters.get("first.weight") ?? new Float32Array();
  const mask = first.map((value) => (Math.abs(value) < 0.2 ? 0 : 1));
  return {
    meta: {
      format: checkpointFormat,
      tool: "quantlens 0.0.0",
      model: { name: "net", file: "net.model.ts", sha256: "00" },
      fingerprint: fingerprintOf(program),
      collected: { "act.act_quant": 30 },
      state,
    },
    parameters,
    masks: new Map([["first.weight", Uint8Array.from(mask)]]),
    buffers: new Map([["first.weight.exp_avg", first.map((value) => value / 3)]]),
  };
}

function decoded(bytes: Uint8Array): Checkpoint {
  const found = decodeCheckpoint(program, bytes);
  if (found.kind !== "checkpoint") throw new Error(JSON.stringify(found));
  return found.value;
}

describe("a checkpoint", () => {
  it("is read as it was written, and written as it was read, to the last bit", () => {
    const bytes = encodeCheckpoint(program, checkpoint());
    const again = decoded(bytes);
    expect(again).toEqual(checkpoint());
    expect(encodeCheckpoint(program, again)).toEqual(bytes);
  });

  it("has the pruned weights under their plain names, before what belongs to training", () => {
    const bytes = encodeCheckpoint(program, checkpoint());
    const names = readSafetensorsFile(bytes).value?.tensors.map(({ name }) => name) ?? [];
    expect(names.slice(0, 3)).toEqual(["in.act_quant.threshold", "first.weight", "first.weight.scale"]);
    expect(names.slice(-3)).toEqual(["mask/first.weight", "stored/first.weight", "optimizer/first.weight.exp_avg"]);
    const [weight] = readSafetensors(bytes).value?.entries.filter(({ name }) => name === "first.weight") ?? [];
    const mask = checkpoint().masks.get("first.weight") ?? new Uint8Array();
    expect([...(weight?.data ?? [])].map((value) => (value === 0 ? 0 : 1))).toEqual([...mask]);
  });

  it("gives the model's cost the density that was measured", () => {
    const graph = graphOf(shape, network);
    const bytes = encodeCheckpoint(program, checkpoint());
    const { value, mismatches } = applyWeights(
      graph,
      readSafetensors(bytes, "it").value ?? { source: "", entries: [] },
    );
    expect(mismatches).toEqual([]);
    const [first] = computeCost(value, { flavor: "finn-base", discountSparsity: true }).nodes;
    const mask = checkpoint().masks.get("first.weight") ?? new Uint8Array();
    expect(first?.density).toBeLessThanOrEqual(mask.reduce((sum, bit) => sum + bit, 0) / mask.length);
    expect(first?.density).toBeGreaterThan(0);
  });

  it("keeps what a ternary quantiser makes of a weight beside the weight itself", () => {
    const { value: ternaryProgram } = lowerProgram(
      graphOf(shape, (x) =>
        flatten(quantConv1d(x, { name: "t", outChannels: 2, kernelSize: 8, weightQuant: ternary({ threshold: 0.7 }) })),
      ),
    );
    if (!ternaryProgram) throw new Error("a ternary convolution can be trained");
    const parameters = initialize(ternaryProgram, 1);
    const bytes = encodeCheckpoint(ternaryProgram, {
      ...checkpoint(),
      parameters,
      masks: new Map(),
      buffers: new Map(),
    });
    const plain = readSafetensors(bytes).value?.entries.find(({ name }) => name === "t.weight");
    expect(new Set([...(plain?.data ?? [])].map(Math.abs)).size).toBeLessThanOrEqual(2);
    const found = decodeCheckpoint(ternaryProgram, bytes);
    expect(found.kind === "checkpoint" && found.value.parameters).toEqual(parameters);
  });

  it.each<[string, (meta: Checkpoint["meta"]) => unknown, string]>([
    [
      "a newer format",
      (meta) => ({ ...meta, format: 2 }),
      "was written by quantlens 0.0.0 in format 2, and this version reads 1",
    ],
    ["damaged metadata", (meta) => ({ ...meta, collected: { a: -1 } }), "metadata is damaged"],
    ["a damaged state", (meta) => ({ ...meta, state: { ...state, phase: "fly" } }), "metadata is damaged"],
    ["no object", () => 5, "metadata is damaged"],
  ])("with %s is refused in one sentence", (_, change, message) => {
    const written = checkpoint();
    const bytes = encodeCheckpoint(program, { ...written, meta: change(written.meta) as Checkpoint["meta"] });
    const found = decodeCheckpoint(program, bytes);
    expect(found).toMatchObject({ kind: "unusable", message: expect.stringContaining(message) as string });
  });

  it("of another architecture is refused with the first parameter that does not fit", () => {
    const other = programOf(shape, (x) => flatten(quantConv1d(x, { name: "first", outChannels: 5, kernelSize: 3 })));
    const bytes = encodeCheckpoint(program, checkpoint());
    expect(decodeCheckpoint(other, bytes)).toMatchObject({
      message: `The checkpoint's "first.weight" is 3×2×3 and the model's is 5×2×3: use a checkpoint of this architecture.`,
    });
    const missing = programOf(shape, (x) => flatten(quantConv1d(x, { name: "new", outChannels: 5, kernelSize: 3 })));
    expect(decodeCheckpoint(missing, bytes)).toMatchObject({
      message: expect.stringContaining('no "new.weight"') as string,
    });
  });

  it("is told from a safetensors file of another program", () => {
    expect(decodeCheckpoint(program, writeSafetensors([], { format: "pt" }))).toEqual({ kind: "foreign" });
    expect(decodeCheckpoint(program, Uint8Array.of(1, 2)).kind).toBe("unusable");
  });

  it("never throws, whatever byte is changed or however it is cut", () => {
    const bytes = encodeCheckpoint(program, checkpoint());
    const place = fc.nat(bytes.length - 1);
    fc.assert(
      fc.property(place, fc.nat(255), fc.boolean(), (at, value, cut) => {
        const damaged = cut ? bytes.slice(0, at) : bytes.with(at, value);
        expect(["checkpoint", "foreign", "unusable"]).toContain(decodeCheckpoint(program, damaged).kind);
      }),
      { seed: 11, numRuns: 300 },
    );
  });
});

describe("the fingerprint", () => {
  it("is the architecture's, not the weights' nor the model's name", () => {
    expect(fingerprintOf(programOf(shape, network))).toBe(fingerprintOf(program));
    expect(fingerprintOf({ ...program, name: "other" })).toBe(fingerprintOf(program));
    expect(fingerprintOf(programOf(shape, (x) => network(x, 5)))).not.toBe(fingerprintOf(program));
  });
});
