/**
 * Sizes of sliding windows: convolution, its transpose and pooling, in any number of spatial dimensions.
 *
 * Formulas are those of the ONNX operators Conv, ConvTranspose, MaxPool and AveragePool. With `ceil_mode` a last
 * window that would start in the padding at the end is left out, as in PyTorch and in ONNX since opset 22.
 */
import { numberAttribute, numbersAttribute, stringAttribute } from "../attributes.js";
import type { GraphNode, Shape } from "../graph.js";

/** A window per spatial dimension. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padsBegin: readonly number[];
  readonly padsEnd: readonly number[];
  readonly autoPad: string;
  readonly ceilMode: boolean;
}

/** Reads a window from a node's attributes; what is absent has ONNX's default. `kernel` comes from the weight if not given. */
export function windowOf(node: GraphNode, dimensions: number, weightKernel?: Shape): Window {
  const pads = numbersAttribute(node, "pads") ?? none;
  // What is absent, also in a list that is too short, has the default where the lists are read.
  return {
    kernel: numbersAttribute(node, "kernel_shape") ?? weightKernel ?? none,
    strides: numbersAttribute(node, "strides") ?? none,
    dilations: numbersAttribute(node, "dilations") ?? none,
    padsBegin: pads.slice(0, dimensions),
    padsEnd: pads.slice(dimensions, 2 * dimensions),
    autoPad: stringAttribute(node, "auto_pad", "NOTSET"),
    ceilMode: numberAttribute(node, "ceil_mode", 0) === 1,
  };
}

const none: readonly number[] = Object.freeze([]);

/** Number of windows along each spatial dimension; may be below 1, or not a number, when the window does not fit. */
export function slide(window: Window, spatial: Shape): Shape {
  return spatial.map((size, axis) => {
    const stride = window.strides[axis] ?? 1;
    const extent = (window.dilations[axis] ?? 1) * ((window.kernel[axis] ?? 1) - 1) + 1;
    if (window.autoPad.startsWith("SAME")) return Math.ceil(size / stride);
    const valid = window.autoPad === "VALID";
    const begin = valid ? 0 : (window.padsBegin[axis] ?? 0);
    const end = valid ? 0 : (window.padsEnd[axis] ?? 0);
    const steps = (size + begin + end - extent) / stride;
    if (!window.ceilMode) return Math.floor(steps) + 1;
    const count = Math.ceil(steps) + 1;
    return (count - 1) * stride >= size + begin ? count - 1 : count;
  });
}

/** Output size of a transposed convolution; `output_shape` wins over pads, as in ONNX. */
export function slideTransposed(node: GraphNode, window: Window, spatial: Shape): Shape {
  const explicit = numbersAttribute(node, "output_shape");
  if (explicit) return explicit.slice(-spatial.length);
  const outputPadding = numbersAttribute(node, "output_padding") ?? [];
  return spatial.map((size, axis) => {
    const stride = window.strides[axis] ?? 1;
    if (window.autoPad.startsWith("SAME")) return size * stride;
    const extent = (window.dilations[axis] ?? 1) * ((window.kernel[axis] ?? 1) - 1) + 1;
    const pads = window.autoPad === "VALID" ? 0 : (window.padsBegin[axis] ?? 0) + (window.padsEnd[axis] ?? 0);
    return stride * (size - 1) + (outputPadding[axis] ?? 0) + extent - pads;
  });
}
