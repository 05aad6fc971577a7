import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readOnnx } from "./read.js";
import { encodeModel, oneNode, randomGraph, smallestConvolutions } from "./testing/models.js";
import { writeQonnx } from "./write.js";

/** A sentence for a person: no stack trace, no empty text, one full stop at the end. */
const sentence = /^[A-Z].*[^.]\.$/;

/** Reads and checks what holds for any bytes: a graph, or one sentence; never an exception. */
function readAnything(bytes: Uint8Array): ReturnType<typeof readOnnx> {
  const result = readOnnx(bytes);
  for (const { message } of result.problems) expect(message).toMatch(sentence);
  if (result.value === undefined) expect(result.problems).toHaveLength(1);
  return result;
}

const [graph] = fc.sample(randomGraph, { numRuns: 1, seed: 7 });
const model = graph === undefined ? new Uint8Array(0) : writeQonnx(graph);

describe("damaged files", () => {
  it("are refused when cut anywhere, or are whole but for what follows the graph", () => {
    const whole = readAnything(model).value;
    expect(whole?.nodes.length).toBeGreaterThan(0);
    let refused = 0;
    for (let length = 0; length < model.length; length++) {
      const { value } = readAnything(model.subarray(0, length));
      if (value === undefined) refused++;
      else expect(value).toEqual(whole);
    }
    // A cut between two operator sets, at the very end, cannot be seen.
    expect(refused).toBeGreaterThanOrEqual(model.length - 1);
  });

  it("give a graph or a sentence, whatever bytes are changed", () => {
    const damage = fc.array(fc.tuple(fc.nat(model.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(damage, (changes) => {
        const damaged = model.slice();
        for (const [position, byte] of changes) damaged[position] = byte;
        readAnything(damaged);
      }),
      { numRuns: 3000, seed: 8 },
    );
  });

  it("give a graph or a sentence, whatever piece is missing or doubled", () => {
    const piece = fc.tuple(fc.nat(model.length), fc.nat(40), fc.boolean());
    fc.assert(
      fc.property(piece, ([start, length, doubled]) => {
        const kept = doubled ? model.subarray(0, start + length) : model.subarray(0, start);
        readAnything(Uint8Array.from([...kept, ...model.subarray(doubled ? start : start + length)]));
      }),
      { numRuns: 1000, seed: 9 },
    );
  });

  it("are refused when they are noise", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        readAnything(bytes);
      }),
      { numRuns: 3000, seed: 10 },
    );
  });
});

describe("files that are something else", () => {
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  const files: readonly (readonly [string, Uint8Array])[] = [
    ["empty", new Uint8Array(0)],
    ["a PNG image", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d)],
    ["a zip archive", text("PK\x03\x04\x14\x00")],
    ["an HDF5 file", Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a)],
    ["a JSON file", text('{"nodes": []}')],
    ["a web page", text("<!DOCTYPE html><html></html>")],
    ["an XML file", text('<?xml version="1.0"?><a/>')],
    ["a text file", text("Hello, this is not a model. Grüße.")],
    ["a Git LFS pointer", text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")],
    ["filled with zeros", new Uint8Array(100)],
  ];
  it.each(files)("%s: the message says so", (kind, bytes) => {
    expect(readAnything(bytes).problems[0]?.message).toContain(`The file is ${kind}`);
  });
});

/** A length-delimited field. */
function field(number: number, payload: Uint8Array): Uint8Array {
  const header = [(number << 3) | 2];
  let length = payload.length;
  for (; length > 127; length = Math.floor(length / 128)) header.push((length & 127) | 128);
  const bytes = new Uint8Array(header.length + 1 + payload.length);
  bytes.set([...header, length]);
  bytes.set(payload, header.length + 1);
  return bytes;
}

describe("files that want too much", () => {
  const million = 1_000_000;
  const filled = (bytes: readonly number[], count: number): Uint8Array =>
    Buffer.alloc(bytes.length * count, Uint8Array.from(bytes));

  it("are refused when small bytes stand for large objects", () => {
    const emptyNodes = filled([0x0a, 0x00], 2 * million);
    expect(readAnything(field(7, emptyNodes)).problems[0]?.message).toContain("node without an operator");
    const tinyNodes = filled([0x0a, 0x03, 0x22, 0x01, 0x41], million / 2);
    expect(readAnything(field(7, tinyNodes)).problems[0]?.message).toContain("far more in memory");
  });

  it("are refused when what they describe takes more than 1 GiB, before it does", () => {
    // Nothing but the headers of a graph, a node and its name is ever touched of these bytes.
    const bytes = new Uint8Array(550 * million);
    const header = (number: number, length: number): number[] => [
      (number << 3) | 2,
      ...[0, 7, 14, 21].map((shift) => ((length >> shift) & 127) | 128),
      length >> 28,
    ];
    bytes.set([7, 1, 3].flatMap((number, depth) => header(number, bytes.length - 6 * (depth + 1))));
    expect(readAnything(bytes).problems[0]?.message).toContain("far more in memory");
  });

  it("are one sentence of a readable length, however long their names", () => {
    const name = "n".repeat(million);
    const [problem] = readAnything(encodeModel(oneNode({ name, opType: "Relu", input: [name] }))).problems;
    expect(problem?.message.length).toBeLessThan(1100);
    expect(problem?.message).toMatch(/^The node "nnn.*; export the model again\.$/);
  });

  it("say nothing to a terminal that it would obey, whatever their names", () => {
    const named = encodeModel(oneNode({ name: "\u001b[31mred", opType: "Relu", input: ["\u001b]0;title\u0007"] }));
    const [problem] = readAnything(named).problems;
    expect(problem?.message).toContain('The node "\ufffd[31mred" (Relu) reads "\ufffd]0;title\ufffd"');
  });

  it("are read in a time that grows with their size, even when all nodes have the same name", () => {
    // Each search for a free name that began anew took a minute for these.
    const count = 30_000;
    const tensor = (index: number): string => (index === 0 ? "x" : index === count ? "y" : `t${index}`);
    const node = Array.from({ length: count }, (_, index) => ({
      ...{ name: "a", opType: "Relu" },
      ...{ input: [tensor(index)], output: [tensor(index + 1)] },
    }));
    const { value } = readAnything(encodeModel({ ...oneNode({}), node }));
    expect(new Set(value?.nodes.map(({ name }) => name)).size).toBe(count);
    expect(value?.nodes.at(-1)?.name).toBe(`a_${count - 1}`);
  });

  it("are refused when they nest deeply", () => {
    let nested: Uint8Array = new Uint8Array(0);
    for (let depth = 0; depth < 2000; depth++) nested = field(6, field(5, field(1, nested)));
    expect(readAnything(field(7, nested)).value).toBeUndefined();
    const groups = filled([0x0b], million);
    expect(readAnything(groups).value).toBeUndefined();
  });

  it("are read when they nest subgraphs deeply, without looking into them", () => {
    let inner: Uint8Array = new Uint8Array(0);
    for (let depth = 0; depth < 1000; depth++) inner = field(1, field(5, field(6, inner)));
    const attribute = field(5, field(6, inner));
    const names = [
      ...field(1, Uint8Array.of(0x78)),
      ...field(2, Uint8Array.of(0x79)),
      ...field(4, Uint8Array.of(0x41)),
    ];
    const node = field(1, Uint8Array.from([...names, ...attribute]));
    const rest = encodeModel({ ...oneNode({}), node: [] });
    const start = rest.lastIndexOf(58);
    expect(start).toBeGreaterThan(0);
    const whole = Uint8Array.from([...rest.subarray(0, start), 58, ...lengthOf(rest, start, node)]);
    expect(readAnything(whole).value?.nodes).toHaveLength(1);
  });
});

describe("files of many small things", () => {
  it("are read as they were written", () => {
    const graph = smallestConvolutions(14_000);
    const { value, problems } = readAnything(writeQonnx(graph));
    expect(problems).toEqual([]);
    expect(value?.nodes).toHaveLength(graph.nodes.length);
    expect(value?.tensors.size).toBe(graph.tensors.size);
  });

  it("are read where all that a file has is an empty tensor, a scalar or a size of zero", () => {
    const initializers = [
      { name: "empty", dataType: 1, dims: [0] },
      { name: "none", dataType: 1, dims: [3, 0, 2], rawData: new Uint8Array(0) },
      { name: "scalar", dataType: 1, dims: [], floatData: [0.5] },
      { name: "shape", dataType: 7, dims: [0], int64Data: [] },
    ];
    const { value } = readAnything(encodeModel(oneNode({ opType: "Sum" }, initializers)));
    const sizes = initializers.map(({ name }) => value?.tensors.get(name)?.data?.length);
    expect(sizes).toEqual([0, 0, 1, 0]);
  });

  it("are read with 100,000 scalars without a node that reads them", () => {
    const initializer = Array.from({ length: 100_000 }, (_, index) => ({
      ...{ name: String(index), dataType: 1, dims: [], rawData: new Uint8Array(4) },
    }));
    const graph = { ...oneNode({ opType: "Relu" }), initializer };
    expect(readAnything(encodeModel(graph)).value?.tensors.size).toBe(100_002);
  });
});

/** The graph field's length and bytes with one more node in front. */
function lengthOf(bytes: Uint8Array, start: number, node: Uint8Array): Uint8Array {
  const length = bytes[start + 1] ?? 0;
  const body = bytes.subarray(start + 2, start + 2 + length);
  const after = bytes.subarray(start + 2 + length);
  const graphField = field(7, Uint8Array.from([...node, ...body]));
  return Uint8Array.from([...graphField.subarray(1), ...after]);
}
