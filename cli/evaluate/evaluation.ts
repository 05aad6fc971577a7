/** What an evaluation counts. Everything that is printed is derived from these counts (`metrics.ts`). */

/**
 * Predictions of a data set, counted. A group is the samples of one signal-to-noise ratio; a source that has none gives one
 * group. Plain data: it survives `structuredClone` and has a JSON form (`evaluation-json.ts`).
 */
export interface Evaluation {
  readonly classes: number;
  /** Of each group, in dB, ascending. Empty: the source has no signal-to-noise ratios and there is one group. */
  readonly snrs: readonly number[];
  /** Samples by group and true class, (groups, classes). */
  readonly totals: Uint32Array;
  /** Predictions by group, true class and predicted class, (groups, classes, classes). */
  readonly confusion: Uint32Array;
  /** Samples by group and rank of the true class, (groups, classes): rank 0 is a correct prediction. */
  readonly ranks: Uint32Array;
  /** Samples with a logit that is not a number: wrong, of the last rank, and in no cell of the confusion matrix. */
  readonly notFinite: number;
  /** Mean cross-entropy over all samples, in nats. */
  readonly loss: number;
}

/** Takes the predictions of samples one batch after another. */
export interface EvaluationCounter {
  /** Logits (size, classes) of samples with these class numbers and, where the source has them, ratios in dB. */
  add(logits: Float32Array, labels: ArrayLike<number>, snrs: ArrayLike<number> | undefined): void;
  result(): Evaluation;
}

/** Starts counting. `snrs`: the distinct ratios that will come, ascending; empty when samples have none. */
export function evaluationCounter(classes: number, snrs: readonly number[]): EvaluationCounter {
  const groups = Math.max(1, snrs.length);
  const groupOf = new Map(snrs.map((snr, group) => [snr, group]));
  const totals = new Uint32Array(groups * classes);
  const confusion = new Uint32Array(groups * classes * classes);
  const ranks = new Uint32Array(groups * classes);
  let notFinite = 0;
  let loss = 0;
  let samples = 0;

  function addSample(logits: Float32Array, label: number, group: number): void {
    const row = group * classes;
    const { rank, predicted, crossEntropy } = judge(logits, label);
    increment(totals, row + label);
    increment(ranks, row + rank);
    if (predicted === undefined) notFinite++;
    else increment(confusion, (row + label) * classes + predicted);
    loss += crossEntropy;
    samples++;
  }

  return {
    add(logits, labels, ratios) {
      for (let sample = 0; sample < labels.length; sample++) {
        const group = ratios === undefined ? 0 : (groupOf.get(ratios[sample] ?? NaN) ?? 0);
        addSample(logits.subarray(sample * classes, (sample + 1) * classes), labels[sample] ?? 0, group);
      }
    },
    result: () => ({
      classes,
      snrs,
      totals: totals.slice(),
      confusion: confusion.slice(),
      ranks: ranks.slice(),
      notFinite,
      loss: samples === 0 ? 0 : loss / samples,
    }),
  };
}

function increment(counts: Uint32Array, index: number): void {
  counts[index] = (counts[index] ?? 0) + 1;
}

interface Judgement {
  /** Classes that are preferred to the true one; of equal logits the first class is preferred. */
  readonly rank: number;
  /** Absent when a logit is not a number. */
  readonly predicted: number | undefined;
  readonly crossEntropy: number;
}

function judge(logits: Float32Array, label: number): Judgement {
  const target = logits[label] ?? NaN;
  let rank = 0;
  let predicted = 0;
  let largest = -Infinity;
  for (let index = 0; index < logits.length; index++) {
    const logit = logits[index] ?? NaN;
    if (Number.isNaN(logit)) return { rank: logits.length - 1, predicted: undefined, crossEntropy: NaN };
    if (logit > largest) {
      largest = logit;
      predicted = index;
    }
    if (logit > target || (logit === target && index < label)) rank++;
  }
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  return { rank, predicted, crossEntropy: Math.log(sum) - (target - largest) };
}

/** The class with the largest logit, the first of equals; -1 when a logit is not a number. */
export function argmax(logits: Float32Array): number {
  return judge(logits, 0).predicted ?? -1;
}
