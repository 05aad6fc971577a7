import fc from "fast-check";
import { expect, test } from "vitest";
import { inputGradientPhases } from "./phases.js";

const geometry = fc.record({
  taps: fc.integer({ min: 1, max: 9 }),
  stride: fc.integer({ min: 1, max: 5 }),
  dilation: fc.integer({ min: 1, max: 4 }),
  rows: fc.integer({ min: 1, max: 12 }),
});

/** Which output row each (position, tap) meets, found by walking the forward pass. */
function meetings(taps: number, stride: number, dilation: number, rows: number): Set<string> {
  const found = new Set<string>();
  for (let row = 0; row < rows; row++)
    for (let tap = 0; tap < taps; tap++) found.add(`${row * stride + tap * dilation} ${tap} ${row}`);
  return found;
}

test("phases meet exactly the output rows that the forward pass links to a position", () => {
  fc.assert(
    fc.property(geometry, ({ taps, stride, dilation, rows }) => {
      const found = new Set<string>();
      const length = (rows - 1) * stride + (taps - 1) * dilation + 1;
      for (const p of inputGradientPhases(taps, stride, dilation))
        for (let position = p.phase; position < length; position += stride)
          for (let m = 0; m < p.taps; m++) {
            const row = (position - p.phase) / stride + p.rowOffset - m * p.rowStep;
            if (row >= 0 && row < rows) found.add(`${position} ${p.firstTap + m * p.tapStride} ${row}`);
          }
      expect(found).toEqual(meetings(taps, stride, dilation, rows));
    }),
    { seed: 1 },
  );
});
