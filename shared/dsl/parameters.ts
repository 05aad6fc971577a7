/** Parameters that a model file exposes: values that a sweep, a what-if or a command line may change. */
import { describe } from "./describe.js";
import { isPlain, typeOf, type ParameterValue } from "./plain-values.js";
import { enter, parameterOverride, registerParameter, report, type Site } from "./session.js";

/** The type of a parameter with a default of type `T`: `6` allows every number. */
export type Widened<T> = T extends number ? number : T extends string ? string : T extends boolean ? boolean : T;

/**
 * A parameter of the model file: `const bits = param("bits", 6)`.
 *
 * Gives the default, unless whoever runs the file has chosen another value; that must have the default's type.
 * @param name Unique in the program: letters, digits, `_`, `.` and `-`.
 */
export function param<T extends ParameterValue>(name: string, defaultValue: T): Widened<T> {
  const site = enter("param");
  if (typeof name !== "string" || !/^[\w.-]+$/.test(name)) {
    const expected = "a text of letters, digits, _, . and -";
    report(site, "invalid-parameter", `param expects its name to be ${expected}, but found ${describe(name)}.`, [0]);
    return defaultValue as Widened<T>;
  }
  if (!isPlain(defaultValue)) {
    const expected = "a number, a text, true, false, or a list of numbers or texts";
    report(
      site,
      "invalid-parameter",
      `param expects the default of ${name} to be ${expected}, but found ${describe(defaultValue)}.`,
      [1],
    );
    return defaultValue as Widened<T>;
  }
  const value = valueInForce(site, name, defaultValue) as Widened<T>;
  registerParameter({ name, value, default: defaultValue, ...(site.origin && { origin: site.origin }) });
  return value;
}

/** The chosen value when it has the default's type, else the default. */
export function valueInForce(site: Site, name: string, defaultValue: unknown): unknown {
  const chosen = parameterOverride(name);
  if (chosen === undefined) return defaultValue;
  if (isPlain(chosen) && (defaultValue === undefined || typeOf(chosen) === typeOf(defaultValue))) return chosen;
  const expected =
    defaultValue === undefined ? "plain data" : `${typeOf(defaultValue)}, as its default ${describe(defaultValue)} is`;
  report(
    site,
    "invalid-parameter",
    `The parameter ${name} expects ${expected}, but its chosen value is ${describe(chosen)}; the default is used.`,
  );
  return defaultValue;
}

/** A parameter's value for the model's description, in which there is only plain data. */
export function plainParameter(value: unknown): unknown {
  return isPlain(value) ? value : undefined;
}
