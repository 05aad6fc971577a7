/** The values of a varied parameter. */
import type { VariedDefinition } from "../../../shared/dsl/definition.js";
import type { ParameterValue } from "../../../shared/dsl/plain-values.js";
import { CliError } from "../../errors.js";

/** Longer lists of values are taken for a mistake. */
const mostValues = 1_000_000;

/** All values of a parameter; `undefined` for a range without steps, which has no end of them. */
export function valuesOf(varied: VariedDefinition): readonly ParameterValue[] | undefined {
  if (varied.kind === "choices") return varied.values;
  const count = stepsOf(varied);
  return count === undefined ? undefined : Array.from({ length: count }, (_, step) => valueAt(varied, step));
}

type RangeDefinition = Extract<VariedDefinition, { kind: "range" }>;

/** How many values a range with steps has. */
function stepsOf({ min, max, step, scale }: RangeDefinition): number | undefined {
  if (step === undefined) return undefined;
  const distance = scale === "log" ? Math.log(max / min) / Math.log(step) : (max - min) / step;
  // The last value counts when rounding alone keeps it out: 0.1 + 2 * 0.1 is more than 0.3.
  const count = Math.floor(distance + 1e-9) + 1;
  if (count <= mostValues) return count;
  throw new CliError(`A range from ${min} to ${max} in steps of ${step} has ${count} values: use larger steps.`);
}

/** Twelve digits, so that steps of 0.1 give 0.3 and not 0.30000000000000004. */
function valueAt({ min, max, step = 1, scale }: RangeDefinition, index: number): number {
  const value = scale === "log" ? min * step ** index : min + step * index;
  return Math.min(max, Number(value.toPrecision(12)));
}

/** The value at a place from 0 to 1 (without 1) of the parameter's values. */
export function valueAtShare(varied: VariedDefinition, share: number): ParameterValue {
  const values = valuesOf(varied);
  if (values !== undefined) return values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? 0;
  const { min, max, scale } = varied as RangeDefinition;
  return scale === "log" ? min * (max / min) ** share : min + (max - min) * share;
}

/** The place of a value, from 0 to below 1: the middle of those at which it is found. Of a value that is none of them 0. */
export function shareOfValue(varied: VariedDefinition, value: ParameterValue | undefined): number {
  const values = valuesOf(varied);
  if (values !== undefined) {
    const text = JSON.stringify(value);
    const index = values.findIndex((each) => JSON.stringify(each) === text);
    return (Math.max(0, index) + 0.5) / values.length;
  }
  const { min, max, scale } = varied as RangeDefinition;
  const share =
    scale === "log" ? Math.log(Number(value) / min) / Math.log(max / min) : (Number(value) - min) / (max - min);
  return Math.min(1 - 2 ** -32, Math.max(0, share || 0));
}
