import { describe, expect, it } from "vitest";
import { LegacyNumpyRandom } from "./legacy-numpy.js";
import { RandomStream } from "./stream.js";

describe("NumPy's legacy generator", () => {
  it("gives the numbers of the Mersenne Twister's authors for their seed", () => {
    const random = new LegacyNumpyRandom(5489);
    expect([1, 2, 3, 4, 5].map(() => random.nextUint32())).toEqual([
      3499211612, 581869302, 3890346734, 3586334585, 545404204,
    ]);
    // The C++ standard names the ten thousandth (26.5.5, mt19937).
    for (let index = 6; index < 10_000; index++) random.nextUint32();
    expect(random.nextUint32()).toBe(4123659995);
  });

  it("stays within an interval, and reaches both its ends", () => {
    const random = new LegacyNumpyRandom(1);
    const seen = new Set(Array.from({ length: 200 }, () => random.interval(5)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(random.interval(0)).toBe(0);
  });
});

/** Mean of a function of `count` draws. */
function mean(count: number, draw: () => number): number {
  let sum = 0;
  for (let index = 0; index < count; index++) sum += draw();
  return sum / count;
}

describe("a random stream", () => {
  const count = 200_000;
  /** Five standard errors: a correct generator with this seed passes, and does so always. */
  const within = (deviation: number) => (5 * deviation) / Math.sqrt(count);

  it("is uniform", () => {
    const random = new RandomStream(1, 2, 3);
    expect(Math.abs(mean(count, () => random.uniform()) - 0.5)).toBeLessThan(within(Math.sqrt(1 / 12)));
    expect(Math.abs(mean(count, () => random.uniform() ** 2) - 1 / 3)).toBeLessThan(within(Math.sqrt(4 / 45)));
    const counts = new Float64Array(24);
    for (let index = 0; index < count; index++) counts[random.below(24)]! += 1;
    const chiSquared = counts.reduce((sum, seen) => sum + (seen - count / 24) ** 2 / (count / 24), 0);
    // 23 degrees of freedom: beyond 60 in less than one of 10,000 cases.
    expect(chiSquared).toBeLessThan(60);
  });

  it("is normal: moments, symmetry, and the tail beyond the ziggurat's last layer", () => {
    const random = new RandomStream(4);
    const draws = Float64Array.from({ length: count }, () => random.gaussian());
    const moment = (power: number) => draws.reduce((sum, value) => sum + value ** power, 0) / count;
    expect(Math.abs(moment(1))).toBeLessThan(within(1));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(within(Math.sqrt(2)));
    expect(Math.abs(moment(3))).toBeLessThan(within(Math.sqrt(15)));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(within(Math.sqrt(96)));
    for (const [limit, probability] of [
      [0.5, 0.617075],
      [1, 0.317311],
      [2, 0.0455003],
      [3.5, 0.000465258],
    ] as const) {
      const share = draws.filter((value) => Math.abs(value) > limit).length / count;
      expect(Math.abs(share - probability)).toBeLessThan(within(Math.sqrt(probability)));
    }
  });

  it("is another for every key, in every place", () => {
    const first = (...key: number[]) => new RandomStream(...key).int32();
    const keys = [[], [0], [1], [0, 0], [0, 1], [1, 0], [-1], [0, -1], [2 ** 31], [5, 7, 11], [7, 5, 11], [5, 11, 7]];
    expect(new Set(keys.map((key) => first(...key))).size).toBe(keys.length);
    const many = new Set(Array.from({ length: 20_000 }, (_, index) => first(2018, 3, -20, index)));
    // By chance 0.05 pairs of 20,000 numbers of 32 bits are equal.
    expect(many.size).toBeGreaterThan(19_997);
  });

  it("begins again where it began", () => {
    const random = new RandomStream(9, 9);
    const before = [random.int32(), random.gaussian(), random.uniform()];
    random.restart(9, 9);
    expect([random.int32(), random.gaussian(), random.uniform()]).toEqual(before);
  });
});
