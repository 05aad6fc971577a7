/** Values of a model's parameters as text: how they are shown and how what the user types is read. */
import type { ParameterRecord, ParameterValue } from "../../shared/messages.js";

/** As it would stand in the model file: `6`, `"same"`, `[3, 5]`. */
export function showValue(value: ParameterValue): string {
  return Array.isArray(value) ? `[${value.map((item) => JSON.stringify(item)).join(", ")}]` : JSON.stringify(value);
}

/** The value that a text means for a parameter, by the type of its default; or one sentence about what is wrong. */
export function readValue(
  text: string,
  { name, default: preset }: ParameterRecord,
): { readonly value: ParameterValue } | { readonly problem: string } {
  if (typeof preset === "string") return { value: text };
  const value = parse(text);
  if (typeof value === typeof preset && Array.isArray(value) === Array.isArray(preset)) {
    if (!Array.isArray(value)) return { value: value as ParameterValue };
    const isNumbers = (preset as readonly unknown[]).every((item) => typeof item === "number");
    if (value.every((item) => typeof item === (isNumbers ? "number" : "string"))) return { value };
  }
  return { problem: `${name} is ${kindOf(preset)}, such as ${showValue(preset)}.` };
}

/** What differs from the defaults: what a setting has to keep. */
export function chosenValues(parameters: readonly ParameterRecord[]): Readonly<Record<string, ParameterValue>> {
  const changed = parameters.filter((each) => showValue(each.value) !== showValue(each.default));
  return Object.fromEntries(changed.map(({ name, value }) => [name, value]));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function kindOf(preset: ParameterValue): string {
  if (Array.isArray(preset)) return typeof preset[0] === "string" ? "a list of texts" : "a list of numbers";
  return typeof preset === "boolean" ? "true or false" : "a number";
}
