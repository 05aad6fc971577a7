/** One layer in the smallest network that shows all its gradients, on one backend or on two. */
import { expect } from "vitest";
import { flatten, quantConv1d, quantConv2d, quantLinear, type Tensor } from "../../../shared/dsl/index.js";
import { elementCount } from "../../../shared/graph/graph.js";
import { RandomStream } from "../../data/random/stream.js";
import type { Backend, Batch, Session } from "../backend.js";
import { initialize } from "../initialize.js";
import type { TrainProgram } from "../program.js";
import type { LayerCase } from "./layer-cases.js";
import { programOf } from "./program.js";

const classes = 3;

/** Weights of one in front make the gradient of the layer's input visible, a linear layer behind that of its output. */
export function layerProgram({ shape, forward }: LayerCase): TrainProgram {
  return programOf(shape, (x) => quantLinear(flatten(forward(scaled(x))), { outFeatures: classes }));
}

/** Each channel times a weight of its own. */
function scaled(x: Tensor): Tensor {
  const groups = x.shape[1] ?? 1;
  const options = { outChannels: groups, groups, kernelSize: 1, bias: false, name: "front" };
  return x.shape.length === 4 ? quantConv2d(x, options) : quantConv1d(x, options);
}

export function randomBatch(program: TrainProgram, seed: number): Batch {
  const stream = new RandomStream(seed, 0x6c);
  const size = 3;
  const count = size * elementCount(program.values[program.input]?.shape ?? []);
  return {
    x: Float32Array.from({ length: count }, () => stream.uniform(-1.5, 1.5)),
    labels: Int32Array.from({ length: size }, () => stream.below(classes)),
    size,
  };
}

/** How far the quantisers are: still collecting statistics, or learning their thresholds. */
export type Phase = "collecting" | "learning";

export interface LayerOptions {
  readonly phase: Phase;
  readonly rounding: boolean;
  readonly seed: number;
}

export interface OpenedLayer {
  readonly session: Session;
  /** Puts parameters and quantisers back to where they started. */
  readonly reset: () => void;
}

export async function openLayer(
  backend: Backend,
  program: TrainProgram,
  { phase, rounding, seed }: LayerOptions,
): Promise<OpenedLayer> {
  const session = await backend.open(program, { batchSize: 3, threads: 1, rounding, seed: 9 });
  const start = initialize(program, seed);
  const reset = () => {
    for (const [name, values] of start) session.parameters.get(name)?.set(values);
    for (const { name, scale } of program.quantizers) {
      if (scale.kind === "learned") session.collected.set(name, phase === "learning" ? scale.collectSteps : 0);
    }
  };
  reset();
  return { session, reset };
}

/** Everything that one training step and one prediction leave. */
export async function outcomeOf({ session }: OpenedLayer, batch: Batch): Promise<ReadonlyMap<string, Float32Array>> {
  const { loss } = await session.trainStep(batch, { step: 3 });
  const found = new Map<string, Float32Array>([["loss", Float32Array.of(loss)]]);
  for (const [name, values] of session.gradients) found.set(`gradient of ${name}`, values.slice());
  for (const [name, values] of session.parameters) found.set(name, values.slice());
  found.set("logits", await session.predict(batch.x, batch.size));
  return found;
}

/** How far two outcomes of one step may be apart, relatively. */
export interface OutcomeTolerance {
  /** Of the largest gradient of all. */
  readonly gradients: number;
  /** Of the largest number of the tensor. */
  readonly values: number;
}

export function expectSameOutcome(
  found: ReadonlyMap<string, Float32Array>,
  expected: ReadonlyMap<string, Float32Array>,
  tolerance: OutcomeTolerance,
): void {
  expect([...found.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
  const isGradient = (name: string) => name.startsWith("gradient of ");
  const gradients = [...expected].flatMap(([name, values]) => (isGradient(name) ? [largestOf(values)] : []));
  const largestGradient = Math.max(...gradients);
  for (const [name, values] of expected) {
    const others = found.get(name) ?? new Float32Array(0);
    const largest = isGradient(name) ? largestGradient : Math.max(largestOf(values), 1e-3);
    const difference = values.reduce((most, value, at) => Math.max(most, Math.abs(value - (others[at] ?? NaN))), 0);
    const allowed = (isGradient(name) ? tolerance.gradients : tolerance.values) * largest;
    if (!(difference <= allowed)) expect.fail(`${name} differs by ${difference}, allowed is ${allowed} of ${largest}`);
  }
}

function largestOf(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Step of a parameter: seldom over a kink, large enough for float32's noise. */
const step = 2 ** -8;

/** Compares gradients with differences at one element of each parameter. */
export async function checkDifferences(layer: OpenedLayer, batch: Batch, seed: number): Promise<void> {
  const { session, reset } = layer;
  await session.trainStep(batch, { step: 3 });
  const gradients = new Map(Array.from(session.gradients, ([name, values]) => [name, values.slice()] as const));
  const largest = Math.max(...Array.from(gradients.values(), largestOf));
  const stream = new RandomStream(seed, 0x66);
  const lossAt = async (name: string, index: number, change: number) => {
    reset();
    const values = session.parameters.get(name);
    if (values) values[index] = (values[index] ?? 0) + change;
    return (await session.trainStep(batch, { step: 3, forwardOnly: true })).loss;
  };
  const loss = await lossAt("", 0, 0);
  for (const [name, values] of gradients) {
    const index = stream.below(values.length);
    const ahead = ((await lossAt(name, index, step)) - loss) / step;
    const behind = (loss - (await lossAt(name, index, -step))) / step;
    // A kink within the step (a maximum that changes hands, a limit that is passed) has no derivative.
    if (Math.abs(ahead - behind) > 0.02 * largest) continue;
    const middle = (ahead + behind) / 2;
    const difference = Math.abs((values[index] ?? NaN) - middle);
    if (!(difference <= 0.02 * largest)) {
      expect.fail(
        `${name}[${index}] has the gradient ${values[index] ?? NaN}, differences give ${ahead} and ${behind}`,
      );
    }
  }
}
