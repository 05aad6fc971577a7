/** ONNX's numbers for element types (`TensorProto.DataType`), as the attribute `to` of Cast has them. */
import type { ElementType } from "../graph.js";

const byNumber: ReadonlyMap<number, ElementType> = new Map<number, ElementType>([
  [1, "float32"],
  [2, "uint8"],
  [3, "int8"],
  [4, "uint16"],
  [5, "int16"],
  [6, "int32"],
  [7, "int64"],
  [9, "bool"],
  [10, "float16"],
  [11, "float64"],
  [12, "uint32"],
  [13, "uint64"],
  [16, "bfloat16"],
  [21, "uint4"],
  [22, "int4"],
]);

/** The element type with this number; `undefined` for those that constants here cannot hold. */
export function castType(number: number): ElementType | undefined {
  return byNumber.get(number);
}
