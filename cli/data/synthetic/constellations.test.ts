import { describe, expect, it } from "vitest";
import { constellations, type Constellation } from "./constellations.js";

const all = constellations();

function get(name: string): Constellation {
  const found = all.get(name);
  if (found === undefined) throw new Error(`${name} has no constellation`);
  return found;
}

/** Radii with the number of points on each, in units of the smallest that is not 0. */
function radii({ re, im }: Constellation): [radius: number, count: number][] {
  const lengths = [...re].map((value, index) => Math.hypot(value, im[index]!)).sort((a, b) => a - b);
  const unit = lengths.find((length) => length > 1e-9)!;
  const counts = new Map<number, number>();
  for (const length of lengths) {
    const radius = Math.round((length / unit) * 1e6) / 1e6;
    counts.set(radius, (counts.get(radius) ?? 0) + 1);
  }
  return [...counts];
}

function smallestDistance({ re, im }: Constellation): number {
  let smallest = Infinity;
  for (let a = 0; a < re.length; a++) {
    for (let b = 0; b < a; b++) smallest = Math.min(smallest, Math.hypot(re[a]! - re[b]!, im[a]! - im[b]!));
  }
  return smallest;
}

describe("constellations", () => {
  it.each([...all].map(([name, { re }]) => [name, re.length]))(
    "%s has different points of mean power 1",
    (name, size) => {
      const constellation = get(name);
      const digits = /^\d+/.exec(name)?.[0];
      expect(size).toBe(digits === undefined ? (name.endsWith("QPSK") ? 4 : 2) : Number(digits));
      const power = constellation.re.reduce((sum, re, at) => sum + re * re + constellation.im[at]! ** 2, 0) / size;
      expect(power).toBeCloseTo(1, 12);
      expect(smallestDistance(constellation)).toBeGreaterThan(0.05);
    },
  );

  it.each(["BPSK", "QPSK", "OQPSK", "8PSK", "16PSK", "32PSK"])("%s is evenly spaced on a circle", (name) => {
    const { re, im } = get(name);
    expect(radii({ re, im })).toEqual([[1, re.length]]);
    const angles = [...re].map((value, at) => Math.atan2(im[at]!, value)).sort((a, b) => a - b);
    for (let at = 1; at < angles.length; at++) {
      expect(angles[at]! - angles[at - 1]!).toBeCloseTo((2 * Math.PI) / angles.length, 9);
    }
  });

  it.each([
    ["OOK", 2],
    ["4ASK", 4],
    ["8ASK", 8],
  ])("%s has %d equally spaced real levels from 0", (name, levels) => {
    const { re, im } = get(name);
    const step = re[1]!;
    expect([...re].map((value) => value / step)).toEqual(
      Array.from({ length: levels }, (_, level) => expect.closeTo(level, 12) as number),
    );
    expect(im.every((value) => value === 0)).toBe(true);
  });

  it.each([
    [
      "16APSK",
      [
        [1, 4],
        [2.85, 12],
      ],
    ],
    [
      "32APSK",
      [
        [1, 4],
        [2.84, 12],
        [5.27, 16],
      ],
    ],
    [
      "64APSK",
      [
        [1, 8],
        [2.2, 16],
        [3.6, 20],
        [5.2, 20],
      ],
    ],
    [
      "128APSK",
      [
        [1, 16],
        [1.715, 16],
        [2.118, 16],
        [2.681, 16],
        [2.75, 16],
        [3.819, 48],
      ],
    ],
  ])("%s has the rings of its standard", (name, rings) => {
    expect(radii(get(name))).toEqual(rings);
  });

  it.each([
    // The known ratio of the smallest squared distance to the mean power: 6 / (M - 1) for squares.
    ["16QAM", 6 / 15],
    ["64QAM", 6 / 63],
    ["256QAM", 6 / 255],
    // Crosses (Smith, 1975): mean powers 20 and 82 at distance 2.
    ["32QAM", 4 / 20],
    ["128QAM", 4 / 82],
  ])("%s is a square grid of the known power", (name, squaredDistance) => {
    expect(smallestDistance(get(name)) ** 2).toBeCloseTo(squaredDistance, 12);
  });
});
