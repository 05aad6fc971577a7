/** Convolutions and matrix products. */
import type { TrainOp } from "../program.js";
import { correlate, correlateToFilter, correlateToInput, type Correlation } from "./correlation.js";
import { otherAxes, perChannel, take, tidied, type OpRun, type Tensor, type Tf } from "./op-run.js";
import { useStored, type Step } from "./step.js";

type ConvOp = TrainOp & { readonly kind: "conv" };
type LinearOp = TrainOp & { readonly kind: "linear" };

/** Runs a convolution or its transpose. `outputShape`: one sample's. */
export function runConv(step: Step, op: ConvOp, x: Tensor, outputShape: readonly number[]): OpRun {
  const { tf } = step.state;
  const weight = useStored(step, op.weight);
  const bias = op.bias && useStored(step, op.bias);
  const form = formOf(op, weight.shape, outputShape);
  const filter = tf.tensor(toFilter(weight.values, form), [...form.correlation.filterShape], "float32");
  const output = tf.tidy(() => {
    const image = asImage(tf, x);
    const y = asMap(
      tf,
      op.transposed ? transposedForward(tf, image, filter, form) : forward(tf, image, filter, form),
      x,
    );
    return bias ? tf.add(y, perChannel(tf, bias.values, y.rank)) : y;
  });
  const backward = async (dy: Tensor) => {
    const [dx, dFilter, dBias] = tidied(tf, () => {
      const image = asImage(tf, x);
      const slope = asImage(tf, dy);
      const [toInput, toFilterTensor] = op.transposed
        ? transposedBackward(tf, image, slope, { filter, form })
        : straightBackward(tf, image, slope, { filter, form });
      return [
        asMap(tf, toInput, x),
        toFilterTensor,
        tf.sum(dy, otherAxes(dy.rank)),
      ] as const satisfies readonly Tensor[];
    });
    const filterGradient = await take(dFilter);
    const biasGradient = await take(dBias);
    // The bias first: its scale's gradient goes to the weight's scale.
    bias?.backward(biasGradient);
    weight.backward(fromFilter(filterGradient, form));
    return [dx];
  };
  return { output, saved: [filter], backward };
}

/** Runs a matrix product over the last dimension. */
export function runLinear(step: Step, op: LinearOp, x: Tensor): OpRun {
  const { tf } = step.state;
  const weight = useStored(step, op.weight);
  const bias = op.bias && useStored(step, op.bias);
  const matrix = tf.tensor(weight.values, [...weight.shape], "float32");
  const inputs = x.shape.at(-1) ?? 1;
  const outputs = weight.values.length / inputs;
  const rows = (t: Tensor, width: number) => tf.reshape(t, [-1, width]);
  const output = tf.tidy(() => {
    const product = tf.matMul(rows(x, inputs), matrix, false, !op.weightTransposed);
    const y = bias ? tf.add(product, tf.tensor(bias.values, [1, outputs], "float32")) : product;
    return tf.reshape(y, [...x.shape.slice(0, -1), outputs]);
  });
  const backward = async (dy: Tensor) => {
    const [dx, dMatrix, dBias] = tidied(tf, () => {
      const slope = rows(dy, outputs);
      const input = rows(x, inputs);
      const dWeight = op.weightTransposed ? tf.matMul(input, slope, true) : tf.matMul(slope, input, true);
      const toInput = tf.reshape(tf.matMul(slope, matrix, false, op.weightTransposed), x.shape);
      return [toInput, dWeight, tf.sum(slope, 0)] as const satisfies readonly Tensor[];
    });
    const matrixGradient = await take(dMatrix);
    const biasGradient = await take(dBias);
    bias?.backward(biasGradient);
    weight.backward(matrixGradient);
    return [dx];
  };
  return { output, saved: [matrix], backward };
}

/** A convolution as one over images; 1-D ones are images with one column. */
interface ConvForm {
  readonly correlation: Correlation;
  readonly kernel: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly padding: readonly [readonly [number, number], readonly [number, number]];
  /** Rows and columns of the op's output. */
  readonly outputSize: readonly [number, number];
}

function formOf(op: ConvOp, weightShape: readonly number[], outputShape: readonly number[]): ConvForm {
  const [outputs = 1, inputsPerGroup = 1] = weightShape;
  const kernel = pair(op.kernel, 1);
  const dilation = pair(op.dilation, 1);
  const extent = (axis: 0 | 1) => dilation[axis] * (kernel[axis] - 1) + 1;
  return {
    correlation: {
      filterShape: [extent(0), extent(1), inputsPerGroup, outputs],
      // One column has no second stride; equal ones keep it depthwise.
      strides: pair(op.stride, op.stride[0] ?? 1),
      groups: op.groups,
    },
    kernel,
    dilation,
    padding: pair(op.padding, [0, 0] as const),
    outputSize: pair(outputShape.slice(1), 1),
  };
}

function pair<T>([first, second]: readonly T[], missing: T): readonly [T, T] {
  return [first ?? missing, second ?? missing];
}

/** (N, C, L) or (N, C, H, W) to (N, H, W, C). */
function asImage(tf: Tf, x: Tensor): Tensor {
  const [samples = 1, channels = 1, rows = 1, columns = 1] = x.shape;
  return tf.transpose(tf.reshape(x, [samples, channels, rows, columns]), [0, 2, 3, 1]);
}

/** And back, to as many dimensions as `like` has. */
function asMap(tf: Tf, image: Tensor, like: Tensor): Tensor {
  const map = tf.transpose(image, [0, 3, 1, 2]);
  return tf.reshape(map, map.shape.slice(0, like.rank));
}

/** From PyTorch's (out, in / groups, kernel) to TensorFlow's order, with zeros between dilated taps. */
function toFilter(weight: Float32Array, form: ConvForm): Float32Array {
  const filter = new Float32Array(form.correlation.filterShape.reduce((product, size) => product * size, 1));
  forEachTap(form, (from, to) => {
    filter[to] = weight[from] ?? 0;
  });
  return filter;
}

function fromFilter(filter: Float32Array, form: ConvForm): Float32Array {
  const [, , inputs, outputs] = form.correlation.filterShape;
  const weight = new Float32Array(outputs * inputs * form.kernel[0] * form.kernel[1]);
  forEachTap(form, (from, to) => {
    weight[from] = filter[to] ?? 0;
  });
  return weight;
}

/** Calls `visit` with each weight's place in PyTorch's and in TensorFlow's order. */
function forEachTap(
  { correlation, kernel, dilation }: ConvForm,
  visit: (weightIndex: number, filterIndex: number) => void,
): void {
  const [, columns, inputs, outputs] = correlation.filterShape;
  let from = 0;
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      for (let row = 0; row < kernel[0]; row++) {
        for (let column = 0; column < kernel[1]; column++, from++) {
          const tap = row * dilation[0] * columns + column * dilation[1];
          visit(from, (tap * inputs + input) * outputs + output);
        }
      }
    }
  }
}

function padImage(tf: Tf, image: Tensor, padding: ConvForm["padding"]): Tensor {
  return tf.pad(image, [[0, 0], [...padding[0]], [...padding[1]], [0, 0]]);
}

/** Cuts the padding off again. */
function cropImage(tf: Tf, padded: Tensor, padding: ConvForm["padding"], size: readonly number[]): Tensor {
  const [samples = 1, , , channels = 1] = padded.shape;
  return tf.slice(padded, [0, padding[0][0], padding[1][0], 0], [samples, size[0] ?? 1, size[1] ?? 1, channels]);
}

function forward(tf: Tf, image: Tensor, filter: Tensor, { correlation, padding }: ConvForm): Tensor {
  return correlate(tf, padImage(tf, image, padding), filter, correlation);
}

interface BackwardForm {
  readonly filter: Tensor;
  readonly form: ConvForm;
}

/** Gradients of the input image and of the filter. */
function straightBackward(
  tf: Tf,
  image: Tensor,
  dy: Tensor,
  { filter, form: { correlation, padding } }: BackwardForm,
): readonly [Tensor, Tensor] {
  const padded = padImage(tf, image, padding);
  const dPadded = correlateToInput(tf, dy, filter, { correlation, inputShape: padded.shape });
  return [cropImage(tf, dPadded, padding, image.shape.slice(1, 3)), correlateToFilter(tf, padded, dy, correlation)];
}

/**
 * The transpose of a convolution whose input is this one's whole output. Where output padding makes the output longer
 * than what the taps reach, zeros follow.
 */
function transposedForward(tf: Tf, image: Tensor, filter: Tensor, form: ConvForm): Tensor {
  const { correlation, padding, outputSize } = form;
  const full = fullSize(image, correlation);
  const inputChannels = correlation.filterShape[2] * correlation.groups;
  const inputShape = [image.shape[0], ...full, inputChannels];
  const whole = correlateToInput(tf, image, filter, { correlation, inputShape });
  const longer = missingEnd(full, form);
  return cropImage(
    tf,
    padImage(tf, whole, [
      [0, longer[0]],
      [0, longer[1]],
    ]),
    padding,
    outputSize,
  );
}

function transposedBackward(
  tf: Tf,
  image: Tensor,
  dy: Tensor,
  { filter, form }: BackwardForm,
): readonly [Tensor, Tensor] {
  const { correlation, padding, outputSize } = form;
  const full = fullSize(image, correlation);
  const longer = missingEnd(full, form);
  const behind = (axis: 0 | 1) => full[axis] + longer[axis] - padding[axis][0] - outputSize[axis];
  const placed = padImage(tf, dy, [
    [padding[0][0], behind(0)],
    [padding[1][0], behind(1)],
  ]);
  const whole = cropImage(
    tf,
    placed,
    [
      [0, 0],
      [0, 0],
    ],
    full,
  );
  return [correlate(tf, whole, filter, correlation), correlateToFilter(tf, whole, image, correlation)];
}

/** What the taps of a transposed convolution reach. */
function fullSize(image: Tensor, { filterShape, strides }: Correlation): readonly [number, number] {
  const size = (axis: 0 | 1) => ((image.shape[axis + 1] ?? 1) - 1) * strides[axis] + filterShape[axis];
  return [size(0), size(1)];
}

function missingEnd(full: readonly [number, number], { padding, outputSize }: ConvForm): readonly [number, number] {
  const missing = (axis: 0 | 1) => Math.max(padding[axis][0] + outputSize[axis] - full[axis], 0);
  return [missing(0), missing(1)];
}
