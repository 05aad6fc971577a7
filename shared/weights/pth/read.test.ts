import { readFileSync } from "node:fs";
import fc from "fast-check";
import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { goldenPath, hasGolden } from "../../testing/golden.js";
import { readPth } from "./read.js";

/** A pickle by hand: texts are taken as Latin-1, so opcodes can be written as characters. */
function pickle(...parts: readonly (string | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...strToU8(part, true)] : part)));
}

const unicode = (text: string) => ["X", [text.length, 0, 0, 0], text] as const;
const int = (value: number) => ["K", [value]] as const;
const protocol = ["\x80", [2]] as const;

/** `_rebuild_tensor_v2(("storage", type, key, "cpu", size), offset, shape, stride, False, OrderedDict())`. */
function tensor(options: {
  type?: string;
  key?: string;
  size: number;
  offset?: number;
  shape: number[];
  stride: number[];
}) {
  const { type = "FloatStorage", key = "0", size, offset = 0, shape, stride } = options;
  return [
    ...["ctorch._utils\n_rebuild_tensor_v2\n", "(("],
    ...unicode("storage"),
    `ctorch\n${type}\n`,
    ...unicode(key),
    ...unicode("cpu"),
    ...int(size),
    ...["t", "Q"],
    ...int(offset),
    ...["(", ...shape.flatMap(int), "t", "(", ...stride.flatMap(int), "t"],
    ...["\x89", "ccollections\nOrderedDict\n", ")", "R", "t", "R"],
  ];
}

function checkpoint(data: Uint8Array, storages: Readonly<Record<string, Float32Array>> = {}): Uint8Array {
  const files = Object.entries(storages).map(([key, values]) => [`net/data/${key}`, new Uint8Array(values.buffer)]);
  return zipSync({ "net/data.pkl": data, ...(Object.fromEntries(files) as Record<string, Uint8Array>) }, { level: 0 });
}

const six = Float32Array.of(1, 2, 3, 4, 5, 6);

function messageOf(bytes: Uint8Array): string {
  const { value, problems } = readPth(bytes);
  expect(value).toBeUndefined();
  expect(problems).toHaveLength(1);
  return problems[0]?.message ?? "";
}

describe("readPth", () => {
  it("reads a state dictionary", () => {
    const body = pickle(
      ...protocol,
      "}(",
      ...unicode("a.weight"),
      ...tensor({ size: 6, shape: [2, 3], stride: [3, 1] }),
      ...unicode("a.bias"),
      ...tensor({ size: 6, offset: 4, shape: [2], stride: [1] }),
      ...unicode("epoch"),
      ...int(7),
      "u.",
    );
    expect(readPth(checkpoint(body, { 0: six })).value?.entries).toEqual([
      { name: "a.weight", shape: [2, 3], data: six },
      { name: "a.bias", shape: [2], data: Float32Array.of(5, 6) },
    ]);
  });

  it("looks through the wrapper of a training script and joins other nested names", () => {
    const inner = ["}", ...unicode("w"), ...tensor({ size: 6, shape: [6], stride: [1] }), "s"];
    const body = pickle(...protocol, "}(", ...unicode("state_dict"), ...inner, ...unicode("ema"), ...inner, "u.");
    expect(readPth(checkpoint(body, { 0: six })).value?.entries.map(({ name }) => name)).toEqual(["w", "ema.w"]);
  });

  it("gathers a transposed tensor", () => {
    const body = pickle(...protocol, "}", ...unicode("w"), ...tensor({ size: 6, shape: [3, 2], stride: [1, 3] }), "s.");
    expect(readPth(checkpoint(body, { 0: six })).value?.entries[0]?.data).toEqual(Float32Array.of(1, 4, 2, 5, 3, 6));
  });

  it.each([
    [
      "a call of a function",
      pickle(...protocol, "cos\nsystem\n", "(", ...unicode("true"), "tR."),
      /asks for "os\.system"/,
    ],
    ["a call of a builtin", pickle(...protocol, "cbuiltins\neval\n", "(", ...unicode("1"), "tR."), /"builtins\.eval"/],
    ["a name of Object's prototype", pickle(...protocol, "c__proto__\nconstructor\n", ")R."), /asks for/],
    ["an object with its own state", pickle(...protocol, "\x81."), /opcode 0x81/],
    ["no tensors", pickle(...protocol, "}."), /no tensors/],
    ["an end in the middle", pickle(...protocol, "}(X", [200, 0, 0, 0], "short"), /damaged/],
    ["a stack that is empty", pickle(...protocol, "s."), /damaged/],
  ])("refuses %s", (_, body, message) => {
    expect(messageOf(checkpoint(body, { 0: six }))).toMatch(message);
  });

  it("refuses tensors beyond their storage or repeating it", () => {
    const state = (shape: number[], stride: number[]) =>
      checkpoint(pickle(...protocol, "}", ...unicode("w"), ...tensor({ size: 6, shape, stride }), "s."), { 0: six });
    expect(messageOf(state([7], [1]))).toContain('The tensor "w" of 7 is larger than what the archive holds');
    expect(messageOf(state([200, 200], [0, 0]))).toContain("repeats its storage");
  });

  it("says what another file is", () => {
    expect(messageOf(strToU8("\x89PNG", true))).toContain("a PNG image");
    expect(messageOf(new Uint8Array())).toContain("is empty");
    expect(messageOf(Uint8Array.of(0, 1, 2))).toContain("no zip archive");
    expect(messageOf(zipSync({ "a.txt": strToU8("hello") }))).toContain("no data.pkl");
    expect(messageOf(checkpoint(pickle(...protocol, "}."), { 0: six }).subarray(0, 60))).toContain("damaged");
  });

  it("refuses an archive that unfolds beyond its own size", () => {
    const bomb = zipSync({ "net/data.pkl": new Uint8Array(1_000_000) }, { level: 9 });
    expect(messageOf(bomb)).toContain("larger than the archive");
  });

  const put = (key: number) => ["q", [key]] as const;
  const get = (key: number) => ["h", [key]] as const;

  it("reads tied weights under each of their names, and empty ones and scalars as such", () => {
    const scalar = tensor({ size: 6, offset: 2, shape: [], stride: [] });
    const empty = tensor({ size: 6, shape: [0, 4], stride: [4, 1] });
    const tied = [...tensor({ size: 6, shape: [6], stride: [1] }), ...put(0), ...unicode("tied"), ...get(0)];
    const names = [...unicode("scalar"), ...scalar, ...unicode("empty"), ...empty, ...unicode("w"), ...tied];
    const { value } = readPth(checkpoint(pickle(...protocol, "}(", ...names, "u."), { 0: six }));
    const found = value?.entries.map(({ name, shape, data }) => [name, shape, [...data]]);
    expect(found).toEqual([
      ["scalar", [], [3]],
      ["empty", [0, 4], []],
      ["w", [6], [...six]],
      ["tied", [6], [...six]],
    ]);
  });

  it("refuses a small pickle that stands for a billion entries", () => {
    // A dictionary of 250 times one dictionary of 250 times one, and so on.
    const dictionary = (inner: readonly (string | readonly number[])[]) => {
      const rest = Array.from({ length: 249 }, (_, index) => [...int(index + 1), ...get(0)]);
      return ["}(", ...int(0), ...inner, ...put(0), ...rest.flat(), "u"];
    };
    const leaf = tensor({ size: 6, shape: [6], stride: [1] });
    const body = pickle(...protocol, ...[1, 2, 3, 4].reduce(dictionary, leaf), ".");
    expect(body.length).toBeLessThan(6000);
    expect(messageOf(checkpoint(body, { 0: six }))).toContain("far more memory than its file");
  });

  it("refuses a small pickle that reads a large storage again and again", () => {
    const again = Array.from({ length: 200 }, (_, index) => [...int(index), ...get(0)]).flat();
    const large = tensor({ size: 250, shape: [200, 200], stride: [200, 1] });
    const body = pickle(...protocol, "}(", ...unicode("w"), ...large, ...put(0), ...again, "u.");
    expect(messageOf(checkpoint(body, { 0: new Float32Array(40_000) }))).toContain("far more memory than its file");
  });

  it("refuses names and keys that are tuples of tuples without end", () => {
    const deep = ["\x29", ...Array.from({ length: 60 }, () => [...put(0), ...get(0), "\x86"]).flat()];
    expect(messageOf(checkpoint(pickle(...protocol, ...deep, ...unicode("a"), "\x93.")))).toContain("damaged");
    expect(messageOf(checkpoint(pickle(...protocol, "}", ...deep, "Ns.")))).toContain("no tensors");
  });

  it("never throws on damaged bytes", () => {
    const body = pickle(
      ...protocol,
      "}(",
      ...unicode("w"),
      ...tensor({ size: 6, shape: [2, 3], stride: [3, 1] }),
      "u.",
    );
    const file = checkpoint(body, { 0: six });
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), (at, byte) => {
        const { value, problems } = readPth(file.with(at, byte));
        expect((value === undefined) === (problems.length === 1)).toBe(true);
      }),
    );
  });

  it.skipIf(!hasGolden)("reads the published checkpoint to the last bit (needs ../shared/golden)", () => {
    const read = (...parts: string[]) => readFileSync(goldenPath("bacalhaunet", ...parts));
    const manifest = JSON.parse(read("forward", "state_dict.json").toString()) as {
      tensors: readonly { name: string; shape: number[]; byte_offset: number; byte_length: number }[];
    };
    const blob = read("forward", "state_dict.bin");
    const { value } = readPth(read("gold_weights.pth"));
    const entries = new Map(value?.entries.map((entry) => [entry.name, entry]));
    expect([...entries.keys()]).toEqual(manifest.tensors.map(({ name }) => name));
    for (const { name, shape, byte_offset: start, byte_length: length } of manifest.tensors) {
      const entry = entries.get(name);
      expect(entry?.shape).toEqual(shape);
      // Counts of batches are integers in the checkpoint and floats in the reference.
      const data = Float32Array.from(entry?.data ?? []);
      expect(Buffer.from(data.buffer).equals(blob.subarray(start, start + length)), name).toBe(true);
    }
  });
});
