/** Golden files and the numbers in them. */
import { readFileSync } from "node:fs";
import { goldenPath } from "../../../shared/testing/golden.js";

/** float32 in nine digits; NaN and infinities as texts. */
export type Numbers = readonly (number | string)[];

/** The JSON of a golden file; the caller says what is in it. */
export function readGolden(...parts: string[]): unknown {
  return JSON.parse(readFileSync(goldenPath(...parts), "utf8"));
}

export function numbers(list: Numbers): readonly number[] {
  return list.map(number);
}

/** The float32 that is meant. */
export function number(value: number | string): number {
  return typeof value === "number"
    ? Math.fround(value)
    : Number(value.replace("nan", "NaN").replace("inf", "Infinity"));
}

/** Zeros of both signs are the same number. */
export function plus(value: number): number {
  return value + 0;
}
