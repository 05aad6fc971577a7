/**
 * A quantiser as hardware has it: a list of levels, numbered from 0 in ascending order, and the code that stands for each.
 * `value = code * unit * scale`; the zero point is already taken off the codes.
 */
import { roundHalfToEven, roundingFunction } from "../../../shared/graph/values/rounding.js";
import type { QuantizerSpec } from "../../train/program.js";
import { quantizerRange } from "../../train/quantizer-range.js";

export interface CodeBook {
  /** Number of levels. */
  readonly count: number;
  /** Least and greatest code. */
  readonly min: number;
  readonly max: number;
  /** 1, or a power of two where the levels of a code book are fractions of the scale. */
  readonly unit: number;
  /** Number of the level that a value becomes. Never falls while `x` rises. */
  readonly index: (x: number, scale: number) => number;
  /** The same in the arithmetic of the float network: each step rounded to float32. */
  readonly index32: (x: number, scale: number) => number;
  /** The number that stands for a level. */
  readonly code: (index: number) => number;
  /** False for levels that are no multiples of a common power of two: their codes are the levels themselves. */
  readonly integers: boolean;
}

/** The levels of a quantiser. */
export function codeBook(spec: QuantizerSpec): CodeBook {
  switch (spec.kind) {
    case "int":
      return uniform(spec);
    case "trunc":
      return truncating(spec);
    case "binary":
      return signs([-1, 1], (x) => (x >= 0 ? 1 : 0));
    case "ternary": {
      const { ternaryThreshold: threshold = 0.5 } = spec;
      return signs([-1, 0, 1], (x, limit) => (Math.abs(x) <= limit * threshold ? 1 : x > 0 ? 2 : 0));
    }
    case "levels":
      return listed(spec.levels ?? []);
  }
}

function uniform(spec: QuantizerSpec): CodeBook {
  const { zeroPoint } = spec;
  const { min, max } = quantizerRange(spec);
  const round = roundingFunction(modes[spec.rounding]);
  const levelOf = (scaled: number): number => round(Math.min(max, Math.max(min, scaled))) - min;
  return {
    ...range(min - zeroPoint, max - zeroPoint),
    index: (x, scale) => levelOf(x / scale + zeroPoint),
    index32: (x, scale) => levelOf(Math.fround(Math.fround(x / scale) + zeroPoint)),
  };
}

/** Cuts off low bits. The range is that of the bits that are left. */
function truncating(spec: QuantizerSpec): CodeBook {
  const { min, max } = quantizerRange(spec);
  const step = 2 ** (spec.truncatedBits ?? 0);
  const levelOf = (scaled: number): number =>
    Math.min(max, Math.max(min, Math.floor(roundHalfToEven(scaled) / step))) - min;
  return {
    ...range(min, max),
    index: (x, scale) => levelOf(x / scale),
    index32: (x, scale) => levelOf(Math.fround(x / scale)),
  };
}

/** All integers from `min` to `max`. */
function range(min: number, max: number): Pick<CodeBook, "count" | "min" | "max" | "unit" | "code" | "integers"> {
  return { count: max - min + 1, min, max, unit: 1, code: (index) => index + min, integers: true };
}

/** ONNX's words for the ways of rounding. */
const modes: Readonly<Record<QuantizerSpec["rounding"], string>> = {
  round: "ROUND",
  floor: "FLOOR",
  ceil: "CEIL",
  roundToZero: "ROUND_TO_ZERO",
};

function signs(codes: readonly number[], index: CodeBook["index"]): CodeBook {
  return {
    count: codes.length,
    min: -1,
    max: 1,
    unit: 1,
    index,
    index32: (x, scale) => index(Math.fround(x), scale),
    code: (at) => codes[at] ?? 0,
    integers: true,
  };
}

/** Finer levels than this are not integers for any hardware. */
const finestUnit = 2 ** -16;

/** The nearest level; half-way between two, the lower one. */
function listed(levels: readonly number[]): CodeBook {
  const common = commonUnit(levels);
  const unit = common ?? 1;
  const index = (scaled: number): number => {
    let at = 0;
    while (at + 1 < levels.length && scaled > ((levels[at] ?? 0) + (levels[at + 1] ?? 0)) / 2) at++;
    return at;
  };
  return {
    count: levels.length,
    min: (levels[0] ?? 0) / unit,
    max: (levels.at(-1) ?? 0) / unit,
    unit,
    index: (x, scale) => index(x / scale),
    index32: (x, scale) => index(Math.fround(x / scale)),
    code: (at) => (levels[at] ?? 0) / unit,
    integers: common !== undefined,
  };
}

function commonUnit(levels: readonly number[]): number | undefined {
  for (let unit = 1; unit >= finestUnit; unit /= 2) {
    if (levels.every((level) => Number.isInteger(level / unit))) return unit;
  }
  return undefined;
}
