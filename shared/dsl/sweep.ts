/** Sweeps: which values of a model's parameters are tried, and in which order. Values are read and checked here. */
import type { SamplerDefinition, SweepDefinition, VariedDefinition } from "./definition.js";
import { describe, nearestName } from "./describe.js";
import { made, madeField } from "./made.js";
import type { BudgetSpec } from "./model.js";
import {
  finite,
  integer,
  nested,
  oneOf,
  optional,
  readOptions,
  readValue,
  text,
  withoutUndefined,
  type Field,
  type FieldsOf,
} from "./options.js";
import { isPlain, typeOf, type ParameterValue } from "./plain-values.js";
import { enter, report, within, type Site } from "./session.js";

/** A sweep over a model's parameters, made by `sweep`. */
export type Sweep = SweepDefinition;

/** How a sweep chooses its rows, made by `grid`, `random`, `tpe`, `evolution`, `halving` or `list`. */
export type Sampler = SamplerDefinition;

/** Numbers from `min` to `max`. */
export interface Range {
  /** Smallest value. */
  min: number;
  /** Largest value. */
  max: number;
  /** Distance of neighbours; with `scale: "log"` their ratio, above 1. Default: every number between. */
  step?: number;
  /** Whether differences count or ratios: `"log"` for learning rates. Default `"linear"`. */
  scale?: "linear" | "log";
}

/** Options of `sweep`. */
export interface SweepOptions {
  /**
   * By parameter of the model: a list of the values to try, or a range of numbers, such as
   * `{ bits: [4, 5, 6], lr: { min: 1e-4, max: 1e-2, scale: "log" } }`. No default: give it, or rows by `list`.
   */
  vary?: Readonly<Record<string, readonly ParameterValue[] | Range>>;
  /** Default `grid()`. */
  sampler?: Sampler;
  /** Rows that cannot become so cheap are not trained. Default: the model's. */
  budget?: BudgetSpec;
}

/** Options of `random`. */
export interface RandomOptions {
  /** Rows to run. */
  rows: number;
  /** Seed of the choice. Default 0. */
  seed?: number;
}

/** Options of `tpe`. */
export interface TpeOptions {
  /** Rows to run. */
  rows: number;
  /**
   * How many rows before a row its choice does not wait for: so many can run at once, and the choice does not depend on which of
   * them is over first. Default 4.
   */
  parallel?: number;
  /** Seed of the choice. Default 0. */
  seed?: number;
}

/** Options of `evolution`. */
export interface EvolutionOptions {
  /** Rows to run. */
  rows: number;
  /** Rows of a generation. Default 16. */
  population?: number;
  /** Seed of the choice. Default 0. */
  seed?: number;
}

/** Options of `halving`. */
export interface HalvingOptions {
  /** Rows of the first rung. */
  rows: number;
  /** The varied parameter that says how much is trained; its values, from small to large, are the rungs. */
  over: string;
  /** One of so many rows goes on to the next rung. Default 3. */
  eta?: number;
  /** Seed of the choice. Default 0. */
  seed?: number;
}

const amount = optional(
  finite("a number above 0", 1, (value) => value > 0),
  undefined,
);

/** What a model or a row of a sweep may cost. */
export const budgetField = nested("an object such as { score: 0.02 }", {
  score: amount,
  bops: amount,
  memWBits: amount,
} satisfies FieldsOf<BudgetSpec>);

const rangeFields = {
  min: finite("a number", 0),
  max: finite("a number", 1),
  step: optional(
    finite("a number above 0", 1, (value) => value > 0),
    undefined,
  ),
  scale: optional(oneOf(["linear", "log"], "linear"), "linear" as const),
} satisfies FieldsOf<Range>;

const varyField: Field<Readonly<Record<string, VariedDefinition>> | undefined> = {
  expects: "an object such as { bits: [4, 5, 6] }",
  parse: (value, site) => (isObject(value) ? variedOf(within(site, "vary"), value) : undefined),
  required: false,
  guess: undefined,
};

const sweepFields = {
  vary: varyField,
  sampler: madeField<Sampler>("sampler", "a sampler such as random({ rows: 100 })"),
  budget: budgetField,
} satisfies FieldsOf<SweepOptions>;

const rowsField = integer(1, 1, 1_000_000);
const seedField = optional(integer(0, 0, 2 ** 32 - 1), 0);

const randomFields = { rows: rowsField, seed: seedField } satisfies FieldsOf<RandomOptions>;
const tpeFields = {
  rows: rowsField,
  parallel: optional(integer(1, 4, 1_000_000), 4),
  seed: seedField,
} satisfies FieldsOf<TpeOptions>;
const halvingFields = {
  rows: rowsField,
  over: text('the name of a varied parameter, such as "epochs"', "epochs"),
  eta: optional(
    finite("a number above 1", 3, (value) => value > 1),
    3,
  ),
  seed: seedField,
} satisfies FieldsOf<HalvingOptions>;
const evolutionFields = {
  rows: rowsField,
  population: optional(integer(4, 16, 10_000), 16),
  seed: seedField,
} satisfies FieldsOf<EvolutionOptions>;

/**
 * A sweep, for the model's option `sweep`: `quantlens sweep net.model.ts` trains, prunes, evaluates and exports a network
 * for each row of parameter values.
 */
export function sweep(options: SweepOptions): Sweep {
  const site = enter("sweep");
  const { vary = {}, sampler = gridSampler, budget } = readOptions(site, options, sweepFields);
  const names = Object.keys(vary);
  if (sampler.kind !== "list" && names.length === 0) {
    report(
      site,
      "missing-option",
      "sweep needs vary with at least one parameter, or rows by list([...]); it has one row of defaults until then.",
    );
  }
  if (sampler.kind === "list" && names.length > 0) {
    const message = "sweep ignores vary, because list has its own rows; leave it out.";
    report(site, "option-without-effect", message, ["vary"]);
  }
  return made("sweep", {
    vary: sampler.kind === "list" ? {} : vary,
    sampler,
    ...(budget && { budget: withoutUndefined(budget) }),
    ...(site.origin && { origin: site.origin }),
  });
}

const gridSampler: Sampler = { kind: "grid", options: {} };

/** Every combination of the values; ranges need a `step`. The last parameter changes fastest. */
export function grid(): Sampler {
  return made("sampler", { ...gridSampler });
}

/** Combinations at random, each at most once. */
export function random(options: RandomOptions): Sampler {
  return made("sampler", { kind: "random", options: readOptions(enter("random"), options, randomFields) });
}

/** Combinations that are likely to be better, by the rows that are over: a tree-structured Parzen estimator. */
export function tpe(options: TpeOptions): Sampler {
  return made("sampler", { kind: "tpe", options: readOptions(enter("tpe"), options, tpeFields) });
}

/** Generations of combinations, the best of which are crossed and changed: NSGA-II. */
export function evolution(options: EvolutionOptions): Sampler {
  return made("sampler", { kind: "evolution", options: readOptions(enter("evolution"), options, evolutionFields) });
}

/**
 * Successive halving: many rows with little training, the best third of them with more, and so on. Stages that rungs have in
 * common are trained once: let the parameter say how many of equal `train` stages there are.
 */
export function halving(options: HalvingOptions): Sampler {
  return made("sampler", { kind: "halving", options: readOptions(enter("halving"), options, halvingFields) });
}

/** The given rows: `list([{ bits: 4 }, { bits: 6, kernel: 9 }])`; parameters that a row leaves out have their defaults. */
export function list(rows: readonly Readonly<Record<string, ParameterValue>>[]): Sampler {
  const read = readValue(enter("list"), 0, "rows", rows, rowsOfList);
  return made("sampler", { kind: "list", options: { rows: read } });
}

const rowsOfList: Field<readonly Readonly<Record<string, unknown>>[]> = {
  expects: "a list of objects such as { bits: 4 } with plain values",
  parse: (value) =>
    Array.isArray(value) && value.length > 0 && value.every((row) => isObject(row) && Object.values(row).every(isPlain))
      ? (value as readonly Readonly<Record<string, unknown>>[])
      : undefined,
  required: true,
  guess: [],
};

/** The option `sweep` of a model. */
export const sweepField = madeField<Sweep>("sweep", "a sweep such as sweep({ vary: { bits: [4, 5, 6] } })");

function variedOf(site: Site, given: Readonly<Record<string, unknown>>): Readonly<Record<string, VariedDefinition>> {
  const varied: Record<string, VariedDefinition> = {};
  for (const [name, value] of Object.entries(given)) {
    const own = Array.isArray(value) ? choicesOf(site, name, value) : rangeOf(site, name, value);
    if (own !== undefined) varied[name] = own;
  }
  return varied;
}

function choicesOf(site: Site, name: string, values: readonly unknown[]): VariedDefinition | undefined {
  const sameType = new Set(values.filter(isPlain).map(typeOf)).size === 1;
  if (values.length > 0 && values.every(isPlain) && sameType) {
    return { kind: "choices", values: values };
  }
  const expected = "a list of plain values of one type, or a range";
  report(site, "invalid-option", `sweep expects vary.${name} to be ${expected}, but found ${describe(values)}.`, [
    name,
  ]);
  return undefined;
}

function rangeOf(site: Site, name: string, value: unknown): VariedDefinition | undefined {
  if (!isObject(value)) {
    const expected = "a list of values, or a range such as { min: 3, max: 8, step: 1 }";
    report(site, "invalid-option", `sweep expects vary.${name} to be ${expected}, but found ${describe(value)}.`, [
      name,
    ]);
    return undefined;
  }
  const { min, max, step, scale } = readOptions(within(site, name), value, rangeFields);
  const wrong =
    min > max
      ? `its min (${min}) is above its max (${max})`
      : scale === "log" && min <= 0
        ? `its min (${min}) is not above 0, as a log scale needs`
        : scale === "log" && step !== undefined && step <= 1
          ? `its step (${step}) is not above 1, as the ratio on a log scale must be`
          : undefined;
  if (wrong === undefined) return { kind: "range", min, max, scale, ...(step !== undefined && { step }) };
  report(site, "invalid-option", `sweep cannot use the range vary.${name}: ${wrong}; it is left out.`, [name]);
  return undefined;
}

/** A parameter of the model, as far as a sweep needs it. */
interface KnownParameter {
  readonly name: string;
  readonly default: unknown;
}

/** Reports names that are no parameters of the model, and values of another type than the parameter's. */
export function checkSweep(site: Site, { vary, sampler }: Sweep, parameters: readonly KnownParameter[]): void {
  const known = new Map(parameters.map((parameter) => [parameter.name, parameter.default]));
  const rows = sampler.kind === "list" ? (sampler.options.rows as readonly Readonly<Record<string, unknown>>[]) : [];
  const values = [
    ...Object.entries(vary).map(([name, own]) => [name, own.kind === "choices" ? own.values[0] : own.min] as const),
    ...rows.flatMap((row) => Object.entries(row)),
  ];
  for (const [name, value] of values) {
    if (!known.has(name)) {
      const names = [...known.keys()];
      const nearest = nearestName(name, names);
      const advice = nearest ?? (names.join(", ") || 'none: add param("' + name + '", ...)');
      const message = `The sweep varies ${name}, which is no parameter of the model; ${nearest ? `write ${advice} if that is meant` : `its parameters are ${advice}`}.`;
      report(site, "invalid-parameter", message, ["sweep"]);
      continue;
    }
    const defaultValue = known.get(name);
    if (defaultValue === undefined || !isPlain(value) || typeOf(value) === typeOf(defaultValue)) continue;
    const message = `The sweep gives ${name} the value ${describe(value)}, but its default ${describe(defaultValue)} is ${typeOf(defaultValue)}.`;
    report(site, "invalid-parameter", message, ["sweep"]);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
