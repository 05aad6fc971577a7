/** From Quant nodes to the DSL's quantisers. */
import { numberAttribute, numbersAttribute, stringAttribute } from "../graph/attributes.js";
import { quantlensDomain } from "../graph/custom-op.js";
import { elementCount, type GraphNode, type Shape, type TensorData } from "../graph/graph.js";
import { maxBits } from "../dsl/quantizers.js";
import type { CallOptions, CallScale, QuantizerCall } from "./calls.js";
import { shapeOf, valuesOf, type GraphView } from "./graph-view.js";
import { shortestFloat32 } from "./numbers.js";

/** Where a quantiser stands, and what the DSL takes for granted there. */
export interface Place {
  /** The suffix of its node in the DSL: `act_quant`. */
  readonly suffix: "act_quant" | "input_quant" | "output_quant" | "weight_quant" | "bias_quant";
  /** The axis of the quantised tensor that may have a scale each. */
  readonly channelAxis: number;
}

/** A Quant node with the values of its parameters. */
export interface Quantization {
  readonly node: GraphNode;
  readonly bits: number;
  readonly signed: boolean;
  readonly narrow: boolean;
  readonly zeroPoint: number;
  readonly rounding: string;
  readonly scale: TensorData;
  readonly scaleShape: Shape;
}

export interface FoundQuantizer {
  readonly call: QuantizerCall;
  readonly scale?: CallScale;
}

const roundings: Readonly<Record<string, string>> = {
  ROUND: "round",
  HALF_EVEN: "round",
  FLOOR: "floor",
  CEIL: "ceil",
  ROUND_TO_ZERO: "roundToZero",
  DOWN: "roundToZero",
};

/** Reads a Quant node; a sentence's end when the DSL has no such quantiser. */
export function readQuant(view: GraphView, node: GraphNode): Quantization | string {
  const [, scaleName = "", zeroName, bitsName] = node.inputs;
  const [scale, bits] = [valuesOf(view, scaleName), valuesOf(view, bitsName)];
  const zeros = valuesOf(view, zeroName) ?? [0];
  if (bits?.length !== 1 || !isWidth(bits[0])) {
    return `has ${bits === undefined ? "a bit width that is computed from the input" : `a bit width of ${[...bits].slice(0, 3).join(", ")}`}, where the DSL has one whole number from 1 to ${maxBits}`;
  }
  if (!scale?.every((value) => value > 0 && Number.isFinite(value))) {
    return "has a scale that is not a constant above 0";
  }
  const [zeroPoint = 0] = zeros;
  if (!zeros.every((zero) => zero === zeroPoint) || !Number.isInteger(zeroPoint)) {
    return "has zero points that differ or are no whole numbers, where the DSL has one";
  }
  const rounding = roundings[stringAttribute(node, "rounding_mode", "ROUND").toUpperCase()];
  if (rounding === undefined) return `has the rounding mode "${stringAttribute(node, "rounding_mode", "")}"`;
  return {
    node,
    bits: bits[0],
    signed: numberAttribute(node, "signed", 1) !== 0,
    narrow: numberAttribute(node, "narrow", 0) !== 0,
    zeroPoint,
    rounding,
    scale,
    scaleShape: shapeOf(view, scaleName) ?? [scale.length],
  };
}

function isWidth(bits: number | undefined): bits is number {
  return bits !== undefined && Number.isInteger(bits) && bits >= 1 && bits <= maxBits;
}

/** An activation's quantiser: its scale is learned, unless it is 1, which makes plain integers. */
export function activationQuantizer(quant: Quantization, shape: Shape, place: Place): FoundQuantizer | string {
  const granularity = granularityOf(quant, shape, place.channelAxis);
  if (granularity === undefined) return "has scales that vary otherwise than by channel";
  const unit = quant.scale.every((value) => value === 1);
  const scaling: CallOptions = unit ? { scale: 1 } : granularity === "channel" ? { granularity } : {};
  return {
    call: integerCall(quant, place, scaling),
    ...(!unit && { scale: { suffix: place.suffix, data: quant.scale } }),
  };
}

/** `int` or `uint` with the options that differ from the DSL's defaults at this place. */
export function integerCall(quant: Quantization, { suffix }: Place, scaling: CallOptions): QuantizerCall {
  const { bits, signed, narrow, zeroPoint, rounding } = quant;
  const narrowByDefault = suffix === "weight_quant" && signed && bits > 1;
  // One signed bit is ±scale, whatever the range.
  const statesNarrow = narrow !== narrowByDefault && !(signed && bits === 1);
  return {
    quantizer: signed ? "int" : "uint",
    bits,
    options: {
      ...(zeroPoint !== 0 && { zeroPoint }),
      ...(statesNarrow && { narrow }),
      ...scaling,
      ...(rounding !== "round" && { rounding }),
    },
  };
}

/** Whether the tensor or each channel has a scale; `undefined` for anything else. */
export function granularityOf(
  { scale, scaleShape }: Quantization,
  shape: Shape,
  channelAxis: number,
): "tensor" | "channel" | undefined {
  if (scale.length === 1) return "tensor";
  const offset = shape.length - scaleShape.length;
  const varies = scaleShape.flatMap((size, axis) => (size === 1 ? [] : [axis + offset]));
  const isChannel = varies.length === 1 && varies[0] === channelAxis && shape[channelAxis] === scale.length;
  return isChannel && elementCount(scaleShape) === scale.length ? "channel" : undefined;
}

/** Scales as an option: one number, or one per channel. */
export function scaleOption(scale: TensorData): number | readonly number[] {
  const values = Array.from(scale, shortestFloat32);
  return values.every((value) => value === values[0]) ? (values[0] ?? 1) : values;
}

/** The code book of a node that this project's own exports have. */
export function codebookQuantizer(node: GraphNode): QuantizerCall | undefined {
  if (node.domain !== quantlensDomain || node.opType !== "CodebookQuant") return undefined;
  const levels = numbersAttribute(node, "levels");
  const bits = numberAttribute(node, "bits", 8);
  if (levels) return { quantizer: "int", bits: 8, options: { levels: levels.map(shortestFloat32) } };
  return { quantizer: "int", bits: isWidth(bits) ? bits : 8, options: { levels: "log" } };
}
