/**
 * Values that only DSL functions make: optimisers, schedules, stages, data sources, challenges, sweeps. They are plain data,
 * so that they cross the sandbox, and known by identity, so that nothing half-made gets into a model.
 */
import type { Field } from "./options.js";

export type MadeKind = "optimizer" | "schedule" | "stage" | "data" | "challenge" | "sampler" | "sweep";

const kinds = new WeakMap<object, MadeKind>();

/** Marks a value as made by a DSL function, and freezes it. */
export function made<T extends object>(kind: MadeKind, value: T): T {
  kinds.set(value, kind);
  return Object.freeze(value);
}

/** An option that holds such a value; `expects` gives an example. */
export function madeField<T extends object>(kind: MadeKind, expects: string): Field<T | undefined> {
  return {
    expects,
    parse: (value) =>
      typeof value === "object" && value !== null && kinds.get(value) === kind ? (value as T) : undefined,
    required: false,
    guess: undefined,
  };
}
