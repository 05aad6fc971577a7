import onnxProto, { type onnx } from "onnx-proto";
import { describe, expect, it } from "vitest";
import { encodeModel, oneNode, rawFloats, withInitializer } from "./testing/models.js";
import { readOnnx } from "./read.js";
import { read, refusal } from "./testing/reading.js";

const { DataLocation } = onnxProto.onnx.TensorProto;

const text = new TextEncoder();

/** A `TensorProto` field that onnx-proto's schema of 2021 knows no element type for. */
function dataType(code: number): Pick<onnx.ITensorProto, "dataType"> {
  return { dataType: code };
}

describe("initialisers", () => {
  const typed: readonly (readonly [string, onnx.ITensorProto, readonly number[]])[] = [
    ["float32", { dims: [2], dataType: 1, floatData: [0.5, -2] }, [0.5, -2]],
    ["float64", { dims: [2], dataType: 11, doubleData: [0.1, -2] }, [0.1, -2]],
    ["int8", { dims: [2], dataType: 3, int32Data: [-128, 127] }, [-128, 127]],
    ["uint8", { dims: [2], dataType: 2, int32Data: [0, 255] }, [0, 255]],
    ["int16", { dims: [2], dataType: 5, int32Data: [-32768, 32767] }, [-32768, 32767]],
    ["uint16", { dims: [2], dataType: 4, int32Data: [0, 65535] }, [0, 65535]],
    ["int32", { dims: [2], dataType: 6, int32Data: [-(2 ** 31), 2 ** 31 - 1] }, [-(2 ** 31), 2 ** 31 - 1]],
    ["uint32", { dims: [2], dataType: 12, uint64Data: [0, 2 ** 32 - 1] }, [0, 2 ** 32 - 1]],
    [
      "int64",
      { dims: [3], dataType: 7, int64Data: [-1, 2 ** 53 - 1, -(2 ** 53) + 1] },
      [-1, 2 ** 53 - 1, -(2 ** 53) + 1],
    ],
    ["uint64", { dims: [2], dataType: 13, uint64Data: [7, 2 ** 53 - 1] }, [7, 2 ** 53 - 1]],
    ["bool", { dims: [2], dataType: 9, int32Data: [0, 1] }, [0, 1]],
    ["float16", { dims: [4], dataType: 10, int32Data: [0x3c00, 0xc000, 0x0001, 0x7bff] }, [1, -2, 2 ** -24, 65504]],
    ["bfloat16", { dims: [2], dataType: 16, int32Data: [0x3f80, 0xc040] }, [1, -3]],
    ["int4", { dims: [3], ...dataType(22), int32Data: [0x7f, 0x08] }, [-1, 7, -8]],
    ["uint4", { dims: [3], ...dataType(21), int32Data: [0x7f, 0x08] }, [15, 7, 8]],
  ];
  it.each(typed)("%s in its typed field", (elementType, tensor, values) => {
    const found = read(withInitializer(tensor)).tensors.get("w");
    expect(found).toMatchObject({ elementType, shape: tensor.dims, constant: true });
    expect([...(found?.data ?? [])]).toEqual(values);
  });

  const raw: readonly (readonly [string, number, readonly number[], readonly number[]])[] = [
    ["float32", 1, [0, 0, 0, 63], [0.5]],
    ["float64", 11, [0, 0, 0, 0, 0, 0, 0xe0, 0x3f], [0.5]],
    ["int8", 3, [0x80, 0x7f], [-128, 127]],
    ["uint8", 2, [0xff], [255]],
    ["int16", 5, [0, 0x80], [-32768]],
    ["uint16", 4, [0xff, 0xff], [65535]],
    ["int32", 6, [0xff, 0xff, 0xff, 0xff], [-1]],
    ["uint32", 12, [0xff, 0xff, 0xff, 0xff], [2 ** 32 - 1]],
    ["int64", 7, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [-1]],
    ["uint64", 13, [1, 0, 0, 0, 1, 0, 0, 0], [2 ** 32 + 1]],
    ["bool", 9, [1, 0], [1, 0]],
    ["float16", 10, [0, 0x3c, 0, 0xfc], [1, -Infinity]],
    ["bfloat16", 16, [0x80, 0x3f], [1]],
    ["int4", 22, [0x8f, 0x01], [-1, -8, 1]],
    ["uint4", 21, [0x8f, 0x01], [15, 8, 1]],
  ];
  it.each(raw)("%s as raw data", (elementType, code, bytes, values) => {
    const graph = read(withInitializer({ dims: [values.length], ...dataType(code), rawData: Uint8Array.from(bytes) }));
    expect(graph.tensors.get("w")).toMatchObject({ elementType });
    expect([...(graph.tensors.get("w")?.data ?? [])]).toEqual(values);
  });

  it("reads values that are not packed", () => {
    const packed = { dims: [2], dataType: 1, floatData: [1, 2] };
    const bytes = withInitializer({ ...packed, name: "w" });
    // Field 4 once with wire type 2 and 8 bytes becomes field 4 twice with wire type 5 and 4 bytes each: as long.
    const start = bytes.findIndex((_, index) => [34, 8, 0, 0, 128, 63].every((byte, at) => bytes[index + at] === byte));
    expect(start).toBeGreaterThan(0);
    bytes.set([37, 0, 0, 128, 63, 37, 0, 0, 0, 64], start);
    expect([...(read(bytes).tensors.get("w")?.data ?? [])]).toEqual([1, 2]);
  });

  it("keeps text tensors without values", () => {
    const graph = read(withInitializer({ dims: [2], dataType: 8, stringData: [text.encode("a"), text.encode("b")] }));
    expect(graph.tensors.get("w")).toEqual({ name: "w", elementType: "string", shape: [2], constant: true });
  });

  it("lets the ends of int64 through, which mean 'to the end' in Slice", () => {
    const rawData = Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 127, 0, 0, 0, 0, 0, 0, 0, 128]);
    const graph = read(withInitializer({ dims: [2], dataType: 7, rawData }));
    expect([...(graph.tensors.get("w")?.data ?? [])]).toEqual([2 ** 63, -(2 ** 63)]);
  });

  const refused: readonly (readonly [string, onnx.ITensorProto, RegExp])[] = [
    [
      "a 64-bit integer beyond 2^53",
      { dims: [1], dataType: 7, rawData: Uint8Array.of(1, 0, 0, 0, 0, 0, 32, 0) },
      /"w" is beyond 2\^53/,
    ],
    [
      "raw data that is too short",
      { dims: [3], dataType: 1, rawData: rawFloats([1, 2]) },
      /"w" asks for 12 bytes and the file has 8/,
    ],
    [
      "raw data that is too long",
      { dims: [1], dataType: 1, rawData: rawFloats([1, 2]) },
      /asks for 4 bytes and the file has 8/,
    ],
    ["no data at all", { dims: [3], dataType: 1 }, /asks for 3 values and the file has 0/],
    ["huge dimensions", { dims: [2 ** 30, 2 ** 30], dataType: 1 }, /more elements than can be counted/],
    [
      "dimensions that are large and countable",
      { dims: [2 ** 20, 2 ** 20], dataType: 1 },
      /asks for 1099511627776 values and the file has 0/,
    ],
    ["a negative dimension", { dims: [-1], dataType: 1 }, /negative dimension -1/],
    ["complex numbers", { dims: [1], dataType: 14, floatData: [1, 2] }, /is complex64, which is not supported/],
    ["a type of tomorrow", { dims: [1], ...dataType(99) }, /is number 99, which is not supported/],
    ["no type", { dims: [1] }, /is number 0/],
    [
      "external data",
      {
        dims: [1],
        dataType: 1,
        dataLocation: DataLocation.EXTERNAL,
        externalData: [{ key: "location", value: "w.bin" }],
      },
      /in another file \(w\.bin\)/,
    ],
    [
      "external data without its entries",
      { dims: [1], dataType: 1, dataLocation: DataLocation.EXTERNAL },
      /in another file, which is not read/,
    ],
    ["segments", { dims: [1], dataType: 1, segment: { begin: 0, end: 1 } }, /in segments/],
    [
      "too many dimensions",
      { dims: new Array<number>(65).fill(1), dataType: 1, floatData: [1] },
      /more than 64 dimensions/,
    ],
    [
      "too few texts",
      { dims: [2], dataType: 8, stringData: [text.encode("a")] },
      /asks for 2 texts and the file has 1/,
    ],
  ];
  it.each(refused)("refuses %s", (_, tensor, message) => {
    expect(refusal(withInitializer(tensor))).toMatch(message);
  });

  it("refuses sparse initialisers", () => {
    const graph = oneNode({ opType: "Relu" });
    expect(refusal(encodeModel({ ...graph, sparseInitializer: [{ dims: [4] }] }))).toMatch(/sparse tensor/);
  });
});

describe("values that a file should have", () => {
  const tensor = (values: readonly number[]): onnx.ITensorProto => ({
    ...{ name: "w", dims: [values.length], dataType: 1 },
    rawData: rawFloats(values),
  });
  const dataOf = (bytes: Uint8Array, known: Float32Array | Float64Array) =>
    readOnnx(bytes, { known: new Map([["w", known]]) }).value?.tensors.get("w")?.data;

  it("stand for its own where all bits are the same", () => {
    const known = Float32Array.of(1, -0, NaN);
    expect(dataOf(withInitializer(tensor([1, -0, NaN])), known)).toBe(known);
  });

  it.each<[string, Float32Array | Float64Array]>([
    ["one bit is another", Float32Array.of(1, 0, 2)],
    ["there are more", Float32Array.of(1, -0, 2, 3)],
    ["their type is another", Float64Array.of(1, -0, 2)],
  ])("do not where %s", (_, known) => {
    expect(dataOf(withInitializer(tensor([1, -0, 2])), known)).toEqual(Float32Array.of(1, -0, 2));
  });
});
