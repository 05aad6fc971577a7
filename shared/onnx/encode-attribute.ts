/** Node attributes to ONNX `AttributeProto`s. The graph keeps no int/float distinction; the operators' schemas do. */
import onnxProto, { type onnx } from "onnx-proto";
import { quantlensDomain } from "../graph/custom-op.js";
import type { AttributeValue } from "../graph/graph.js";
import { encodeTensor } from "./encode-tensor.js";
import { int64Words } from "./raw-data.js";

const { AttributeType } = onnxProto.onnx.AttributeProto;

/** Attributes that ONNX's and QONNX's operators declare as float, so that a 1 among them must not become an int. */
const floatAttributes = new Set([
  ...["alpha", "beta", "gamma", "epsilon", "momentum", "ratio", "bias", "lambd", "mean", "scale", "scales"],
  ...["min", "max", "value", "spatial_scale", "cubic_coeff_a", "extrapolation_value", "threshold"],
  ...["out_scale", "out_bias", "clip", "activation_alpha", "activation_beta"],
]);

const utf8 = new TextEncoder();

/** The `AttributeProto` of one attribute of a node in this domain. */
export function encodeAttribute(name: string, value: AttributeValue, domain: string): onnx.IAttributeProto {
  if (typeof value === "string") return { name, type: AttributeType.STRING, s: utf8.encode(value) };
  if (typeof value === "number") {
    return isFloat(name, [value], domain)
      ? { name, type: AttributeType.FLOAT, f: value }
      : { name, type: AttributeType.INT, i: int64(value) };
  }
  if ("elementType" in value) {
    const { shape = [], data, elementType } = value;
    return { name, type: AttributeType.TENSOR, t: encodeTensor({ name: value.name, elementType, shape, data }) };
  }
  const numbers = value.filter((item) => typeof item === "number");
  if (numbers.length < value.length) {
    return { name, type: AttributeType.STRINGS, strings: value.map((item) => utf8.encode(String(item))) };
  }
  return isFloat(name, numbers, domain)
    ? { name, type: AttributeType.FLOATS, floats: numbers }
    : { name, type: AttributeType.INTS, ints: numbers.map(int64) };
}

function isFloat(name: string, values: readonly number[], domain: string): boolean {
  return (domain !== quantlensDomain && floatAttributes.has(name)) || !values.every((value) => Number.isInteger(value));
}

/** protobufjs writes a number up to 2^53 exactly; the ends of int64 must be given as words. */
function int64(value: number): number | { low: number; high: number; unsigned: boolean } {
  return Number.isSafeInteger(value) ? value : { ...int64Words(value), unsigned: false };
}
