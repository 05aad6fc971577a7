/** The body of `forward`: one statement per layer, with as few variables as the network has open branches. */

/** A layer's call. Values are numbered: 0 is the model's input, `i + 1` the result of statement `i`. */
export interface Statement {
  readonly inputs: readonly number[];
  /** Which inputs are to be read as plain tensors though they are `QuantTensor`s. */
  readonly unpack: readonly boolean[];
  readonly expression: (args: readonly string[]) => string;
}

/** The statements as Python and the variable that holds the last one's result. */
export function forwardBody(statements: readonly Statement[]): {
  readonly lines: readonly string[];
  readonly result: string;
} {
  const lastUse = new Map<number, number>();
  statements.forEach(({ inputs }, at) => {
    for (const value of inputs) lastUse.set(value, at);
  });
  const output = statements.length;
  lastUse.set(output, statements.length);
  const names = new Map<number, string>([[0, "x"]]);
  const open = new Map<number, string>(lastUse.has(0) ? [[0, "x"]] : []);
  const lines = statements.map(({ inputs, unpack, expression }, at) => {
    const args = inputs.map((value, position) => `${names.get(value) ?? "x"}${unpack[position] ? ".value" : ""}`);
    for (const value of inputs) if (lastUse.get(value) === at) open.delete(value);
    const name = freeName(new Set(open.values()));
    names.set(at + 1, name);
    if (lastUse.has(at + 1)) open.set(at + 1, name);
    return `${name} = ${expression(args)}`;
  });
  return { lines, result: names.get(output) ?? "x" };
}

const shortNames = ["x", "y", "z"];

/** The first of x, y, z, x3, x4, ... that no open value has. */
function freeName(taken: ReadonlySet<string>): string {
  for (let index = 0; ; index++) {
    const name = shortNames[index] ?? `x${index}`;
    if (!taken.has(name)) return name;
  }
}
