import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHalfBits, toHalfBits } from "./half-float.js";
import { decodeRaw, encodeRaw, int64Words, type NumericType, storedBytes } from "./raw-data.js";

describe("half floats", () => {
  it.each(["float16", "bfloat16"] as const)("%s: every pattern survives the way to a number and back", (type) => {
    const changed: number[] = [];
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromHalfBits(type, bits);
      if (!Number.isNaN(value) && toHalfBits(type, value) !== bits) changed.push(bits);
    }
    expect(changed).toEqual([]);
  });

  const float16: readonly (readonly [number, number])[] = [
    [65504, 65504],
    [65519.9, 65504],
    [65520, Infinity],
    [1 + 2 ** -11, 1],
    [1 + 3 * 2 ** -11, 1 + 2 ** -9],
    [1 + 2 ** -11 + 2 ** -20, 1 + 2 ** -10],
    [2 ** -25, 0],
    [1.5 * 2 ** -25, 2 ** -24],
    [-(2 ** -14) + 2 ** -25, -(2 ** -14)],
  ];
  it.each(float16)("%d becomes the nearest float16, half to even", (value, nearest) => {
    expect(fromHalfBits("float16", toHalfBits("float16", value))).toBe(nearest);
  });

  const bfloat16: readonly (readonly [number, number])[] = [
    [1 + 2 ** -8, 1],
    [1 + 3 * 2 ** -8, 1 + 2 ** -6],
    [3.4e38, Infinity],
    [-0, -0],
  ];
  it.each(bfloat16)("%d becomes the nearest bfloat16, half to even", (value, nearest) => {
    expect(fromHalfBits("bfloat16", toHalfBits("bfloat16", value))).toBe(nearest);
  });

  it("keep NaN", () => {
    for (const type of ["float16", "bfloat16"] as const) expect(fromHalfBits(type, toHalfBits(type, NaN))).toBeNaN();
  });
});

const values: Readonly<Record<NumericType, fc.Arbitrary<number>>> = {
  float32: fc.float({ noNaN: true }),
  float64: fc.double({ noNaN: true }),
  float16: fc.integer({ min: 0, max: 0x7c00 }).map((bits) => fromHalfBits("float16", bits)),
  bfloat16: fc.integer({ min: 0, max: 0x7f80 }).map((bits) => fromHalfBits("bfloat16", bits)),
  int4: fc.integer({ min: -8, max: 7 }),
  uint4: fc.integer({ min: 0, max: 15 }),
  int8: fc.integer({ min: -128, max: 127 }),
  uint8: fc.integer({ min: 0, max: 255 }),
  int16: fc.integer({ min: -32768, max: 32767 }),
  uint16: fc.integer({ min: 0, max: 65535 }),
  int32: fc.integer(),
  uint32: fc.nat(2 ** 32 - 1),
  int64: fc.maxSafeInteger(),
  uint64: fc.maxSafeNat(),
  bool: fc.integer({ min: 0, max: 1 }),
};

describe("raw data", () => {
  it.each(Object.keys(values) as NumericType[])("of %s is decoded as it was encoded", (type) => {
    fc.assert(
      fc.property(fc.array(values[type], { maxLength: 9 }), (list) => {
        const bytes = encodeRaw(Float64Array.from(list), type);
        expect(bytes.length).toBe(storedBytes(type, list.length));
        expect([...decodeRaw(bytes, type, list.length, "t")]).toEqual(list);
      }),
      { seed: 6 },
    );
  });

  it("is the array's own memory where the array is stored as it is", () => {
    const data = Float32Array.of(1, 2);
    expect(encodeRaw(data, "float32").buffer).toBe(data.buffer);
  });

  it("of a part of a file does not depend on where the part begins", () => {
    const file = new Uint8Array(13);
    file.set(encodeRaw(Float32Array.of(1.5, -2), "float32"), 3);
    expect([...decodeRaw(file.subarray(3, 11), "float32", 2, "t")]).toEqual([1.5, -2]);
  });

  it("of int64 has its ends", () => {
    expect(int64Words(2 ** 63)).toEqual({ low: 0xffffffff, high: 0x7fffffff });
    expect(int64Words(-(2 ** 63))).toEqual({ low: 0, high: 0x80000000 });
    expect(int64Words(-1)).toEqual({ low: 0xffffffff, high: 0xffffffff });
  });
});
