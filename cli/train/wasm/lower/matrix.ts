/**
 * Linear layers on the last dimension of a tensor that has more: with channels last, each block of that dimension is a matrix
 * X of (features, channels), and Y = W X.
 */
import type { TrainOp } from "../../program.js";
import type { NodeId } from "../flow/flow.js";
import { fixedPlace, offset, slotPlace, type Place } from "../flow/place.js";
import { roundUp } from "../layout.js";
import type { StoredTensor } from "../tasks/stored-tensor.js";
import type { Compilation } from "./compilation.js";
import { lowerWeightGradient, useBias } from "./stored.js";
import { zeros } from "./scales.js";

type Linear = Extract<TrainOp, { readonly kind: "linear" }>;

interface Shape {
  readonly blocks: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly channels: number;
  /** Floats of a row. */
  readonly width: number;
  readonly weightTransposed: boolean;
}

export function lowerMatrixProduct(c: Compilation, op: Linear): void {
  const [input = 0] = op.inputs;
  const [from, to] = [c.layout(input), c.layout(op.output)];
  const [inFeatures, outFeatures] = [from.shape.at(-1) ?? 1, to.shape.at(-1) ?? 1];
  const { weightTransposed } = op;
  const { channels, padded: width } = from;
  const shape = { blocks: from.rows / inFeatures, inFeatures, outFeatures, channels, width, weightTransposed };
  const weight = c.store.tensor(op.weight);
  const bias = op.bias && c.store.tensor(op.bias);
  const rowForm = bias && c.store.form(bias, `rows ${width}`, () => biasRows(shape));
  const biasTask = op.bias && bias && rowForm && useBias(c, op.bias, bias, { rows: rowForm });
  const rows = rowForm && fixedPlace(rowForm.out);
  const x = c.node(input);
  const matrix = c.form(weight, "matrix", () => matrixForm(shape, false));
  const node = c.flow.node({
    name: op.name,
    inputs: [x],
    floats: to.floats,
    after: biasTask === undefined ? [] : [biasTask],
    keep: "always",
    emit: ({ input: place, output, call }) => {
      for (let block = 0; block < shape.blocks; block++) {
        const y = offset(output, block * outFeatures * width);
        const from = offset(place(0), block * inFeatures * width);
        if (rows) call("copyRows", 1, outFeatures * width, rows, 0, y, 0);
        call("gemm", outFeatures, inFeatures, width, matrix, inFeatures, from, width, y, width, rows ? 1 : 0);
      }
    },
  });
  c.setOutput(op, node, {
    learns: [op.weight, op.bias].some((ref) => ref && c.learnsTensor(ref)),
    run: (gradient) => {
      if (op.bias && bias && c.learnsTensor(op.bias)) biasGradient(c, op, shape, bias, gradient);
      if (c.learnsTensor(op.weight)) weightGradient(c, op, shape, weight, x, gradient);
      if (c.learns(input)) c.addGradient(input, inputGradient(c, op, shape, weight, gradient, from.floats));
    },
  });
}

/** (out, in), or transposed (in, out). */
function matrixForm({ inFeatures, outFeatures, weightTransposed }: Shape, transposed: boolean): Int32Array {
  const columns = transposed ? outFeatures : inFeatures;
  return Int32Array.from({ length: inFeatures * outFeatures }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const [out, into] = transposed ? [column, row] : [row, column];
    return weightTransposed ? into * outFeatures + out : out * inFeatures + into;
  });
}

/** A bias per feature as rows of channels. */
function biasRows({ outFeatures, channels, width }: Shape): Int32Array {
  return Int32Array.from({ length: outFeatures * width }, (_, at) =>
    at % width < channels ? Math.floor(at / width) : -1,
  );
}

function inputGradient(
  c: Compilation,
  { name }: Linear,
  shape: Shape,
  weight: StoredTensor,
  gradient: NodeId,
  floats: number,
): NodeId {
  const { blocks, inFeatures, outFeatures, width } = shape;
  const matrix = c.form(weight, "transposed matrix", () => matrixForm(shape, true));
  return c.flow.node({
    name: `gradient of ${name}`,
    inputs: [gradient],
    floats,
    keep: "always",
    accumulates: true,
    emit: ({ input, output, accumulate, call }) => {
      for (let block = 0; block < blocks; block++) {
        const dy = offset(input(0), block * outFeatures * width);
        const dx = offset(output, block * inFeatures * width);
        call("gemm", inFeatures, outFeatures, width, matrix, outFeatures, dy, width, dx, width, accumulate);
      }
    },
  });
}

/** dW = dY transpose(X), with the channels of both as rows of the kernel's matrices. */
function weightGradient(
  c: Compilation,
  { weight: ref, name }: Linear,
  shape: Shape,
  weight: StoredTensor,
  x: NodeId,
  gradient: NodeId,
): void {
  const { blocks, inFeatures, outFeatures, channels, width, weightTransposed } = shape;
  const ld = roundUp(inFeatures, 4);
  const table = c.store.integerTable(`gradient of matrix ${weight.used}`, () =>
    Int32Array.from({ length: weight.count }, (_, index) => {
      const columns = weightTransposed ? outFeatures : inFeatures;
      const [row, column] = [Math.floor(index / columns), index % columns];
      return weightTransposed ? column * ld + row : row * ld + column;
    }),
  );
  const layout = { count: outFeatures * ld, table };
  lowerWeightGradient(c, ref, weight, layout, name, [x, gradient], (context, accumulators) => {
    const { input, temporary, call } = context;
    const ldd = roundUp(outFeatures, 4);
    const [from, dy] = [temporary(channels * ld), temporary(channels * ldd)];
    if (ld > inFeatures) call("fill", channels * ld, 0, from);
    for (let block = 0; block < blocks; block++) {
      call("transpose", inFeatures, channels, offset(input(0), block * inFeatures * width), width, from, ld);
      call("transpose", outFeatures, channels, offset(input(1), block * outFeatures * width), width, dy, ldd);
      call("gemmGradWeight", channels, outFeatures, ld, dy, ldd, from, ld, accumulators, ld);
    }
  });
}

function biasGradient(
  c: Compilation,
  { bias: ref, name }: Linear,
  shape: Shape,
  tensor: StoredTensor,
  gradient: NodeId,
): void {
  const { blocks, outFeatures, channels, width } = shape;
  const ldd = roundUp(outFeatures, 4);
  const sums = c.slot(16 * ldd);
  const sink = c.flow.sink({
    name: `gradient of ${name}`,
    inputs: [gradient],
    emit: ({ input, temporary, call }) => {
      const rows: Place = temporary(channels * ldd);
      if (ldd > outFeatures) call("fill", channels * ldd, 0, rows);
      for (let block = 0; block < blocks; block++) {
        call("transpose", outFeatures, channels, offset(input(0), block * outFeatures * width), width, rows, ldd);
        call("channelSums", channels, ldd, rows, zeros(c, ldd), slotPlace(sums));
      }
    },
  });
  const target = ref && c.store.parameter(ref.parameter).gradient;
  c.flow.task({ kind: "biasGradient", tensor, parts: [sums], gradient: target }, { sinks: [sink] });
}
