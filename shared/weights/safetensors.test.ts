import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TensorData } from "../graph/graph.js";
import { CHECKPOINT_KEY, readSafetensors, readSafetensorsFile, writeSafetensors } from "./safetensors.js";
import type { WeightEntry } from "./types.js";

const utf8 = new TextEncoder();

/** A file with this header text and data. */
function file(header: string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = utf8.encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

/** The one sentence of a file that cannot be used. */
function refusal(bytes: Uint8Array): string {
  const { value, problems } = readSafetensors(bytes);
  expect(value).toBeUndefined();
  expect(problems).toHaveLength(1);
  const message = problems[0]?.message ?? "";
  expect(message).toMatch(/^[A-Z].*[^.]\.$/);
  return message;
}

const data: fc.Arbitrary<TensorData> = fc.oneof(
  fc.float32Array({ maxLength: 12 }),
  fc.float64Array({ maxLength: 12 }),
  fc.int8Array({ maxLength: 12 }),
  fc.uint8Array({ maxLength: 12 }),
  fc.int16Array({ maxLength: 12 }),
  fc.uint16Array({ maxLength: 12 }),
  fc.int32Array({ maxLength: 12 }),
  fc.uint32Array({ maxLength: 12 }),
);

const entry: fc.Arbitrary<WeightEntry> = fc
  .tuple(fc.string(), data, fc.option(data, { nil: undefined }))
  .map(([name, values, scale]) => ({
    name: `w/${name}`,
    shape: [1, values.length],
    data: values,
    ...(scale && { scale: { shape: [scale.length], data: scale } }),
  }));

const entries = fc
  .uniqueArray(entry, { selector: ({ name }) => name, maxLength: 5 })
  .filter((list) => !list.some(({ name }) => name.endsWith(".scale")));

describe("safetensors", () => {
  it("are read as they were written, values, names, order and scales", () => {
    fc.assert(
      fc.property(entries, (list) => {
        const bytes = writeSafetensors(list, { format: "pt" });
        expect(writeSafetensors(list, { format: "pt" })).toEqual(bytes);
        const { value, problems } = readSafetensors(bytes, "file");
        expect(problems).toEqual([]);
        expect(value).toEqual({ source: "file", entries: list });
      }),
      { seed: 4 },
    );
  });

  it("are read piece by piece, the wanted tensors alone", () => {
    const bytes = writeSafetensors([
      { name: "a", shape: [2], data: Float32Array.of(1, 2) },
      { name: "b", shape: [1], data: Int8Array.of(3) },
    ]);
    const read: (readonly [number, number])[] = [];
    const source = {
      length: bytes.length,
      read: (start: number, target: Uint8Array) => {
        read.push([start, target.length]);
        target.set(bytes.subarray(start, start + target.length));
      },
    };
    const { value } = readSafetensorsFile(source, (name, names) => name === "b" && names.has("a"));
    expect(value?.tensors).toEqual([{ name: "b", shape: [1], data: Int8Array.of(3) }]);
    expect(read.at(-1)).toEqual([bytes.length - 1, 1]);
    expect(read.some(([start, length]) => start === bytes.length - 9 && length === 8)).toBe(false);
  });

  it("are laid out as the format says", () => {
    const bytes = writeSafetensors([{ name: "a", shape: [2], data: Float32Array.of(1, 2) }]);
    const length = new DataView(bytes.buffer).getUint32(0, true);
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    expect(length % 8).toBe(0);
    expect(JSON.parse(header)).toEqual({ a: { dtype: "F32", shape: [2], data_offsets: [0, 8] } });
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 128, 63, 0, 0, 0, 64]);
  });

  const types: readonly (readonly [string, readonly number[], readonly number[]])[] = [
    ["F64", [0, 0, 0, 0, 0, 0, 0xe0, 0x3f], [0.5]],
    ["F16", [0, 0x3c, 1, 0], [1, 2 ** -24]],
    ["BF16", [0x80, 0xbf], [-1]],
    ["I64", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [-1]],
    ["U64", [1, 0, 0, 0, 0, 0, 0, 0], [1]],
    ["I8", [0x80], [-128]],
    ["BOOL", [1, 0], [1, 0]],
  ];
  it.each(types)("reads %s", (dtype, bytes, values) => {
    const header = JSON.stringify({ a: { dtype, shape: [values.length], data_offsets: [0, bytes.length] } });
    const { value } = readSafetensors(file(header, Uint8Array.from(bytes)));
    expect([...(value?.entries[0]?.data ?? [])]).toEqual(values);
  });

  it("are read when nearly all of them is names: as many small tensors as training makes of thousands of layers", () => {
    const count = 100_000;
    const name = (index: number) => `optimizer/exp_avg/depthwiseSeparable.${index}.convNormReLU.conv.weight`;
    const entries = Array.from({ length: count }, (_, index) => ({
      ...{ name: name(index), shape: [], data: Float32Array.of(index) },
    }));
    const { value, problems } = readSafetensors(writeSafetensors(entries));
    expect(problems).toEqual([]);
    expect(value?.entries).toHaveLength(count);
    expect(value?.entries.at(-1)).toEqual(entries.at(-1));
  });

  it("are read when they are the shortest that the format allows", () => {
    const names = Array.from({ length: 26 }, (_, index) => String.fromCharCode(97 + index));
    const fields = names.map((name, at) => `"${name}":{"dtype":"U8","shape":[],"data_offsets":[${at},${at + 1}]}`);
    expect(readSafetensors(file(`{${fields.join(",")}}`, new Uint8Array(26))).value?.entries).toHaveLength(26);
    expect(readSafetensors(file("{}")).value?.entries).toEqual([]);
  });

  it("takes tensors named __proto__ and constructor for tensors, and leaves metadata out", () => {
    const one = (start: number) => `{"dtype":"U8","shape":[1],"data_offsets":[${start},${start + 1}]}`;
    const header = `{"__metadata__":{"a":"b"},"__proto__":${one(0)},"constructor":${one(1)}}`;
    const { value } = readSafetensors(file(header, Uint8Array.of(1, 2)));
    expect(value?.entries.map(({ name }) => name)).toEqual(["__proto__", "constructor"]);
  });

  const tensor = (fields: object) =>
    JSON.stringify({ a: { dtype: "F32", shape: [1], data_offsets: [0, 4], ...fields } });
  const four = new Uint8Array(4);
  const broken: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["an empty file", new Uint8Array(0), /has 0 bytes/],
    ["a file of seven bytes", new Uint8Array(7), /too short/],
    ["zeros", new Uint8Array(64), /filled with zeros/],
    ["a PNG image", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0), /is a PNG image/],
    ["a header longer than the file", file("{}").fill(0xff, 0, 2), /announces a header of 65535 bytes/],
    ["a header beyond 2^53", file("{}").fill(0xff, 0, 8), /announces a header of/],
    ["a header that is no JSON", file("{]"), /not the JSON object/],
    ["a header that is a list", file("[1]"), /not the JSON object/],
    ["a header that is not UTF-8", file("{ }").fill(0xff, 9, 10), /not the JSON object/],
    ["a header of empty lists", file(`{"a":[${"[],".repeat(100_000)}[]]}`), /not the JSON object/],
    ["a deeply nested header", file("[".repeat(100_000)), /not the JSON object/],
    ["a tensor that is a number", file('{"a":1}'), /"a".*not described by an object/],
    ["an unknown type", file(tensor({ dtype: "F4" }), four), /element type F4/],
    ["a negative dimension", file(tensor({ shape: [-1] }), four), /no shape/],
    [
      "a shape that is too large",
      file(tensor({ shape: [2 ** 40, 2 ** 40] }), four),
      /"a".*more elements than can be counted/,
    ],
    ["no offsets", file(tensor({ data_offsets: [] }), four), /no data_offsets/],
    ["offsets that run backwards", file(tensor({ data_offsets: [4, 0] }), four), /has -4/],
    ["an offset behind the end", file(tensor({ data_offsets: [4, 8] }), four), /begins at byte 4 of the data, where 0/],
    ["too little data", file(tensor({}), new Uint8Array(3)), /has 3 bytes of data and its tensors 4/],
    ["too much data", file(tensor({}), new Uint8Array(5)), /has 5 bytes of data and its tensors 4/],
    [
      "tensors that overlap",
      file(
        JSON.stringify({
          a: { dtype: "U8", shape: [3], data_offsets: [0, 3] },
          b: { dtype: "U8", shape: [2], data_offsets: [2, 4] },
        }),
        four,
      ),
      /"b" begins at byte 2 of the data, where 3/,
    ],
    [
      "a 64-bit integer beyond 2^53",
      file(tensor({ dtype: "I64", data_offsets: [0, 8] }), new Uint8Array(8).fill(0x7f)),
      /beyond 2\^53/,
    ],
  ];
  const weights: readonly WeightEntry[] = [
    { name: "a/b.weight", shape: [1, 2], data: Float32Array.of(0, 1) },
    { name: "mask/a/b.weight", shape: [1, 2], data: Uint8Array.of(0, 1) },
  ];

  it("are the weights alone when they are a checkpoint of ours", () => {
    const names = (metadata: Readonly<Record<string, string>>) =>
      readSafetensors(writeSafetensors(weights, metadata)).value?.entries.map(({ name }) => name);
    expect(names({ [CHECKPOINT_KEY]: "{}" })).toEqual(["a/b.weight"]);
    expect(names({ format: "pt" })).toEqual(["a/b.weight", "mask/a/b.weight"]);
  });

  it("can be read with all that is in them", () => {
    const { value } = readSafetensorsFile(writeSafetensors(weights, { [CHECKPOINT_KEY]: "{}", format: "pt" }));
    expect(value?.tensors).toEqual(weights);
    expect([...(value?.metadata ?? [])]).toEqual([
      [CHECKPOINT_KEY, "{}"],
      ["format", "pt"],
    ]);
    const odd = readSafetensorsFile(file('{"__metadata__":{"a":1,"b":"text","c":["x"]}}')).value;
    expect([...(odd?.metadata ?? [])]).toEqual([["b", "text"]]);
    expect(readSafetensorsFile(file("[]")).problems).toHaveLength(1);
  });

  it.each(broken)("refuses %s", (_, bytes, message) => {
    expect(refusal(bytes)).toMatch(message);
  });

  it("give entries or one sentence, whatever bytes are changed or cut", () => {
    const list = [
      { name: "conv.weight", shape: [2, 1, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      { name: "fc.weight", shape: [1, 2], data: Int8Array.of(1, 2), scale: { shape: [], data: Float32Array.of(0.5) } },
    ];
    const whole = writeSafetensors(list);
    for (let length = 0; length < whole.length; length++) refusal(whole.subarray(0, length));
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(damage, (changes) => {
        const damaged = whole.slice();
        for (const [position, byte] of changes) damaged[position] = byte;
        const { value, problems } = readSafetensors(damaged);
        expect(problems).toHaveLength(value === undefined ? 1 : 0);
      }),
      { numRuns: 3000, seed: 5 },
    );
  });
});
