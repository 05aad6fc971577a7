/** Values to ONNX `TensorProto`s with raw data, the inverse of `tensor-proto.ts`. */
import type { onnx } from "onnx-proto";
import { elementCount, type ElementType, type Shape, type TensorData } from "../graph/graph.js";
import { encodeRaw } from "./raw-data.js";
import { elementTypeCodes } from "./tensor-proto.js";

/** A tensor to be written. Text has no values here: its elements are written empty. */
export interface TensorValues {
  readonly name: string;
  readonly elementType: ElementType;
  readonly shape: Shape;
  readonly data: TensorData | undefined;
}

/** The `TensorProto`. An unknown element type is written as float32, ONNX's default. */
export function encodeTensor({ name, elementType, shape, data }: TensorValues): onnx.ITensorProto {
  const stored = elementType === "undefined" ? "float32" : elementType;
  const base = { name, dims: [...shape], dataType: elementTypeCodes[stored] };
  if (stored === "string" || data === undefined) {
    return { ...base, stringData: Array.from({ length: elementCount(shape) }, () => new Uint8Array(0)) };
  }
  return { ...base, rawData: encodeRaw(data, stored) };
}
