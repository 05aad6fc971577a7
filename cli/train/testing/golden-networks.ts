/** Golden networks: the challenge winner's forward pass, and forty training steps of a small one like it. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { adam } from "../../../shared/dsl/index.js";
import { elementCount, graphFromJson, type Shape } from "../../../shared/graph/graph.js";
import bacalhaunet from "../../../examples/bacalhaunet/bacalhaunet.model.js";
import { goldenPath } from "../../../shared/testing/golden.js";
import type { Backend, Session } from "../backend.js";
import { lowerProgram } from "../lower/lower.js";
import { newOptimizerState, updateParameters } from "../optimizers/optimizer.js";
import type { ParameterSpec, TrainProgram } from "../program.js";
import { expectWithin } from "./compare.js";
import { numbers, readGolden, type Numbers } from "./golden-files.js";
import { programOf } from "./program.js";
import { tinyNetwork } from "./tiny-network.js";

/** The value of Brevitas's learned scales in a state dictionary. */
const thresholdSuffix = ".scaling_impl.value";

/** What a state dictionary's name says about the tensor. */
function kindOf(name: string): ParameterSpec["kind"] | undefined {
  if (name.endsWith(thresholdSuffix)) return "threshold";
  if (name.endsWith("running_mean")) return "runningMean";
  if (name.endsWith("running_var")) return "runningVar";
  if (name.endsWith("norm.weight")) return "gamma";
  if (name.endsWith("norm.bias")) return "beta";
  if (name.endsWith(".weight")) return "weight";
  return name.endsWith(".bias") ? "bias" : undefined;
}

/** Our parameters' names by PyTorch's: both list each kind in the order of the layers. */
function namesByState({ parameters }: TrainProgram, stateNames: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const kind of new Set(parameters.map((spec) => spec.kind))) {
    const own = parameters.filter((spec) => spec.kind === kind);
    const theirs = stateNames.filter((name) => kindOf(name) === kind);
    expect(theirs).toHaveLength(own.length);
    theirs.forEach((name, index) => names.set(name, own[index]?.name ?? ""));
  }
  return names;
}

function floats(...parts: string[]): Float32Array {
  const bytes = readFileSync(goldenPath(...parts));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Every quantiser has learned its scale. */
function skipCollecting({ program, collected }: Session): void {
  for (const { name, scale } of program.quantizers)
    if (scale.kind === "learned") collected.set(name, scale.collectSteps);
}

interface StateEntry {
  readonly name: string;
  readonly shape: Shape;
  readonly byte_offset: number;
}

/** The published weights in the example's model file: logits to 1e-5, all integers of the first sample exactly. */
export async function checkBacalhauNet(backend: Backend): Promise<void> {
  const { value: program } = lowerProgram(graphFromJson(bacalhaunet.graph));
  if (!program) throw new Error("The example does not lower");
  const session = await backend.open(program, { batchSize: 8, threads: 1, inferenceOnly: true });
  const { tensors } = readGolden("bacalhaunet", "forward", "state_dict.json") as {
    readonly tensors: readonly StateEntry[];
  };
  const state = floats("bacalhaunet", "forward", "state_dict.bin");
  const names = namesByState(
    program,
    tensors.map(({ name }) => name),
  );
  for (const { name, shape, byte_offset: offset } of tensors) {
    const own = session.parameters.get(names.get(name) ?? "");
    own?.set(state.subarray(offset / 4, offset / 4 + elementCount(shape)));
  }
  skipCollecting(session);
  const golden = readGolden("bacalhaunet", "forward", "gold_forward.json") as GoldForward;
  const x = floats("bacalhaunet", "forward", "inputs.bin");
  const logits = await session.predict(x, 8);
  golden.logits.flat().forEach((expected, index) => {
    expect(Math.abs((logits[index] ?? NaN) - expected)).toBeLessThanOrEqual(1e-5);
  });
  await checkIntegers(session, x, golden);
  await session.close();
}

interface GoldForward {
  readonly logits: readonly (readonly number[])[];
  readonly sample0_ints: Readonly<
    Record<string, { readonly offset: number; readonly length: number; readonly dtype: string }>
  >;
}

async function checkIntegers(
  session: Session,
  x: Float32Array,
  { sample0_ints: integers }: GoldForward,
): Promise<void> {
  const bytes = readFileSync(goldenPath("bacalhaunet", "forward", "sample0_ints.bin"));
  const quantize = session.program.ops.flatMap((op) => (op.kind === "quantize" ? [op] : []));
  const layers = Object.values(integers);
  expect(quantize).toHaveLength(layers.length);
  const values = await session.activations(
    x,
    1,
    quantize.map(({ output }) => output),
  );
  const scales = session.scales();
  for (const [index, { offset, length, dtype }] of layers.entries()) {
    const op = quantize[index];
    const [scale = NaN] = scales.get(session.program.quantizers[op?.quantizer ?? -1]?.name ?? "") ?? [];
    const found = Array.from(values.get(op?.output ?? -1) ?? [], (value) => Math.round(value / scale) + 0);
    const part = bytes.subarray(offset, offset + length);
    expect(found).toEqual(Array.from(part, (byte) => (dtype === "int8" ? (byte << 24) >> 24 : byte)));
  }
}

interface StoredTensor {
  readonly data: Numbers;
}

interface TraceStep {
  readonly step: number;
  readonly loss: number;
  readonly grads?: Readonly<Record<string, Numbers | null>>;
  readonly params_after?: Readonly<Record<string, Numbers>>;
  readonly buffers_after?: Readonly<Record<string, Numbers>>;
}

interface Trace {
  readonly batch: number;
  readonly labels: readonly (readonly number[])[];
  readonly init_params: Readonly<Record<string, StoredTensor>>;
  readonly trace: readonly TraceStep[];
}

/** Losses and gradients of the first 21 steps: later ones part by flipped codes, as PyTorch's do between float32 and float64. */
export async function checkTrainTiny(backend: Backend): Promise<void> {
  const golden = readGolden("train_tiny", "train_tiny.json") as Trace;
  const inputs = floats("train_tiny", "inputs.bin");
  const program = programOf([1, 2, 32], tinyNetwork);
  const session = await backend.open(program, { batchSize: golden.batch, threads: 1 });
  const names = namesByState(program, Object.keys(golden.init_params));
  for (const [name, { data }] of Object.entries(golden.init_params)) {
    session.parameters.get(names.get(name) ?? "")?.set(numbers(data));
  }
  const optimizer = adam({ lr: 0.01, weightDecay: 1e-4 });
  const state = newOptimizerState();
  const largest = largestGradients(golden.trace);
  const size = inputs.length / golden.labels.length;
  for (const step of golden.trace.slice(0, 21)) {
    const labels = Int32Array.from(golden.labels[step.step] ?? []);
    const x = inputs.slice(step.step * size, (step.step + 1) * size);
    const { loss } = await session.trainStep({ x, labels, size: golden.batch }, { step: step.step });
    expectWithin(loss, step.loss, step.loss);
    if (step.grads) checkGradients(session, step.grads, { names, largest });
    updateParameters(optimizer, session, state, { lr: optimizer.lr });
    for (const stored of [step.params_after, step.buffers_after]) if (stored) checkStored(session, stored, names);
  }
  await session.close();
}

/**
 * Of each parameter in all recorded steps. Errors are shares of that: a threshold's gradient is a sum whose terms may
 * cancel in one step and leave nothing to compare with.
 */
function largestGradients(trace: readonly TraceStep[]): ReadonlyMap<string, number> {
  const largest = new Map<string, number>();
  for (const [name, values] of trace.flatMap(({ grads = {} }) => Object.entries(grads))) {
    const own = Math.max(...numbers(values ?? []).map(Math.abs));
    largest.set(name, Math.max(largest.get(name) ?? 0, own));
  }
  return largest;
}

interface GradientNames {
  readonly names: ReadonlyMap<string, string>;
  readonly largest: ReadonlyMap<string, number>;
}

function checkGradients(
  { gradients }: Session,
  expected: Readonly<Record<string, Numbers | null>>,
  { names, largest }: GradientNames,
): void {
  for (const [name, values] of Object.entries(expected)) {
    const found = gradients.get(names.get(name) ?? "");
    if (values === null) expect(found).toBeUndefined();
    else expectSame(found, numbers(values), { largest: largest.get(name) ?? 0, tolerance: 5e-6 });
  }
}

function checkStored(
  { parameters }: Session,
  expected: Readonly<Record<string, Numbers>>,
  names: ReadonlyMap<string, string>,
): void {
  for (const [name, values] of Object.entries(expected)) {
    const expectedValues = numbers(values);
    const largest = Math.max(...expectedValues.map(Math.abs));
    expectSame(parameters.get(names.get(name) ?? ""), expectedValues, { largest, tolerance: 1e-6 });
  }
}

/** Each to a share of the largest. */
function expectSame(
  found: Float32Array | undefined,
  expected: readonly number[],
  { largest, tolerance }: { readonly largest: number; readonly tolerance: number },
): void {
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, index) => {
    expectWithin(found?.[index] ?? NaN, value, largest, tolerance);
  });
}
