/** Constants as values: typed arrays by element type, and broadcasting over them. */
import { elementCount, type ElementType, type Shape, type Tensor, type TensorData } from "../graph.js";

/** A constant whose shape and values are known. */
export type TensorValue = Tensor & { readonly shape: Shape; readonly data: TensorData };

/** True when the tensor's shape and values are known. */
export function hasValue(tensor: Tensor | undefined): tensor is TensorValue {
  return tensor?.shape !== undefined && tensor.data !== undefined;
}

/** An array that holds this element type; 64-bit integers are kept in float64, half floats in float32. */
export function emptyData(elementType: ElementType, length: number): TensorData {
  switch (elementType) {
    case "float64":
    case "int64":
    case "uint64":
      return new Float64Array(length);
    case "int32":
      return new Int32Array(length);
    case "uint32":
      return new Uint32Array(length);
    case "int16":
      return new Int16Array(length);
    case "uint16":
      return new Uint16Array(length);
    case "int8":
    case "int4":
      return new Int8Array(length);
    case "uint8":
    case "uint4":
    case "bool":
      return new Uint8Array(length);
    default:
      return new Float32Array(length);
  }
}

/** A constant of this element type and shape, filled element by element. */
export function fillValue(elementType: ElementType, shape: Shape, element: (index: number) => number): TensorValue {
  const data = emptyData(elementType, elementCount(shape));
  for (let index = 0; index < data.length; index++) data[index] = element(index);
  return { name: "", elementType, shape, constant: true, data };
}

/**
 * A float32 constant that is filled when its data is first read. Quantised weights are made so: they are counted, and
 * hardly anything asks for their values. A copy by `{ ...value }` reads it.
 */
export function lazyFloats(name: string, shape: Shape, element: (index: number) => number): TensorValue {
  let data: TensorData | undefined;
  return {
    name,
    elementType: "float32",
    shape,
    constant: true,
    get data() {
      return (data ??= fillValue("float32", shape, element).data);
    },
  };
}

/** True for element types that hold whole numbers only. */
export function isIntegerType(elementType: ElementType): boolean {
  return elementType.startsWith("int") || elementType.startsWith("uint") || elementType === "bool";
}

/** Distance in elements between neighbours along each axis, row-major. */
export function rowMajorStrides(shape: Shape): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  }
  return strides;
}

/**
 * For each element of `shape` in order, the index of the element of `source` that broadcasts to it.
 * Gives a function of the flat index; scalars and per-channel scales (trailing dimensions 1) need no division chain.
 */
export function broadcastIndex(source: Shape, shape: Shape): (index: number) => number {
  const count = elementCount(source);
  if (count === 1) return () => 0;
  if (count === elementCount(shape)) return (index) => index;
  const offset = shape.length - source.length;
  const sourceStrides = rowMajorStrides(source);
  const strides = rowMajorStrides(shape);
  const axes = source.flatMap((size, axis) =>
    size === 1 ? [] : [{ size, from: strides[axis + offset] ?? 1, to: sourceStrides[axis] ?? 1 }],
  );
  return (index) => {
    let result = 0;
    for (const { size, from, to } of axes) result += (Math.floor(index / from) % size) * to;
    return result;
  };
}
