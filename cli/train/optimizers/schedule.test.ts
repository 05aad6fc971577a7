import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { constant, cosineWarmRestarts, plateau, step, type Schedule } from "../../../shared/dsl/index.js";
import { goldenPath, hasGolden } from "../../../shared/testing/golden.js";
import { advanceSchedule, learningRate, scheduleStart } from "./schedule.js";

const lr = 0.1;

/** The learning rates of as many epochs as there are accuracies. The position goes through JSON on the way. */
function rates(schedule: Schedule, accuracies: readonly number[], base = lr): readonly number[] {
  let position = scheduleStart;
  return accuracies.map((accuracy) => {
    const rate = learningRate(schedule, base, position);
    const next = advanceSchedule(schedule, position, { accuracy, lr: base });
    position = JSON.parse(JSON.stringify(next)) as typeof next;
    return rate;
  });
}

function epochs(count: number): readonly number[] {
  return Array.from({ length: count }, () => 0.5);
}

describe("schedules", () => {
  // The expected numbers were printed by PyTorch 1.13.
  it.each<[string, Schedule, readonly number[], readonly number[]]>([
    ["constant", constant(), epochs(3), [0.1, 0.1, 0.1]],
    ["step", step({ stepSize: 3, gamma: 0.5 }), epochs(8), [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025]],
    [
      "cosine warm restarts",
      cosineWarmRestarts({ t0: 2, tMult: 2, etaMin: 0.01 }),
      epochs(8),
      [0.1, 0.055, 0.1, 0.08681980515339464, 0.055, 0.023180194846605363, 0.1, 0.0965745789630079],
    ],
    [
      "plateau",
      plateau({ factor: 0.5, patience: 1 }),
      [0.5, 0.6, 0.6, 0.60001, 0.59, 0.7, 0.7, 0.7, 0.7, 0.7],
      [0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025],
    ],
  ])("%s", (_, schedule, accuracies, expected) => {
    const found = rates(schedule, accuracies);
    expect(found).toHaveLength(expected.length);
    found.forEach((rate, epoch) => {
      expect(rate).toBeCloseTo(expected[epoch] ?? NaN, 14);
    });
  });

  it("plateau stops where the change would be nothing", () => {
    const found = rates(plateau({ factor: 0.1, patience: 0 }), epochs(20));
    expect(found.at(-1)).toBeCloseTo(1e-8, 15);
  });
});

describe.skipIf(!hasGolden)("the challenge winner's schedule", () => {
  it("has the same twenty learning rates", () => {
    const text = readFileSync(goldenPath("optim", "lr_schedule.json"), "utf8");
    const expected = (JSON.parse(text) as { readonly lr: readonly number[] }).lr;
    rates(cosineWarmRestarts({ t0: 5 }), epochs(20), 0.01).forEach((rate, epoch) => {
      expect(rate).toBeCloseTo(expected[epoch] ?? NaN, 15);
    });
  });
});
