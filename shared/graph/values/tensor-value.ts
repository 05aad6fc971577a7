/** Constants as values: typed arrays by element type, and broadcasting over them. */
import { elementCount, type ElementType, type Shape, type Tensor, type TensorData } from "../graph.js";

/** A constant whose shape and values are known. */
export type TensorValue = Tensor & { readonly shape: Shape; readonly data: TensorData };

/** True when the tensor's shape and values are known. */
export function hasValue(tensor: Tensor | undefined): tensor is TensorValue {
  return tensor?.shape !== undefined && tensor.data !== undefined;
}

/** An array that holds this element type, zeros; see `arrayOf`. */
export function emptyData(elementType: ElementType, length: number): TensorData {
  return new (arrayOf(elementType))(length);
}

/** The class of arrays that hold this element type; 64-bit integers are kept in float64, half floats in float32. */
function arrayOf(elementType: ElementType) {
  switch (elementType) {
    case "float64":
    case "int64":
    case "uint64":
      return Float64Array;
    case "int32":
      return Int32Array;
    case "uint32":
      return Uint32Array;
    case "int16":
      return Int16Array;
    case "uint16":
      return Uint16Array;
    case "int8":
    case "int4":
      return Int8Array;
    case "uint8":
    case "uint4":
    case "bool":
      return Uint8Array;
    default:
      return Float32Array;
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

/** Gives a tensor values that are made when they are read, in memory that may be used again. */
export type DeferValues = <T extends object>(
  tensor: T,
  make: (memory: ReusedMemory) => TensorData,
) => T & { readonly data: TensorData };

/** The opposite: each tensor has its values at once, and for good. */
export const heldValues: DeferValues = (tensor, make) => ({ ...tensor, data: make(emptyData) });

/** An array of this many elements, in memory that may hold other values. */
export type ReusedMemory = (elementType: ElementType, length: number) => TensorData;

/**
 * Of all tensors that one of these defers, only the one that was read last has its values, and **reading another
 * overwrites them**: for going once through a network that is larger than the memory for a copy of it. Copying by
 * `{ ...tensor }` counts as reading.
 */
export function deferredValues(): DeferValues {
  let last: { readonly owner: object; readonly data: TensorData } | undefined;
  let buffer = new ArrayBuffer(0);
  const memory: ReusedMemory = (elementType, length) => {
    const Values = arrayOf(elementType);
    const needed = length * Values.BYTES_PER_ELEMENT;
    if (needed > buffer.byteLength) buffer = new ArrayBuffer(needed);
    // A new array each time: what is remembered of values goes by the array.
    return new Values(buffer, 0, length);
  };
  return (tensor, make) =>
    Object.defineProperty(tensor, "data", {
      enumerable: true,
      get() {
        if (last?.owner !== tensor) last = { owner: tensor, data: make(memory) };
        return last.data;
      },
    }) as typeof tensor & { readonly data: TensorData };
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
