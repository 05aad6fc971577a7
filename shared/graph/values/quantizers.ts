/**
 * Values of quantisers on constants: Quant, IntQuant, BipolarQuant, QuantizeLinear, DequantizeLinear.
 *
 * Quant follows `custom_op/general/quant.py` of finn-base and qonnx: scale, shift by the zero point, clamp, round,
 * shift back and scale back, each step in float32.
 */
import { numberAttribute, stringAttribute } from "../attributes.js";
import { elementCount, type GraphNode, type Shape, type TensorData } from "../graph.js";
import { roundHalfToEven, roundingFunction, roundsHalfToEven } from "./rounding.js";
import { broadcastIndex, fillValue, isIntegerType, lazyFloats, type TensorValue } from "./tensor-value.js";

/** A quantiser with constant parameters, as a function of one element. */
export interface Quantizer {
  readonly shape: Shape;
  /** The quantised value (not the integer) of the element at this index of the input. */
  element(index: number): number;
  /** Present when an element is zero just where `input / scale` rounds half-to-even to zero (or below, unsigned). */
  readonly plain?: PlainQuantizer;
}

/** Zero point 0, ordinary rounding, positive scales that are constant over blocks of consecutive elements. */
export interface PlainQuantizer {
  readonly signed: boolean;
  readonly block: number;
  /** The scale of the element at this index. */
  scaleAt(index: number): number;
}

/** Least and greatest integer of a quantiser. */
export function integerRange(
  bits: number,
  signed: boolean,
  narrow: boolean,
): { readonly min: number; readonly max: number } {
  if (signed) return { min: -(2 ** (bits - 1)) + (narrow ? 1 : 0), max: 2 ** (bits - 1) - 1 };
  return { min: 0, max: 2 ** bits - (narrow ? 2 : 1) };
}

/** Reads a Quant node over a constant; `bits` and the factor on the scale differ from the node's own in a what-if. */
export function quantizerOf(
  node: GraphNode,
  [input, scale, zeroPoint, bitWidth]: readonly TensorValue[],
  change?: { readonly bits: number; readonly scaleFactor: number },
): Quantizer | undefined {
  if (!input || !scale || !zeroPoint) return undefined;
  const bits = change?.bits ?? bitWidth?.data[0];
  if (bits === undefined) return undefined;
  const signed = numberAttribute(node, "signed", 1) !== 0;
  const { min, max } = integerRange(bits, signed, numberAttribute(node, "narrow", 0) !== 0);
  const mode = stringAttribute(node, "rounding_mode", "ROUND");
  const round = roundingFunction(mode);
  const scaleIndex = broadcastIndex(scale.shape, input.shape);
  const zeroIndex = broadcastIndex(zeroPoint.shape, input.shape);
  const factor = change?.scaleFactor ?? 1;
  const scaleAt = (index: number) => Math.fround((scale.data[scaleIndex(index)] ?? 1) * factor);
  const bipolar = bits === 1 && signed;
  const ordinary = !bipolar && max >= 1 && roundsHalfToEven(mode) && zeroPoint.data.every((zero) => zero === 0);
  const block = ordinary && isPositive(scale.data, factor) ? blockOf(scale.shape, input.shape) : undefined;
  return {
    shape: input.shape,
    element(index) {
      const s = scaleAt(index);
      const zero = zeroPoint.data[zeroIndex(index)] ?? 0;
      const scaled = Math.fround(Math.fround((input.data[index] ?? 0) / s) + zero);
      const integer = bipolar ? (scaled >= 0 ? 1 : -1) : round(clamp(scaled, min, max));
      return Math.fround(Math.fround(integer - zero) * s);
    },
    ...(block !== undefined && { plain: { signed, block, scaleAt } }),
  };
}

/** How many consecutive elements share a scale, for a scale per tensor or per slice of the first axis. */
function blockOf(scale: Shape, shape: Shape): number | undefined {
  const [first = 1, ...rest] = scale.length === shape.length ? scale : [1, ...scale];
  const count = elementCount(shape);
  if (rest.some((size) => size !== 1)) return undefined;
  if (first === 1) return count;
  return first === shape[0] ? count / first : undefined;
}

function isPositive(scales: TensorData, factor: number): boolean {
  return scales.every((scale) => Number.isFinite(scale) && Math.fround(scale * factor) > 0);
}

/** The value of a quantiser node, or `undefined` when the op is none or it has a form that is not evaluated. */
export function evaluateQuantizer(node: GraphNode, inputs: readonly TensorValue[]): TensorValue | undefined {
  const [output = ""] = node.outputs;
  switch (node.opType) {
    case "Quant":
    case "IntQuant": {
      const quantizer = quantizerOf(node, inputs);
      return quantizer && lazyFloats(output, quantizer.shape, (index) => quantizer.element(index));
    }
    case "BipolarQuant": {
      const [input, scale] = inputs;
      if (!input || !scale) return undefined;
      const at = broadcastIndex(scale.shape, input.shape);
      return lazyFloats(output, input.shape, (index) => {
        const s = scale.data[at(index)] ?? 1;
        return (input.data[index] ?? 0) >= 0 ? s : -s;
      });
    }
    case "QuantizeLinear":
      return evaluateQuantizeLinear(node, inputs);
    case "DequantizeLinear":
      return evaluateDequantizeLinear(node, inputs);
    default:
      return undefined;
  }
}

const containerRange: ReadonlyMap<string, readonly [number, number]> = new Map(
  [4, 8, 16, 32].flatMap((bits) => [
    [`int${bits}`, [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]] as const,
    [`uint${bits}`, [0, 2 ** bits - 1]] as const,
  ]),
);

function evaluateQuantizeLinear(
  node: GraphNode,
  [input, scale, zeroPoint]: readonly TensorValue[],
): TensorValue | undefined {
  if (!input || !scale) return undefined;
  const elementType = zeroPoint?.elementType ?? "uint8";
  const range = containerRange.get(elementType);
  const at = parameterIndex(node, input.shape, scale);
  if (!range || !at) return undefined;
  const [min, max] = range;
  return fillValue(elementType, input.shape, (index) => {
    const scaled = Math.fround((input.data[index] ?? 0) / (scale.data[at(index)] ?? 1));
    return clamp(roundHalfToEven(scaled) + zeroOf(zeroPoint, at(index)), min, max);
  });
}

function evaluateDequantizeLinear(
  node: GraphNode,
  [input, scale, zeroPoint]: readonly TensorValue[],
): TensorValue | undefined {
  if (!input || !scale || !isIntegerType(input.elementType)) return undefined;
  const at = parameterIndex(node, input.shape, scale);
  if (!at) return undefined;
  return fillValue("float32", input.shape, (index) => {
    const integer = (input.data[index] ?? 0) - zeroOf(zeroPoint, at(index));
    return Math.fround(integer * (scale.data[at(index)] ?? 1));
  });
}

/** Per tensor, or per slice along `axis`; block quantisation has no answer here. */
function parameterIndex(node: GraphNode, shape: Shape, scale: TensorValue): ((index: number) => number) | undefined {
  if (scale.data.length === 1) return () => 0;
  const axis = numberAttribute(node, "axis", 1);
  const place = axis < 0 ? axis + shape.length : axis;
  if (scale.shape.length !== 1 || scale.data.length !== shape[place]) return undefined;
  const aligned = shape.map((size, at) => (at === place ? size : 1));
  return broadcastIndex(aligned, shape);
}

function zeroOf(zeroPoint: { readonly data: TensorData } | undefined, index: number): number {
  return zeroPoint?.data[index] ?? 0;
}

/** NaN stays NaN, as in NumPy's comparisons. */
function clamp(x: number, min: number, max: number): number {
  if (x > max) return max;
  return x < min ? min : x;
}
