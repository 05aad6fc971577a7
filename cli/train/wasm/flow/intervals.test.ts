import fc from "fast-check";
import { expect, test } from "vitest";
import { packIntervals } from "./intervals.js";

const interval = fc
  .record({ size: fc.integer({ min: 1, max: 50 }), begin: fc.nat(20), length: fc.nat(8) })
  .map(({ size, begin, length }) => ({ size, begin, end: begin + length }));

test("what lives at once never shares memory", () => {
  fc.assert(
    fc.property(fc.array(interval, { maxLength: 25 }), (intervals) => {
      const { offsets, size } = packIntervals(intervals);
      for (const [i, a] of intervals.entries()) {
        expect(offsets[i]! + a.size).toBeLessThanOrEqual(size);
        for (const [j, b] of intervals.entries()) {
          const liveTogether = i !== j && a.begin <= b.end && b.begin <= a.end;
          const overlap = offsets[i]! < offsets[j]! + b.size && offsets[j]! < offsets[i]! + a.size;
          expect(liveTogether && overlap).toBe(false);
        }
      }
    }),
    { seed: 1 },
  );
});

test("what lives one after the other takes the room of the largest", () => {
  const { size } = packIntervals([
    { size: 10, begin: 0, end: 1 },
    { size: 30, begin: 2, end: 3 },
    { size: 20, begin: 4, end: 9 },
  ]);
  expect(size).toBe(30);
});
