/** Comparisons of computed numbers. */
import { expect } from "vitest";

/** Passes when the difference is at most `tolerance` times the sum of the absolute terms. */
export function expectWithin(found: number, expected: number, terms: number, tolerance = 1e-6): void {
  const difference = Math.abs(found - expected);
  if (difference <= tolerance * terms) return;
  expect.fail(`found ${found}, expected ${expected}: they differ by ${difference}, allowed is ${tolerance * terms}`);
}
