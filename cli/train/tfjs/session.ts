/** A training session on TensorFlow.js: parameters and gradients stay on the host, batches go through the device. */
import { elementCount } from "../../../shared/graph/graph.js";
import type { Session, SessionOptions, StepOptions, StepResult } from "../backend.js";
import { crossEntropy } from "../loss.js";
import type { TrainProgram, ValueId } from "../program.js";
import { evaluationScales } from "../scales.js";
import type { Tf } from "./op-run.js";
import { disposeForward, runBackward, runForward } from "./run-program.js";
import type { SessionState, Step } from "./step.js";

export interface Device {
  readonly tf: Tf;
  /** Lets `work` compute on this device; rejects also when something went wrong on the device alone. */
  readonly run: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Opens a session whose parameters are 0. Sizes of batches are free: memory is the device's own affair. */
export function openSession({ tf, run }: Device, program: TrainProgram, options: SessionOptions): Session {
  const parameters = new Map(
    program.parameters.map(({ name, shape }) => [name, new Float32Array(elementCount(shape))] as const),
  );
  const masks = new Map<string, Uint8Array>();
  const gradients = new Map<string, Float32Array>();
  const collected = new Map(
    program.quantizers.flatMap(({ name, scale }) => (scale.kind === "learned" ? [[name, 0] as const] : [])),
  );
  const { rounding = true, seed = 0 } = options;
  const state: SessionState = { tf, program, rounding, seed, parameters, masks, collected };
  return {
    program,
    parameters,
    gradients,
    collected,
    masks,
    setMask(weight, mask) {
      if (mask) masks.set(weight, mask);
      else masks.delete(weight);
    },
    async trainStep(batch, stepOptions) {
      const step = newStep(state, batch.size, stepOptions);
      const result = await run(() => train(step, batch, stepOptions));
      if (stepOptions.forwardOnly !== true) copyGradients(step, gradients);
      return result;
    },
    async predict(x, size) {
      const [logits] = await run(() => evaluate(state, { x, size, values: [program.output] }));
      return logits ?? new Float32Array(0);
    },
    async activations(x, size, values) {
      const found = await run(() => evaluate(state, { x, size, values }));
      return new Map(values.map((value, index) => [value, found[index] ?? new Float32Array(0)]));
    },
    scales: () => evaluationScales(program, parameters),
    close: () => Promise.resolve(),
  };
}

function newStep(state: SessionState, size: number, options: StepOptions | undefined): Step {
  return {
    state,
    size,
    training: options !== undefined,
    index: options?.step ?? 0,
    freezeBatchNorm: options?.freezeBatchNorm ?? false,
    calls: new Map(),
    gradients: new Map(),
  };
}

async function train(
  step: Step,
  { x, labels }: { readonly x: Float32Array; readonly labels: Int32Array },
  options: StepOptions,
): Promise<StepResult> {
  const { tf, program } = step.state;
  const pass = await runForward(step, usedPart(step.state, x, step.size));
  try {
    const output = pass.values.get(program.output);
    if (!output) throw new Error("The program makes no output");
    const logits = await output.data<"float32">();
    const { loss, correct, gradient } = crossEntropy(logits, labels, step.size, options);
    if (options.forwardOnly !== true) await runBackward(step, pass, tf.tensor(gradient, output.shape, "float32"));
    return { loss, correct };
  } finally {
    disposeForward(pass);
  }
}

async function evaluate(
  state: SessionState,
  { x, size, values }: { readonly x: Float32Array; readonly size: number; readonly values: readonly ValueId[] },
): Promise<readonly Float32Array[]> {
  const pass = await runForward(newStep(state, size, undefined), usedPart(state, x, size));
  try {
    return await Promise.all(
      values.map(async (value) => (await pass.values.get(value)?.data<"float32">()) ?? new Float32Array(0)),
    );
  } finally {
    disposeForward(pass);
  }
}

/** Callers may keep one array for the largest batch. */
function usedPart({ program }: SessionState, x: Float32Array, size: number): Float32Array {
  return x.subarray(0, size * elementCount(program.values[program.input]?.shape ?? []));
}

/** A threshold that this step did not learn has no gradient. */
function copyGradients(step: Step, gradients: Map<string, Float32Array>): void {
  for (const { name, trainable } of step.state.program.parameters) {
    const sum = step.gradients.get(name);
    const known = gradients.get(name);
    // Entries keep the order of the parameters, also of a threshold that joins late.
    gradients.delete(name);
    if (!trainable || !sum) continue;
    const kept = known ?? new Float32Array(sum.length);
    kept.set(sum);
    gradients.set(name, kept);
  }
}
