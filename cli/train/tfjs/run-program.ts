/** One pass over a program: forward, and backward along what the forward pass left. */
import type { TrainOp, ValueId } from "../program.js";
import { runBatchNorm } from "./batch-norm.js";
import { runActivation, runDropout, runElementwise } from "./elementwise.js";
import { runConv, runLinear } from "./mac.js";
import { simpleRun, type OpRun, type Tensor } from "./op-run.js";
import { runPool } from "./pool.js";
import { runQuantize } from "./quantize.js";
import { runConcat, runPad, runReshape, runTranspose, runUpsample } from "./shape-ops.js";
import type { Step } from "./step.js";

/** What a forward pass leaves; to be disposed of. */
export interface ForwardPass {
  readonly values: ReadonlyMap<ValueId, Tensor>;
  readonly runs: readonly OpRun[];
}

/** Runs all operators on a batch. */
export async function runForward(step: Step, x: Float32Array): Promise<ForwardPass> {
  const { program, tf } = step.state;
  const inputShape = program.values[program.input]?.shape ?? [];
  const input = tf.tensor(x, [step.size, ...inputShape], "float32");
  const values = new Map<ValueId, Tensor>([[program.input, input]]);
  const runs: OpRun[] = [];
  for (const [index, op] of program.ops.entries()) {
    const run = await runOp(step, op, { index, values });
    values.set(op.output, run.output);
    runs.push(run);
  }
  return { values, runs };
}

/** Goes back from the gradient of the logits; parameters' gradients are in the step afterwards. Disposes of `gradient`. */
export async function runBackward(step: Step, { runs }: ForwardPass, gradient: Tensor): Promise<void> {
  const { program } = step.state;
  const gradients = new Map<ValueId, Tensor>([[program.output, gradient]]);
  for (let index = runs.length - 1; index >= 0; index--) {
    const op = program.ops[index];
    const dy = op && gradients.get(op.output);
    if (!dy) continue;
    const inputGradients = (await runs[index]?.backward(dy)) ?? [];
    dy.dispose();
    gradients.delete(op.output);
    inputGradients.forEach((tensor, position) => {
      addGradient(step, gradients, op.inputs[position] ?? -1, tensor);
    });
  }
  for (const left of gradients.values()) left.dispose();
}

export function disposeForward({ values, runs }: ForwardPass): void {
  for (const tensor of values.values()) tensor.dispose();
  for (const { saved } of runs) for (const tensor of saved) tensor.dispose();
}

function addGradient({ state }: Step, gradients: Map<ValueId, Tensor>, value: ValueId, tensor: Tensor): void {
  const known = gradients.get(value);
  gradients.set(value, known ? state.tf.add(known, tensor) : tensor);
  if (!known) return;
  known.dispose();
  tensor.dispose();
}

interface OpContext {
  readonly index: number;
  readonly values: ReadonlyMap<ValueId, Tensor>;
}

function runOp(step: Step, op: TrainOp, { index, values }: OpContext): OpRun | Promise<OpRun> {
  const { tf, program, seed } = step.state;
  const inputs = op.inputs.map((id) => {
    const tensor = values.get(id);
    if (!tensor) throw new Error(`The value ${id} is read before it is made`);
    return tensor;
  });
  const [x, second = x] = inputs;
  if (!x || !second) throw new Error(`${op.name} reads nothing`);
  const outputShape = program.values[op.output]?.shape ?? [];
  switch (op.kind) {
    case "conv":
      return runConv(step, op, x, outputShape);
    case "linear":
      return runLinear(step, op, x);
    case "batchNorm":
      return runBatchNorm(step, op, x);
    case "quantize":
      return runQuantize(step, op, x);
    case "add":
    case "mul":
      return runElementwise(tf, op.kind, x, second);
    case "maxPool":
    case "avgPool":
      return runPool(tf, op, x, outputShape);
    case "concat":
      return runConcat(tf, inputs, op.axis);
    case "pad":
      return runPad(tf, op, x);
    case "upsample":
      return runUpsample(tf, op, x, outputShape);
    case "reshape":
      return runReshape(tf, x, outputShape);
    case "transpose":
      return runTranspose(tf, x, op.permutation);
    case "dropout":
      if (step.training) return runDropout(tf, x, { p: op.p, seed, step: step.index, op: index });
      return simpleRun(
        tf,
        () => [x.clone()],
        (dy) => [dy.clone()],
      );
    case "relu":
    case "sigmoid":
    case "tanh":
    case "identity":
    case "elu":
    case "selu":
    case "clip":
      return runActivation(tf, op, x);
  }
}
