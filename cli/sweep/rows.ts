/** The rows of a sweep: one experiment each. */
import type { ParameterValue } from "../../shared/dsl/plain-values.js";

/** Values by name of a parameter. */
export type RowParameters = Readonly<Record<string, ParameterValue>>;

export interface SweepRow {
  /** From 1. */
  readonly row: number;
  readonly parameters: RowParameters;
  /** Line of the table that it comes from, as a spreadsheet counts them. */
  readonly line?: number;
  /** Why the row cannot be run: its line of the table is not as it should be. */
  readonly problem?: string;
}

/** What a row came to, of the last epoch's weights of its last stage: those that are exported. */
export interface Measured {
  /** Share of correct predictions, 0 to 1: of the held-out samples if there are any, else of the test data. */
  readonly accuracy: number;
  readonly score: number;
  readonly bops: number;
  readonly memWBits: number;
  /** Share of weights that are not zero. */
  readonly density: number;
}

/** Those of the named parameters that a row has, as they are shown: `bits=4, kernels=27 21`. */
export function parametersText(parameters: RowParameters, names: readonly string[]): string {
  const text = (value: ParameterValue): string => (typeof value === "object" ? value.join(" ") : String(value));
  return Object.entries(parameters)
    .filter(([name]) => names.includes(name))
    .map(([name, value]) => `${name}=${text(value)}`)
    .join(", ");
}

/** Equal for rows that ask for the same. */
export function parametersKey(parameters: RowParameters): string {
  return JSON.stringify(Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1)));
}
