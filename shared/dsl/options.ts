/**
 * Reading of option objects: types are checked by the compiler, and once more here, because a model file is
 * evaluated while it is half typed. Nothing throws: what cannot be used is reported and replaced by a guess.
 */
import { describe, nearestName } from "./describe.js";
import type { DslProblemCode } from "./problem-codes.js";
import { report, within, type Site } from "./session.js";

/** How one option is read. */
export interface Field<T> {
  /** Completes "expects <option> to be ...". */
  readonly expects: string;
  /** The value, or `undefined` when it cannot be used. Not called for a missing option. */
  readonly parse: (value: unknown, site: Site, name: string) => T | undefined;
  readonly required: boolean;
  /** The default, or for a required option what stands in until it is there. */
  readonly guess: T;
  readonly code?: DslProblemCode;
}

/** One field per option of the interface `Options`, so that neither can be forgotten. */
export type FieldsOf<Options> = { readonly [Name in keyof Options]-?: Field<unknown> };

type FieldRecord = Readonly<Record<string, Field<unknown>>>;

type Parsed<Fields> = { readonly [Name in keyof Fields]: Fields[Name] extends Field<infer T> ? T : never };

/** An option with a default. */
export function optional<T, D>(field: Field<T>, defaultValue: D): Field<T | D> {
  return { ...field, required: false, guess: defaultValue };
}

/** A whole number from `least` to `most`; with `guess` while it is missing. */
export function integer(least: number, guess: number, most = 2 ** 31 - 1): Field<number> {
  return {
    expects: most < 2 ** 31 - 1 ? `a whole number from ${least} to ${most}` : `a whole number of at least ${least}`,
    // Adding 0 makes 0 of -0, which JSON does not have.
    parse: (value) => (isInteger(value) && value >= least && value <= most ? value + 0 : undefined),
    required: true,
    guess,
  };
}

/** A finite number that `accepts` agrees with. */
export function finite(
  expects: string,
  guess: number,
  accepts: (value: number) => boolean = () => true,
): Field<number> {
  return {
    expects,
    parse: (value) => (typeof value === "number" && Number.isFinite(value) && accepts(value) ? value + 0 : undefined),
    required: true,
    guess,
  };
}

export function flag(defaultValue: boolean): Field<boolean> {
  return {
    expects: "true or false",
    parse: (value) => (typeof value === "boolean" ? value : undefined),
    required: false,
    guess: defaultValue,
  };
}

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[], guess: Word): Field<Word> {
  return {
    expects: words.length === 1 ? `"${words.join("")}"` : `one of ${words.map((word) => `"${word}"`).join(", ")}`,
    parse: (value) => words.find((word) => word === value),
    required: true,
    guess,
  };
}

/** A text that is not empty. */
export function text(expects: string, guess: string): Field<string> {
  return {
    expects,
    parse: (value) => (typeof value === "string" && value.trim() !== "" ? value : undefined),
    required: true,
    guess,
  };
}

/** A number for each spatial dimension, or one for all of them. Gives a list of `dimensions` numbers. */
export function perDimension(dimensions: number, least: number, guess: number): Field<readonly number[]> {
  const one = integer(least, guess);
  const several = listOf(one, "");
  const list = dimensions === 1 ? "" : ` or a list of ${dimensions} of them`;
  return {
    expects: one.expects + list,
    parse: (value, site, name) => {
      if (Array.isArray(value)) return value.length === dimensions ? several.parse(value, site, name) : undefined;
      const size = one.parse(value, site, name);
      return size === undefined ? undefined : new Array<number>(dimensions).fill(size);
    },
    required: true,
    guess: Array.from({ length: dimensions }, () => guess),
  };
}

/** Longer lists are taken for a mistake; one scale per channel is the longest in earnest. */
export const longestList = 65_536;

/** A list whose items `item` reads; at least `least` of them. */
export function listOf<T>(item: Field<T>, expects: string, least = 1): Field<readonly Exclude<T, undefined>[]> {
  return {
    expects,
    parse: (value, site, name) => {
      if (!Array.isArray(value) || value.length < least || value.length > longestList) return undefined;
      // Unlike `map`, this sees the holes of a sparse array.
      const parsed = Array.from(value, (element: unknown) => item.parse(element, site, name));
      return parsed.every((element): element is Exclude<T, undefined> => element !== undefined) ? parsed : undefined;
    },
    required: true,
    guess: [],
  };
}

/** An option that is an object with options of its own; their problems are reported at their own places. */
export function nested<Fields extends FieldRecord>(expects: string, fields: Fields): Field<Parsed<Fields> | undefined> {
  return {
    expects,
    parse: (value, site, name) => (isObject(value) ? readOptions(within(site, name), value, fields) : undefined),
    required: false,
    guess: undefined,
  };
}

/**
 * Reads an options object. Reports options that are unknown, missing or unusable, each at its own place.
 * Returns every option of `fields`, defaults filled in.
 */
export function readOptions<Fields extends FieldRecord>(site: Site, raw: unknown, fields: Fields): Parsed<Fields> {
  const given = asOptions(site, raw);
  const { guesses, required } = summaryOf(fields);
  const options: Record<string, unknown> = { ...guesses };
  for (const name of Object.keys(given)) {
    const value = given[name];
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) reportUnknown(site, name, Object.keys(fields));
    else if (value !== undefined) options[name] = readValue(site, name, name, value, field);
  }
  if (required.some((name) => given[name] === undefined)) reportMissing(site, given, required, fields);
  return options as Parsed<Fields>;
}

interface FieldsSummary {
  readonly guesses: Readonly<Record<string, unknown>>;
  readonly required: readonly string[];
}

/** Each layer call reads its options, in an interpreter without a compiler: what does not change is found out once. */
const summaries = new WeakMap<FieldRecord, FieldsSummary>();

function summaryOf(fields: FieldRecord): FieldsSummary {
  const known = summaries.get(fields);
  if (known) return known;
  const entries = Object.entries(fields);
  const guesses = Object.fromEntries(entries.map(([name, field]) => [name, field.guess]));
  const required = entries.filter(([, field]) => field.required).map(([name]) => name);
  const summary = { guesses, required };
  summaries.set(fields, summary);
  return summary;
}

/** Reads one value: a positional argument (`int(6)`), or what an option's function gave. `place` is where it stands. */
export function readValue<T>(site: Site, place: number | string, name: string, raw: unknown, field: Field<T>): T {
  const value = field.parse(raw, site, name);
  if (value !== undefined) return value;
  reportUnusable(site, name, raw, field, [place]);
  return field.guess;
}

/** The options that are set: `undefined` does not survive JSON. */
export function withoutUndefined<T extends object>(options: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const set: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) set[name] = value;
  }
  return set as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}

const noOptions: Readonly<Record<string, unknown>> = Object.freeze({});

function asOptions(site: Site, raw: unknown): Readonly<Record<string, unknown>> {
  if (raw === undefined) return noOptions;
  if (isObject(raw)) return raw;
  report(
    site,
    "invalid-option",
    `${site.callee} expects its options as an object such as { name: value }, but found ${describe(raw)}.`,
  );
  return {};
}

function reportUnknown(site: Site, name: string, known: readonly string[]): void {
  const nearest = nearestName(name, known);
  const advice = nearest ? `write ${nearest} if that is meant` : `its options are ${known.join(", ")}`;
  report(site, "unknown-option", `${site.callee} has no option ${fullName(site, name)}, so it is ignored; ${advice}.`, [
    name,
  ]);
}

function reportMissing(
  site: Site,
  given: Readonly<Record<string, unknown>>,
  required: readonly string[],
  fields: FieldRecord,
): void {
  const names = required.filter((name) => given[name] === undefined);
  const needs = names.map((name) => `${fullName(site, name)} (${fields[name]?.expects ?? ""})`).join(" and ");
  const guesses = names.map((name) => `${name}: ${shown(fields[name]?.guess)}`).join(", ");
  report(site, "missing-option", `${site.callee} needs ${needs}; it is taken as { ${guesses} } until then.`);
}

function reportUnusable(
  site: Site,
  name: string,
  value: unknown,
  field: Field<unknown>,
  path: readonly (string | number)[],
): void {
  const instead = field.guess === undefined ? "it is ignored" : `${shown(field.guess)} is used instead`;
  report(
    site,
    field.code ?? "invalid-option",
    `${site.callee} expects ${fullName(site, name)} to be ${field.expects}, but found ${describe(value)}; ${instead}.`,
    path,
  );
}

function fullName(site: Site, name: string): string {
  return [...site.path, name].join(".");
}

function shown(value: unknown): string {
  return Array.isArray(value) && value.every((item) => item === value[0]) && value.length > 0
    ? describe(value[0])
    : describe(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
