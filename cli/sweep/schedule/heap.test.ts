import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Heap } from "./heap.js";

describe("a heap", () => {
  it("gives what it was given in order, however pushes and pops are mixed", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer())), (steps) => {
        const heap = new Heap<number>((a, b) => a < b);
        let expected: number[] = [];
        for (const step of steps) {
          if (step === null) {
            const [first, ...rest] = expected;
            expect(heap.pop()).toBe(first);
            expected = rest;
          } else {
            heap.push(step);
            expected = [...expected, step].sort((a, b) => a - b);
          }
          expect(heap.size).toBe(expected.length);
        }
      }),
    );
  });
});
