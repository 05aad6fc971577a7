/** Text of Python. */

/** A value as a Python literal. Numbers have the digits that give the same double back. */
export function literal(value: PythonValue): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return number(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof Verbatim) return value.text;
  return value.length === 1 ? `(${literal(value[0] ?? 0)},)` : `(${value.map(literal).join(", ")})`;
}

export type PythonValue = boolean | number | string | Verbatim | readonly PythonValue[];

/** An expression that is Python already. */
export class Verbatim {
  constructor(readonly text: string) {}
}

export function verbatim(text: string): Verbatim {
  return new Verbatim(text);
}

function number(value: number): string {
  if (!Number.isFinite(value)) return `float("${String(value).toLowerCase().replace("infinity", "inf")}")`;
  return Object.is(value, -0) ? "-0.0" : String(value).replace("e+", "e");
}

/** `name(a, b, key=value)`; arguments that are `undefined` are left out. */
export function call(
  name: string,
  positional: readonly PythonValue[],
  keywords: Readonly<Record<string, PythonValue | undefined>> = {},
): string {
  const named = Object.entries(keywords).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${literal(value)}`],
  );
  return `${name}(${[...positional.map(literal), ...named].join(", ")})`;
}

/** One number where all are the same, else a tuple: sizes per dimension, as PyTorch's layers take them. */
export function perDimension(values: readonly number[]): PythonValue {
  const [first = 0] = values;
  return values.every((value) => value === first) ? first : values;
}

/** Python 3's words, which cannot be names. */
const keywords = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global if " +
    "import in is lambda nonlocal not or pass raise return try while with yield"
  ).split(" "),
);

/** The nearest text that is a Python name: `my net` is `my_net`, `2d` is `_2d`. */
export function identifier(text: string): string {
  const plain = text.replace(/[^A-Za-z0-9_]/g, "_");
  if (plain === "") return "_";
  return /^[0-9]/.test(plain) ? `_${plain}` : keywords.has(plain) ? `${plain}_` : plain;
}

export function isIdentifier(text: string): boolean {
  return identifier(text) === text;
}
