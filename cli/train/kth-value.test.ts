import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kthIndex } from "./kth-value.js";

const quantised = [1, 3, 2, 3, 1, 1, 2, 1, 3, 2, 0, 0, 0, 1, 3, 2, 0, 2, 1, 2, 2, 2, 2, 3, 0, 1, 3, 2, 1, 0, 2, 1];
const equal = Array.from({ length: 33 }, () => 0);

describe("kthIndex", () => {
  // The expected indices were printed by PyTorch 1.13 (kthvalue, CPU).
  it.each<[string, readonly number[], number, number]>([
    ["one value", [1], 1, 0],
    ["two equal values, first", [0, 0], 1, 0],
    ["two equal values, second", [0, 0], 2, 1],
    ["five values, least", [1, 0, 0, 0, 1], 1, 2],
    ["five values, median", [1, 0, 0, 0, 1], 3, 1],
    ["five values, largest", [1, 0, 0, 0, 1], 5, 4],
    ["quantised values, least", quantised, 1, 24],
    ["quantised values, median", quantised, 16, 27],
    ["quantised values, largest", quantised, 32, 26],
    ["equal values, least", equal, 1, 20],
    ["equal values, median", equal, 17, 0],
    ["equal values, largest", equal, 33, 32],
  ])("names the same of equal elements as PyTorch: %s", (_, values, rank, expected) => {
    expect(kthIndex(Float32Array.from(values), rank)).toBe(expected);
  });

  it("finds the k-th smallest and leaves the values alone", () => {
    const values = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(values, fc.nat(), (list, pick) => {
        const rank = 1 + (pick % list.length);
        const found = Float32Array.from(list);
        expect(found[kthIndex(found, rank)]).toBe(list.toSorted((a, b) => a - b)[rank - 1]);
        expect([...found]).toEqual(list);
      }),
    );
  });
});
