/** From a program to a plan that threads carry out. */
import type { TrainOp, TrainProgram, ValueId } from "../../program.js";
import { emitPlan, type EmittedPlan } from "../flow/emit.js";
import type { NodeId } from "../flow/flow.js";
import { slotPlace, type Place } from "../flow/place.js";
import { elementCount, roundUp } from "../layout.js";
import type { Store } from "../store.js";
import { lowerChain } from "./activation.js";
import { findSteps, type Step } from "./chains.js";
import { lowerCodes } from "./codes.js";
import { Compilation, type Purpose } from "./compilation.js";
import { lowerConvolution, lowerLinear } from "./convolution.js";
import { lowerActivation, lowerAdd, lowerDropout, lowerMul } from "./elementwise.js";
import { lowerMatrixProduct } from "./matrix.js";
import { lowerAvgPool, lowerMaxPool, lowerUpsample } from "./pools.js";
import { lowerAlias, lowerConcat, lowerPad, lowerReshape, lowerTranspose } from "./shapes.js";

export interface CompiledPlan extends EmittedPlan {
  /** Accumulators of a chunk. */
  readonly slotBytes: number;
  readonly buffers: Buffers;
  /** Address of two doubles: mean loss and right samples; training only. */
  readonly loss: number;
}

/** What goes in and out, for the whole batch, in PyTorch's order; bytes of the `batch` space. */
export interface Buffers {
  readonly input: BatchBuffer;
  /** int32. */
  readonly labels: BatchBuffer;
  readonly teacher: BatchBuffer;
  readonly outputs: ReadonlyMap<ValueId, BatchBuffer>;
}

export interface BatchBuffer {
  readonly begin: number;
  /** Numbers of 4 bytes. */
  readonly perSample: number;
}

export function compilePlan(program: TrainProgram, store: Store, purpose: Purpose, batchSize: number): CompiledPlan {
  const c = new Compilation(program, store, purpose, batchSize);
  const { buffers, end } = layOutBuffers(c, batchSize);
  loadInput(c, buffers.input);
  for (const step of findSteps(program, purpose)) lowerStep(c, step);
  const loss = store.room("loss", 16);
  if (purpose.training) trainLogits(c, buffers, loss);
  for (const [value, buffer] of buffers.outputs) storeOutput(c, value, buffer);
  for (const { output, run } of c.backward.toReversed()) {
    const gradient = c.gradient(output);
    if (gradient !== undefined) run(gradient);
  }
  finish(c);
  return { ...emitPlan(c.flow, batchSize, end), slotBytes: c.slotBytes, buffers, loss };
}

function layOutBuffers(c: Compilation, batchSize: number): { readonly buffers: Buffers; readonly end: number } {
  const { program, purpose } = c;
  let end = 0;
  const take = (perSample: number): BatchBuffer => {
    const begin = end;
    end = roundUp(begin + 4 * perSample * batchSize, 64);
    return { begin, perSample };
  };
  const input = take(elementCount(c.layout(program.input)));
  const labels = take(purpose.training ? 1 : 0);
  const teacher = take(purpose.training ? elementCount(c.layout(program.output)) : 0);
  const outputs = new Map(
    [...purpose.wanted].map((value): [ValueId, BatchBuffer] => [value, take(elementCount(c.layout(value)))]),
  );
  return { buffers: { input, labels, teacher, outputs }, end };
}

function batchPlace({ begin, perSample }: BatchBuffer): Place {
  return { region: { space: "batch", bytes: begin, perSample: 4 * perSample }, floats: 0 };
}

/** The input as it is given, channels first, becomes a tensor of channels last. */
function loadInput(c: Compilation, buffer: BatchBuffer): void {
  const { rows, channels, padded, floats } = c.layout(c.program.input);
  const raw = c.flow.source("input", buffer.perSample, batchPlace(buffer));
  const isSame = floats === buffer.perSample && (rows === 1 || channels === 1);
  const node = isSame
    ? raw
    : c.flow.node({
        name: "input",
        inputs: [raw],
        floats,
        keep: "never",
        emit: ({ input, output, call }) => {
          if (padded > channels) call("clearPadding", rows, channels, padded, output);
          call("transpose", channels, rows, input(0), rows, output, padded);
        },
      });
  c.setNode(c.program.input, node);
}

function lowerStep(c: Compilation, step: Step): void {
  if (step.kind === "op") {
    lowerOperator(c, step.op, step.index);
    return;
  }
  const { quantizer } = step.chain;
  if (quantizer && c.store.quantizer(quantizer.id).kind !== "int") lowerCodes(c, step.chain, quantizer);
  else lowerChain(c, step.chain);
}

function lowerOperator(c: Compilation, op: TrainOp, index: number): void {
  switch (op.kind) {
    case "conv":
      lowerConvolution(c, op);
      return;
    case "linear":
      if (c.layout(op.output).shape.length > 1) lowerMatrixProduct(c, op);
      else lowerLinear(c, op);
      return;
    case "batchNorm":
    case "relu":
    case "clip":
    case "quantize":
      throw new RangeError(`${op.name} is part of a chain`);
    case "identity":
      lowerAlias(c, op);
      return;
    case "sigmoid":
    case "tanh":
    case "elu":
    case "selu":
      lowerActivation(c, op);
      return;
    case "add":
      lowerAdd(c, op);
      return;
    case "mul":
      lowerMul(c, op);
      return;
    case "concat":
      lowerConcat(c, op);
      return;
    case "pad":
      lowerPad(c, op);
      return;
    case "maxPool":
      lowerMaxPool(c, op);
      return;
    case "avgPool":
      lowerAvgPool(c, op);
      return;
    case "upsample":
      lowerUpsample(c, op);
      return;
    case "reshape":
      lowerReshape(c, op);
      return;
    case "transpose":
      lowerTranspose(c, op);
      return;
    case "dropout":
      lowerDropout(c, op, index);
  }
}

/** The loss: its value in the chunks' sums, and its gradient, from which the backward pass starts. */
function trainLogits(c: Compilation, { labels, teacher }: Buffers, loss: number): void {
  const { output } = c.program;
  const { channels, padded, floats } = c.layout(output);
  const sums = c.slot(16);
  const node: NodeId = c.flow.node({
    name: "loss",
    inputs: [c.node(output)],
    floats,
    // It adds to the sums, which must happen once.
    keep: "always",
    emit: ({ input, output: gradient, call }) => {
      if (padded > channels) call("clearPadding", 1, channels, padded, gradient);
      call("crossEntropy", channels, input(0), batchPlace(labels), batchPlace(teacher), gradient, slotPlace(sums));
    },
  });
  const sink = c.flow.sink({ name: "loss", inputs: [node], emit: () => undefined });
  c.flow.task({ kind: "sumLoss", parts: sums, result: loss }, { sinks: [sink] });
  if (c.learns(output)) c.addGradient(output, node);
}

function storeOutput(c: Compilation, value: ValueId, buffer: BatchBuffer): void {
  const { rows, channels, padded } = c.layout(value);
  c.flow.sink({
    name: `value ${value}`,
    inputs: [c.node(value)],
    emit: ({ input, call }) => {
      call("transpose", rows, channels, input(0), padded, batchPlace(buffer), rows);
    },
  });
}

/** What happens before the first stage and after the last one. */
function finish(c: Compilation): void {
  const { flow, store } = c;
  if (c.purpose.backward) flow.prologue.push({ kind: "zeroFloats", ...store.gradients });
  for (const { tensor, forms } of c.usedTensors.values()) {
    const task = { kind: "quantizeWeight", tensor, forms: [...forms.values()] } as const;
    // A scale that is another weight's is there after the prologue.
    if (tensor.quantizer?.source.kind === "shared") flow.task(task, {});
    else flow.prologue.push(task);
  }
  finishWeightGradients(c);
  finishThresholds(c);
}

function finishWeightGradients(c: Compilation): void {
  const gathered = [...c.gatheredWeights.values()];
  for (const { ref, tensor, parts, sinks } of gathered) {
    const { gradient } = c.store.parameter(ref.parameter);
    const task = { kind: "weightGradient", tensor, parts, gradient } as const;
    const isShared =
      tensor.quantizer?.source.kind === "shared" ||
      gathered.some((other) => other.tensor !== tensor && other.ref.parameter === ref.parameter);
    // Tasks that add to the same memory must not run side by side.
    if (isShared) c.flow.task(task, { sinks });
    else c.flow.epilogue.push(task);
  }
}

/** Once all gradients of a scale are together they go to the threshold. */
function finishThresholds(c: Compilation): void {
  if (!c.purpose.backward) return;
  for (const { spec, factor, isCollecting } of c.activationScales) {
    if (isCollecting || spec.scale.kind !== "learned") continue;
    const { value, gradient } = c.store.parameter(spec.scale.parameter);
    if (gradient === undefined) continue;
    const task = { kind: "thresholdGradient", ...factor, to: { kind: "learned", threshold: value, gradient } } as const;
    c.flow.task(task, { stage: c.flow.lastStage });
  }
}
