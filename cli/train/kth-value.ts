/**
 * Which of several equal elements is the k-th smallest: the one that PyTorch's `kthvalue` names. A threshold that is a
 * statistic of the batch passes its gradient to that element alone. PyTorch documents no rule for ties, but quantised
 * values are tied as a rule and training goes other ways with another choice, so its selection is followed step by step.
 */

/**
 * Index of the k-th smallest value after Hoare's selection with the median of three as pivot, which PyTorch 1.13 runs
 * on the CPU. Only worth its time when the k-th value occurs more than once.
 * @param values without NaN; they stay as they are
 * @param rank k, from 1
 */
export function kthIndex(values: Float32Array, rank: number): number {
  const selection = { values: values.slice(), indices: countUp(values.length) };
  const target = rank - 1;
  let low = 0;
  let high = values.length - 1;
  while (high - low > 1) {
    const middle = partition(selection, low, high);
    const { placed, next } = middle;
    if (placed <= target) low = next;
    if (placed >= target) high = placed - 1;
  }
  if (high - low === 1) order(selection, low, high);
  return selection.indices[target] ?? 0;
}

/** 0, 1, 2... An iterator would be collected into a list on the heap first, many times as large. */
function countUp(length: number): Uint32Array {
  const counted = new Uint32Array(length);
  for (let index = 0; index < length; index++) counted[index] = index;
  return counted;
}

/** Values under selection and where each came from. */
interface Selection {
  readonly values: Float32Array;
  readonly indices: Uint32Array;
}

/** Puts a pivot of `low..high` in its place: nothing before it is larger, nothing from `next` on is smaller. */
function partition(
  selection: Selection,
  low: number,
  high: number,
): { readonly placed: number; readonly next: number } {
  const { values } = selection;
  // Middle, last and first in order: the smallest stands behind the first, the median is first, the largest last.
  exchange(selection, low + ((high - low) >> 1), low + 1);
  order(selection, low + 1, high);
  order(selection, low, high);
  order(selection, low + 1, low);
  const pivot = values[low] ?? 0;
  let up = low + 1;
  let down = high;
  for (;;) {
    do up++;
    while ((values[up] ?? Infinity) < pivot);
    do down--;
    while ((values[down] ?? -Infinity) > pivot);
    if (down < up) break;
    exchange(selection, up, down);
  }
  exchange(selection, low, down);
  return { placed: down, next: up };
}

/** Exchanges two values when the first is larger. */
function order(selection: Selection, first: number, second: number): void {
  if ((selection.values[first] ?? 0) > (selection.values[second] ?? 0)) exchange(selection, first, second);
}

function exchange({ values, indices }: Selection, a: number, b: number): void {
  const value = values[a] ?? 0;
  values[a] = values[b] ?? 0;
  values[b] = value;
  const index = indices[a] ?? 0;
  indices[a] = indices[b] ?? 0;
  indices[b] = index;
}
