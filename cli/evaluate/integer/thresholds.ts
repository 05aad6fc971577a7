/**
 * Quantisers of the integer network: an integer becomes the number of thresholds that it reaches. Thresholds take in
 * scale, bias, batch norm and activation function, so nothing is left to compute. They are found by bisection of the exact
 * function in double precision, so whatever the way of rounding, an integer gets the level that exact arithmetic gives it.
 */
import type { CodeBook } from "./code-book.js";
import { applyAll, atChannel, channelsOf, sumAt, type Form, type Numbers, type Term } from "./form.js";

/** More levels than this are computed instead of compared: the thresholds would outgrow what they replace. */
const mostLevels = 1024;

/** Thresholds of one channel, ascending, of `sign * x`. The level is `base` plus the thresholds that are reached. */
interface Ladder {
  readonly sign: 1 | -1;
  readonly base: number;
  readonly steps: Float64Array;
  /** Thresholds per unit of x, for a first guess. */
  readonly density: number;
}

export interface Requantiser {
  /** Writes the codes of the quantised tensor. */
  readonly run: (into: Numbers) => void;
  /** Why it is not done with thresholds on integers, if it is not. */
  readonly reason?: string;
}

/** Quantises a form. `scale`: of the result, one or one per channel. */
export function requantiser(form: Form, book: CodeBook, scale: Float64Array): Requantiser {
  const [term] = form.terms;
  if (form.terms.length === 1 && term?.integer === false) return { run: directly(form, book, scale, book.index32) };
  const integersOnly = form.terms.every(({ integer }) => integer);
  const monotone = form.after.every(({ course }) => course !== "any");
  if (book.count > mostLevels || !monotone || !integersOnly) {
    const reason = !monotone
      ? "its activation function rises and falls, so its values are computed instead of compared with thresholds"
      : `it has ${book.count} levels, so its values are computed instead of compared with thresholds`;
    return { run: directly(form, book, scale, book.index), ...(integersOnly && { reason }) };
  }
  if (form.terms.length === 1 && term !== undefined) return { run: byThresholds(form, term, book, scale) };
  return {
    run: bySumThresholds(form, book, scale),
    reason: `it adds ${form.terms.length} integers of different scales, which are combined in floating point before its thresholds`,
  };
}

function directly(form: Form, book: CodeBook, scale: Float64Array, index: CodeBook["index"]): Requantiser["run"] {
  const { channels, perChannel } = channelsOf(form.shape);
  return (into) => {
    for (let channel = 0; channel < channels; channel++) {
      for (let at = channel * perChannel; at < (channel + 1) * perChannel; at++) {
        const value = applyAll(form.after, sumAt(form, channel, at), channel);
        into[at] = book.code(index(value, atChannel(scale, channel)));
      }
    }
  };
}

/** Thresholds on the integers of the only term. */
function byThresholds(form: Form, term: Term, book: CodeBook, scale: Float64Array): Requantiser["run"] {
  const { channels, perChannel } = channelsOf(form.shape);
  const ladders = perChannelOrOnce(form, scale, channels, (channel) => {
    const offset = form.offset === undefined ? 0 : atChannel(form.offset, channel);
    const factor = atChannel(term.scale, channel);
    const level = (x: number): number =>
      book.index(applyAll(form.after, factor * x + offset, channel), atChannel(scale, channel));
    return ladder(level, term.min, term.max, integerBetween);
  });
  const codes = levelCodes(book);
  return (into) => {
    for (let channel = 0; channel < channels; channel++) {
      climb(term.values, ladders(channel), codes, into, channel * perChannel, (channel + 1) * perChannel);
    }
  };
}

/** Thresholds on the sum of several terms, a float. */
function bySumThresholds(form: Form, book: CodeBook, scale: Float64Array): Requantiser["run"] {
  const { channels, perChannel } = channelsOf(form.shape);
  const sums = new Float64Array(channels * perChannel);
  const ladders = perChannelOrOnce(form, scale, channels, (channel) => {
    const [low, high] = sumBounds(form, channel);
    const level = (x: number): number => book.index(applyAll(form.after, x, channel), atChannel(scale, channel));
    return ladder(level, low, high, floatBetween);
  });
  const codes = levelCodes(book);
  return (into) => {
    for (let channel = 0; channel < channels; channel++) {
      const [start, end] = [channel * perChannel, (channel + 1) * perChannel];
      addTerms(form, channel, sums, start, end);
      climb(sums, ladders(channel), codes, into, start, end);
    }
  };
}

function addTerms(form: Form, channel: number, sums: Float64Array, start: number, end: number): void {
  sums.fill(form.offset === undefined ? 0 : atChannel(form.offset, channel), start, end);
  for (const { values, scale } of form.terms) {
    const factor = atChannel(scale, channel);
    for (let at = start; at < end; at++) sums[at] = (sums[at] ?? 0) + factor * (values[at] ?? 0);
  }
}

function sumBounds({ terms, offset }: Form, channel: number): readonly [number, number] {
  let low = offset === undefined ? 0 : atChannel(offset, channel);
  let high = low;
  for (const { scale, min, max } of terms) {
    const factor = atChannel(scale, channel);
    low += Math.min(factor * min, factor * max);
    high += Math.max(factor * min, factor * max);
  }
  return [low, high];
}

/** One ladder for all channels where nothing differs between them. */
function perChannelOrOnce(
  form: Form,
  scale: Float64Array,
  channels: number,
  make: (channel: number) => Ladder,
): (channel: number) => Ladder {
  const same =
    scale.length === 1 &&
    (form.offset === undefined || form.offset.length === 1) &&
    form.terms.every((term) => term.scale.length === 1) &&
    form.after.every(({ uniform }) => uniform);
  const first = make(0);
  const others = same ? [] : Array.from({ length: channels - 1 }, (_, index) => make(index + 1));
  return (channel) => (channel === 0 ? first : (others[channel - 1] ?? first));
}

/** The whole number half-way, `undefined` when there is none strictly between. */
function integerBetween(low: number, high: number): number | undefined {
  return high - low <= 1 ? undefined : Math.floor(low + (high - low) / 2);
}

/** The float half-way, `undefined` when there is none strictly between. */
function floatBetween(low: number, high: number): number | undefined {
  const middle = low + (high - low) / 2;
  return middle <= low || middle >= high ? undefined : middle;
}

/** Finds where a function that goes one way reaches each of its levels between `min` and `max`. */
function ladder(
  level: (x: number) => number,
  min: number,
  max: number,
  between: (low: number, high: number) => number | undefined,
): Ladder {
  const sign = level(max) >= level(min) ? 1 : -1;
  const rising = (x: number): number => level(sign * x);
  let low = sign === 1 ? min : -max;
  const high = sign === 1 ? max : -min;
  const base = rising(low);
  const steps = new Float64Array(rising(high) - base);
  for (let step = 0; step < steps.length; step++) {
    low = firstAtLeast(rising, base + step + 1, low, high, between);
    steps[step] = low;
  }
  const span = (steps.at(-1) ?? 0) - (steps[0] ?? 0);
  return { sign, base, steps, density: span > 0 ? (steps.length - 1) / span : 0 };
}

/** The least x with `rising(x) >= wanted`, which is reached at `high`. */
function firstAtLeast(
  rising: (x: number) => number,
  wanted: number,
  start: number,
  end: number,
  between: (low: number, high: number) => number | undefined,
): number {
  if (rising(start) >= wanted) return start;
  let low = start;
  let high = end;
  for (let middle = between(low, high); middle !== undefined; middle = between(low, high)) {
    if (rising(middle) >= wanted) high = middle;
    else low = middle;
  }
  return high;
}

function levelCodes(book: CodeBook): Float64Array {
  return Float64Array.from({ length: book.count }, (_, index) => book.code(index));
}

/**
 * The levels of elements `start` to `end - 1`. The thresholds of an affine function are evenly spaced but for rounding, so a
 * guess from the density is right or one off; where they are not, the loops go on to the right one.
 */
function climb(
  values: Numbers,
  { sign, base, steps, density }: Ladder,
  codes: Float64Array,
  into: Numbers,
  start: number,
  end: number,
): void {
  const count = steps.length;
  const first = steps[0] ?? Infinity;
  const last = steps[count - 1] ?? Infinity;
  for (let at = start; at < end; at++) {
    const x = sign * (values[at] ?? 0);
    let reached: number;
    if (x < first) reached = 0;
    else if (x >= last) reached = count;
    else {
      reached = 1 + Math.trunc((x - first) * density);
      while ((steps[reached] ?? Infinity) <= x) reached++;
      while (reached > 0 && (steps[reached - 1] ?? 0) > x) reached--;
    }
    into[at] = codes[base + reached] ?? 0;
  }
}
