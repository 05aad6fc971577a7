/**
 * The three products of a convolution, channels last and without padding: forward, to the input, to the filter. Depthwise
 * ones run as such; other groups one after another, because TensorFlow.js has no grouped convolution.
 */
import type * as tfjs from "@tensorflow/tfjs-core";
import type { Tensor, Tf } from "./op-run.js";

/** Filters have the shape (kernel rows, kernel columns, input channels / groups, output channels). */
export interface Correlation {
  readonly filterShape: readonly [number, number, number, number];
  readonly strides: readonly [number, number];
  readonly groups: number;
}

/** (N, H, W, in) and a filter to (N, H', W', out). */
export function correlate(tf: Tf, x: Tensor, filter: Tensor, correlation: Correlation): Tensor {
  const { strides } = attributes(correlation);
  if (isDepthwise(correlation)) {
    const depthwise = tf.reshape<tfjs.Rank.R4>(filter, depthwiseShape(correlation));
    return tf.depthwiseConv2d(x as tfjs.Tensor4D, depthwise, strides, "valid");
  }
  const parts = groupsOf(correlation).map((group) =>
    tf.conv2d(
      inputSlice(tf, x, correlation, group) as tfjs.Tensor4D,
      outputSlice(tf, filter, correlation, group) as tfjs.Tensor4D,
      strides,
      "valid",
    ),
  );
  return joined(tf, parts);
}

/** From the output's gradient to the input's, whose shape is given. */
export function correlateToInput(
  tf: Tf,
  dy: Tensor,
  filter: Tensor,
  { correlation, inputShape }: { readonly correlation: Correlation; readonly inputShape: readonly number[] },
): Tensor {
  const common = attributes(correlation);
  if (isDepthwise(correlation)) {
    const inputs = { dy, filter: tf.reshape(filter, depthwiseShape(correlation)) };
    return runKernel(tf, tf.DepthwiseConv2dNativeBackpropInput, inputs, { ...common, inputShape });
  }
  const groupShape = [...inputShape.slice(0, 3), correlation.filterShape[2]];
  const parts = groupsOf(correlation).map((group) => {
    const inputs = {
      dy: outputSlice(tf, dy, correlation, group),
      filter: outputSlice(tf, filter, correlation, group),
    };
    return runKernel(tf, tf.Conv2DBackpropInput, inputs, { ...common, inputShape: groupShape });
  });
  return joined(tf, parts);
}

/** From the input and the output's gradient to the filter's. */
export function correlateToFilter(tf: Tf, x: Tensor, dy: Tensor, correlation: Correlation): Tensor {
  const common = attributes(correlation);
  if (isDepthwise(correlation)) {
    const filterShape = depthwiseShape(correlation);
    const filter = runKernel(tf, tf.DepthwiseConv2dNativeBackpropFilter, { x, dy }, { ...common, filterShape });
    return tf.reshape(filter, [...correlation.filterShape]);
  }
  const [rows, columns, inputs, outputs] = correlation.filterShape;
  const filterShape = [rows, columns, inputs, outputs / correlation.groups];
  const parts = groupsOf(correlation).map((group) => {
    const pair = { x: inputSlice(tf, x, correlation, group), dy: outputSlice(tf, dy, correlation, group) };
    return runKernel(tf, tf.Conv2DBackpropFilter, pair, { ...common, filterShape });
  });
  return joined(tf, parts);
}

/** TensorFlow's depthwise kernels know equal strides only. */
function isDepthwise({ filterShape, groups, strides }: Correlation): boolean {
  return groups > 1 && filterShape[2] === 1 && strides[0] === strides[1];
}

/** (rows, columns, channels, outputs of each): output channels are counted channel by channel, as in PyTorch. */
function depthwiseShape({
  filterShape: [rows, columns, , outputs],
  groups,
}: Correlation): [number, number, number, number] {
  return [rows, columns, groups, outputs / groups];
}

function attributes(correlation: Correlation) {
  const strides: [number, number] = [...correlation.strides];
  return { strides, pad: "valid" as const, dataFormat: "NHWC", dilations: [1, 1], dimRoundingMode: undefined };
}

function groupsOf({ groups }: Correlation): readonly number[] {
  return Array.from({ length: groups }, (_, group) => group);
}

function inputSlice(tf: Tf, x: Tensor, { filterShape, groups }: Correlation, group: number): Tensor {
  return groups === 1 ? x : lastAxisSlice(tf, x, group * filterShape[2], filterShape[2]);
}

/** Of anything whose last axis is the output channels. */
function outputSlice(tf: Tf, y: Tensor, { filterShape, groups }: Correlation, group: number): Tensor {
  const size = filterShape[3] / groups;
  return groups === 1 ? y : lastAxisSlice(tf, y, group * size, size);
}

function lastAxisSlice(tf: Tf, x: Tensor, begin: number, size: number): Tensor {
  const leading = x.shape.slice(0, -1);
  return tf.slice(x, [...leading.map(() => 0), begin], [...leading, size]);
}

function joined(tf: Tf, parts: Tensor[]): Tensor {
  const [first] = parts;
  if (!first) throw new Error("A convolution has at least one group");
  return parts.length === 1 ? first : tf.concat(parts, 3);
}

function runKernel(
  tf: Tf,
  name: string,
  inputs: Readonly<Record<string, Tensor>>,
  attrs: Readonly<Record<string, unknown>>,
): Tensor {
  return tf.engine().runKernel(name, inputs, attrs as unknown as tfjs.NamedAttrMap);
}
