import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { evaluationCounter, type Evaluation } from "./evaluation.js";
import * as metrics from "./metrics.js";

/** Three classes at 0 and 10 dB: the true class, the ratio, the logits. */
const samples: readonly (readonly [label: number, snr: number, logits: readonly [number, number, number]])[] = [
  [0, 0, [3, 2, 1]],
  [0, 0, [1, 2, 3]],
  [0, 10, [9, 0, 0]],
  [1, 0, [5, 4, 0]],
  [1, 10, [0, 5, 4]],
  [1, 10, [0, 6, 1]],
  [2, 0, [7, 1, 2]],
  [2, 10, [1, 2, 8]],
];

function evaluationOf(rows: typeof samples, snrs: readonly number[] = [0, 10]): Evaluation {
  const counter = evaluationCounter(3, snrs);
  for (const [label, snr, logits] of rows) {
    counter.add(Float32Array.from(logits), [label], snrs.length === 0 ? undefined : [snr]);
  }
  return counter.result();
}

describe("metrics of counts made by hand", () => {
  const evaluation = evaluationOf(samples);

  it("overall and per ratio", () => {
    expect(metrics.overall(evaluation)).toEqual({ correct: 5, samples: 8, accuracy: 5 / 8 });
    expect(metrics.bySnr(evaluation)).toEqual([
      { snr: 0, correct: 1, samples: 4, accuracy: 1 / 4 },
      { snr: 10, correct: 4, samples: 4, accuracy: 1 },
    ]);
  });

  it("per class, with the precision of its predictions, and by both", () => {
    expect(metrics.byClass(evaluation)).toEqual([
      { correct: 2, samples: 3, accuracy: 2 / 3, precision: 1 / 2 },
      { correct: 2, samples: 3, accuracy: 2 / 3, precision: 1 },
      { correct: 1, samples: 2, accuracy: 1 / 2, precision: 1 / 2 },
    ]);
    expect(metrics.byClassAndSnr(evaluation).map((row) => row.map(({ correct, samples: n }) => [correct, n]))).toEqual([
      [
        [1, 2],
        [1, 1],
      ],
      [
        [0, 1],
        [2, 2],
      ],
      [
        [0, 1],
        [1, 1],
      ],
    ]);
  });

  it("confusion matrices have the true class in rows", () => {
    expect([...metrics.confusionMatrix(evaluation)]).toEqual([2, 0, 1, 1, 2, 0, 1, 0, 1]);
    expect([...metrics.confusionMatrix(evaluation, 0)]).toEqual([1, 0, 1, 1, 0, 0, 1, 0, 0]);
    expect([...metrics.confusionMatrix(evaluation, 5)]).toEqual(new Array(9).fill(0));
    expect(metrics.worstConfusions(evaluation, 2).map(({ truth, predicted }) => [truth, predicted])).toEqual([
      [0, 2],
      [1, 0],
    ]);
  });

  it("top k grows to all samples", () => {
    expect([1, 2, 3, 5].map((k) => metrics.topK(evaluation, k).correct)).toEqual([5, 7, 8, 8]);
    expect(metrics.topK(evaluation, 2, 0)).toEqual({ correct: 3, samples: 4, accuracy: 3 / 4 });
  });

  it("without ratios there is one group", () => {
    const plain = evaluationOf(samples, []);
    expect(metrics.bySnr(plain)).toEqual([]);
    expect(metrics.overall(plain)).toEqual(metrics.overall(evaluation));
    expect(metrics.byClassAndSnr(plain).map((row) => row.length)).toEqual([1, 1, 1]);
  });

  it("the mean cross-entropy is that of the softmax", () => {
    expect(evaluationOf([[0, 0, [0, 0, 0]]]).loss).toBeCloseTo(Math.log(3), 12);
    expect(evaluationOf([[1, 0, [1000, 998, 0]]]).loss).toBeCloseTo(2 + Math.log1p(Math.exp(-2)), 6);
  });
});

describe("odd logits", () => {
  it("of equal logits the first class is the prediction", () => {
    const evaluation = evaluationOf([
      [1, 0, [4, 4, 4]],
      [0, 0, [4, 4, 4]],
    ]);
    expect(metrics.overall(evaluation).correct).toBe(1);
    expect([...evaluation.ranks.subarray(0, 3)]).toEqual([1, 1, 0]);
  });

  it("what is not a number is wrong and counted", () => {
    const evaluation = evaluationOf([
      [0, 0, [NaN, 1, 2]],
      [0, 0, [1, NaN, 0]],
      [0, 0, [1, 0, 0]],
    ]);
    expect(evaluation.notFinite).toBe(2);
    expect(metrics.overall(evaluation)).toEqual({ correct: 1, samples: 3, accuracy: 1 / 3 });
    expect([...metrics.confusionMatrix(evaluation)].reduce((sum, count) => sum + count)).toBe(1);
    expect(metrics.topK(evaluation, 3).correct).toBe(3);
    expect(evaluation.loss).toBeNaN();
  });

  it("no samples give no accuracy and no division by zero", () => {
    const nothing = evaluationOf([]);
    expect(metrics.overall(nothing)).toEqual({ correct: 0, samples: 0, accuracy: 0 });
    expect(metrics.verdict(nothing, 0.56)).toMatchObject({ met: false, clear: false });
  });
});

describe("wilsonInterval", () => {
  it("is the solution of |p - q| = z sqrt(q (1 - q) / n)", () => {
    const possible = fc
      .integer({ min: 1, max: 1_000_000 })
      .chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)));
    fc.assert(
      fc.property(possible, ([correct, count]) => {
        const share = correct / count;
        const { low, high } = metrics.wilsonInterval({ correct, samples: count });
        expect(low).toBeLessThanOrEqual(share);
        expect(high).toBeGreaterThanOrEqual(share);
        for (const bound of [low, high].filter((value) => value > 0 && value < 1)) {
          const distance = 1.959963984540054 * Math.sqrt((bound * (1 - bound)) / count);
          expect(Math.abs(share - bound) / distance).toBeCloseTo(1, 6);
        }
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it("ends at 0 and 1 exactly", () => {
    expect(metrics.wilsonInterval({ correct: 0, samples: 10 }).low).toBe(0);
    expect(metrics.wilsonInterval({ correct: 10, samples: 10 }).high).toBe(1);
  });
});

describe("verdict", () => {
  function withCorrect(correct: number, count: number): Evaluation {
    const right = samples.slice(0, 1);
    const wrong = samples.slice(1, 2);
    return evaluationOf(Array.from({ length: count }, (_, index) => (index < correct ? right : wrong)).flat());
  }

  it("is met at the goal itself, where a product of shares would miss it", () => {
    expect(0.56 * 25).toBeGreaterThan(14);
    expect(metrics.verdict(withCorrect(14, 25), 0.56)).toMatchObject({ met: true, clear: false });
    expect(metrics.verdict(withCorrect(13, 25), 0.56)).toMatchObject({ met: false, clear: false });
  });

  it("is clear when the goal is outside the interval", () => {
    expect(metrics.verdict(withCorrect(90, 100), 0.56)).toMatchObject({ met: true, clear: true });
    expect(metrics.verdict(withCorrect(20, 100), 0.56)).toMatchObject({ met: false, clear: true });
  });
});
