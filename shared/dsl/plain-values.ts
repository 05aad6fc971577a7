/** Plain data as parameters and their values are. */

/** What a parameter's value may be: plain data. */
export type ParameterValue = number | string | boolean | readonly number[] | readonly string[];

/** A number, a text, true, false, or a list of numbers or texts. */
export function isPlain(value: unknown): value is ParameterValue {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.every((item) => typeof item === "string" || typeof item === "boolean" || Number.isFinite(item));
}

/** How messages name the type of a plain value. */
export function typeOf(value: unknown): string {
  if (!Array.isArray(value)) return `a ${typeof value}`;
  return value.every((item) => typeof item === "number") ? "a list of numbers" : "a list of texts";
}
