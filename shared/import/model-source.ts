/** The text of a model file. */
import type { Shape } from "../graph/graph.js";
import { isQuantizerCall, type CallOptions, type LayerCall, type NotExpressed, type OptionValue } from "./calls.js";
import type { Helper } from "./blocks.js";
import { plainName } from "./layer-names.js";
import { callText, commentText, flatOptions, textLiteral, type Argument } from "./source-text.js";
import type { Body, Row, Statement, Target } from "./statements.js";

export interface SourceParts {
  readonly name: string;
  readonly inputShape: Shape;
  readonly body: Body;
  /** What the file's first comment says, one sentence. */
  readonly comment: string;
  readonly notExpressed: readonly NotExpressed[];
}

/** Prints the file; formatted as Prettier does at 120 columns. */
export function modelSource({ name, inputShape, body, comment, notExpressed }: SourceParts): string {
  const rows: string[] = [];
  const forward = body.statements.map((statement) => statementText(statement, rows));
  const helpers = [...new Set(body.statements.flatMap(helperOf))];
  return [
    [commentText(comment), ...notExpressed.map((item) => `// ${standInText(item)}`), importText(body.statements)].join(
      "\n",
    ),
    ...rows,
    ...helpers.map(helperText),
    [
      "export default defineModel({",
      `  name: ${textLiteral(name)},`,
      `  input: { shape: [${inputShape.join(", ")}] },`,
      "  forward(x) {",
      ...(body.input === undefined ? [] : [`    const ${body.input} = x;`]),
      ...forward,
      ...(body.result === undefined ? [] : [`    return ${body.result};`]),
      "  },",
      "});",
      "",
    ].join("\n"),
  ].join("\n\n");
}

function standInText({ node, opType, reason }: NotExpressed): string {
  const text = `${plainName(node) ?? "A node"} (${plainName(opType) ?? "?"}) ${reason}: a custom operator stands for it.`;
  return text.replace(/[\r\n\u2028\u2029]+/g, " ");
}

function helperOf(statement: Statement): readonly Helper[] {
  if (statement.kind === "call") return [];
  return [statement.kind === "loop" ? statement.helper : statement.block.helper];
}

function statementText(statement: Statement, rows: string[]): string {
  switch (statement.kind) {
    case "call":
      return callStatement(statement);
    case "block": {
      const { block, scope, input, target } = statement;
      return scopedCall(headOf(target), scope, block.helper, [input, ...sizesArgument(block.helper, block.sizes)]);
    }
    case "loop":
      return loopText(statement, rows);
  }
}

function callStatement({ call, name, inputs, target }: Extract<Statement, { kind: "call" }>): string {
  const options: CallOptions = { ...(name !== undefined && { name }), ...call.options };
  const tensors = call.takesList ? [`[${inputs.join(", ")}]`] : inputs;
  const args = [...tensors, ...(call.argument ? [call.argument] : []), ...optionsArgument(options)];
  return callText({ head: headOf(target), indent: 4 }, call.callee, args);
}

function optionsArgument(options: CallOptions, spread?: string): readonly Argument[] {
  if (Object.keys(options).length === 0 && spread === undefined) return [];
  return [{ options, ...(spread && { spread }) }];
}

function headOf(target: Target): string {
  switch (target.kind) {
    case "x":
      return "x = ";
    case "variable":
      return `const ${target.name} = `;
    case "returned":
      return "return ";
    case "none":
      return "";
  }
}

function sizesArgument({ sizes }: Helper, given: CallOptions): readonly Argument[] {
  return sizes.length === 0 ? [] : [{ options: given }];
}

/** `x = scope("conv.0", () => helper(x, { ... }));` */
function scopedCall(head: string, scope: string, { name }: Helper, args: readonly Argument[]): string {
  const flat = callText({ head: `${head}scope(${textLiteral(scope)}, () => `, tail: ");", indent: 4 }, name, args);
  if (!flat.includes("\n")) return flat;
  const inner = callText({ indent: 6, tail: "," }, name, args);
  return `    ${head}scope(${textLiteral(scope)}, () =>\n${inner}\n    );`;
}

/** The loop; its rows become a constant of the file. */
function loopText({ helper, rows: turns }: Extract<Statement, { kind: "loop" }>, rows: string[]): string {
  const list = rows.length === 0 ? "blocks" : `blocks${rows.length + 1}`;
  if (helper.sizes.length === 0) {
    const flat = `const ${list} = [${turns.map(({ name }) => textLiteral(name)).join(", ")}];`;
    const broken = `const ${list} = [\n${turns.map(({ name }) => `  ${textLiteral(name)},`).join("\n")}\n];`;
    rows.push(flat.length <= 120 ? flat : broken);
    return `    for (const name of ${list}) x = scope(name, () => ${helper.name}(x));`;
  }
  rows.push(`const ${list} = [\n${turns.map((row) => rowText(row, helper)).join("\n")}\n];`);
  return `    for (const { name, ...sizes } of ${list}) x = scope(name, () => ${helper.name}(x, sizes));`;
}

/** All rows have all sizes, so that they are of one type. */
function rowText({ name, sizes }: Row, helper: Helper): string {
  const all = Object.fromEntries(helper.sizes.map((size) => [size, sizes[size] ?? defaultSize(size)]));
  return `  ${flatOptions({ name, ...all })},`;
}

function defaultSize(option: string): number {
  return option === "padding" || option === "outputPadding" ? 0 : 1;
}

function helperText({ name, sizes, calls, suffixes }: Helper): string {
  const [product, ...rest] = calls;
  if (product === undefined) return "";
  const picked = `Pick<${optionsType(product)}, ${sizes.map(textLiteral).join(" | ")}>`;
  const flat = `function ${name}(x: Tensor${sizes.length > 0 ? `, sizes: ${picked}` : ""}) {`;
  const head = flat.length <= 120 ? flat : `function ${name}(\n  x: Tensor,\n  sizes: ${picked},\n) {`;
  const lines = [product, ...rest].map((call, at) => {
    const named = suffixes[at];
    const options: CallOptions = { ...(named !== undefined && { name: named }), ...call.options };
    const spread = at === 0 && sizes.length > 0 ? "sizes" : undefined;
    const isLast = at === rest.length;
    return callText({ head: isLast ? "return " : "x = ", indent: 2 }, call.callee, [
      "x",
      ...optionsArgument(options, spread),
    ]);
  });
  return [head, ...lines, "}"].join("\n");
}

/** `QuantConv1dOptions` of `quantConv1d`. */
function optionsType({ callee }: LayerCall): string {
  return `${callee.charAt(0).toUpperCase()}${callee.slice(1)}Options`;
}

function importText(statements: readonly Statement[]): string {
  const values = new Set(["defineModel"]);
  const types = new Set<string>();
  const addCall = (call: LayerCall) => {
    values.add(call.callee);
    for (const name of quantizersIn(call.options)) values.add(name);
  };
  for (const statement of statements) {
    if (statement.kind === "call") addCall(statement.call);
    for (const helper of helperOf(statement)) {
      values.add("scope");
      types.add("Tensor");
      helper.calls.forEach(addCall);
      if (helper.sizes.length > 0 && helper.calls[0]) types.add(optionsType(helper.calls[0]));
    }
  }
  const names = [...[...values].sort(), ...[...types].sort().map((name) => `type ${name}`)];
  const flat = `import { ${names.join(", ")} } from "quantlens";`;
  return flat.length <= 120 ? flat : `import {\n${names.map((name) => `  ${name},`).join("\n")}\n} from "quantlens";`;
}

function quantizersIn(options: CallOptions): readonly string[] {
  return Object.values(options).flatMap((value: OptionValue): readonly string[] => {
    if (typeof value !== "object" || Array.isArray(value)) return [];
    return isQuantizerCall(value) ? [value.quantizer] : quantizersIn(value as CallOptions);
  });
}
