/** Rows as points of a unit cube, where neighbours are alike: what samplers cross, shift and estimate densities in. */
import type { VariedDefinition } from "../../../shared/dsl/definition.js";
import { parametersKey, type RowParameters } from "../rows.js";
import type { SamplerInput } from "./sampler.js";
import { shareOfValue, valueAtShare, valuesOf } from "./space.js";

/** A varied parameter. */
export interface Gene {
  readonly name: string;
  readonly varied: VariedDefinition;
  /** How many values it has; `undefined`: any number of a range. */
  readonly count: number | undefined;
  /** False for names and lists of numbers: no value lies between two others. */
  readonly isOrdered: boolean;
}

export function genesOf(vary: Readonly<Record<string, VariedDefinition>>): readonly Gene[] {
  return Object.entries(vary).map(([name, varied]) => {
    const values = valuesOf(varied);
    const isOrdered = varied.kind === "range" || varied.values.every((value) => typeof value === "number");
    return { name, varied, count: values?.length, isOrdered };
  });
}

/** The row at a point; each coordinate from 0 to below 1. */
export function rowAt(genes: readonly Gene[], point: readonly number[]): RowParameters {
  return Object.fromEntries(genes.map(({ name, varied }, index) => [name, valueAtShare(varied, point[index] ?? 0)]));
}

/** The point of a row: the middle of what has the same values. */
export function pointOf(genes: readonly Gene[], row: RowParameters): readonly number[] {
  return genes.map(({ name, varied }) => shareOfValue(varied, row[name]));
}

/** So many rows in a row that were there already mean that little is left. */
const mostDraws = 1000;

/** A row that is not among the known ones, and is from then on; `undefined` when none is found. */
export function newRow(
  genes: readonly Gene[],
  known: Set<string>,
  draw: (tries: number) => readonly number[],
): RowParameters | undefined {
  for (let tries = 0; tries < mostDraws; tries++) {
    const row = rowAt(genes, draw(tries));
    const key = parametersKey(row);
    if (known.has(key)) continue;
    known.add(key);
    return row;
  }
  return undefined;
}

/** The rows that are asked for, as far as there are so many different ones. */
export function totalOf({ vary, options }: Pick<SamplerInput, "vary" | "options">): number {
  const combinations = genesOf(vary).reduce((product, { count }) => product * (count ?? Infinity), 1);
  return Math.min(Number(options.rows), combinations);
}
