/** TypeScript as it is printed: literals, calls and objects, broken where a line would be too long. */
import type { CallOptions, OptionValue, QuantizerCall } from "./calls.js";
import { isQuantizerCall } from "./calls.js";

/** Longest line. */
const width = 120;

/** A text literal: JSON's, with the two line separators that JavaScript once took for line ends escaped. */
export function textLiteral(text: string): string {
  return JSON.stringify(text).replace(/[\u2028\u2029]/g, (separator) =>
    separator === "\u2028" ? "\\u2028" : "\\u2029",
  );
}

/** An argument of a call: text that stays on its line, options that may be broken, a list of numbers. */
export type Argument = string | { readonly options: CallOptions; readonly spread?: string } | readonly number[];

/**
 * `head` + `callee(arguments)` + `tail` at this indentation; the last argument is broken if the line is too long.
 * `head` may be `x = ` or `return `.
 */
export function callText(
  { head = "", tail = ";", indent }: { readonly head?: string; readonly tail?: string; readonly indent: number },
  callee: string,
  args: readonly Argument[],
): string {
  const space = " ".repeat(indent);
  const flat = `${space}${head}${callee}(${args.map(flatArgument).join(", ")})${tail}`;
  if (flat.length <= width && !hasLongList(args)) return flat;
  const before = args.slice(0, -1).map((argument) => `${flatArgument(argument)}, `);
  const last = args.at(-1) ?? "";
  return `${space}${head}${callee}(${before.join("")}${brokenArgument(last, indent)})${tail}`;
}

/** `quantizer(bits, { options })` on one line. */
export function flatValue(value: OptionValue): string {
  if (typeof value === "string") return textLiteral(value);
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean") return String(value);
  if (isList(value)) return `[${value.map(numberText).join(", ")}]`;
  if (isQuantizerCall(value)) return flatQuantizer(value);
  return flatOptions(value);
}

/** `{ a: 1, b: 2 }`. */
export function flatOptions(options: CallOptions, spread?: string): string {
  const entries = Object.entries(options).map(([name, value]) => `${name}: ${flatValue(value)}`);
  return `{ ${[...(spread ? [`...${spread}`] : []), ...entries].join(", ")} }`;
}

/** A block comment of one sentence, broken into lines. */
export function commentText(sentence: string): string {
  const words = sentence.replaceAll("*/", "* /").split(/\s+/);
  const lines = [""];
  for (const word of words) {
    const line = lines.at(-1) ?? "";
    if (line.length + word.length + 4 > width && line !== "") lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  const [only = ""] = lines;
  return lines.length === 1 && only.length < width - 8
    ? `/** ${only} */`
    : `/**\n${lines.map((line) => ` * ${line}`).join("\n")}\n */`;
}

function numberText(value: number): string {
  return String(value + 0).replace("e+", "e");
}

function flatQuantizer({ quantizer, bits, options }: QuantizerCall): string {
  const given = Object.keys(options).length > 0 ? [flatOptions(options)] : [];
  return `${quantizer}(${[...(bits === undefined ? [] : [numberText(bits)]), ...given].join(", ")})`;
}

function flatArgument(argument: Argument): string {
  if (typeof argument === "string") return argument;
  if (!isOptions(argument)) return flatValue(argument);
  return flatOptions(argument.options, argument.spread);
}

function isOptions(argument: Argument): argument is { readonly options: CallOptions; readonly spread?: string } {
  return typeof argument === "object" && !Array.isArray(argument);
}

function isList(value: OptionValue): value is readonly number[] {
  return Array.isArray(value);
}

function hasLongList(args: readonly Argument[]): boolean {
  return args.some((argument) => isList(argument) && flatArgument(argument).length > width);
}

function brokenArgument(argument: Argument, indent: number): string {
  if (typeof argument === "string") return argument;
  if (!isOptions(argument)) return filledList(argument, indent);
  const space = " ".repeat(indent + 2);
  const lines = Object.entries(argument.options).map(([name, value]) => brokenEntry(name, value, indent + 2));
  const all = [...(argument.spread ? [`${space}...${argument.spread},`] : []), ...lines];
  return `{\n${all.join("\n")}\n${" ".repeat(indent)}}`;
}

function brokenEntry(name: string, value: OptionValue, indent: number): string {
  const flat = `${" ".repeat(indent)}${name}: ${flatValue(value)},`;
  if (flat.length <= width || typeof value !== "object") return flat;
  if (isList(value)) return `${" ".repeat(indent)}${name}: ${filledList(value, indent)},`;
  if (!isQuantizerCall(value)) {
    return `${" ".repeat(indent)}${name}: ${brokenArgument({ options: value }, indent)},`;
  }
  const bits = value.bits === undefined ? "" : `${numberText(value.bits)}, `;
  const options = brokenArgument({ options: value.options }, indent);
  return `${" ".repeat(indent)}${name}: ${value.quantizer}(${bits}${options}),`;
}

/** As many numbers on each line as fit. */
function filledList(values: readonly number[], indent: number): string {
  const space = " ".repeat(indent + 2);
  const lines: string[] = [];
  let line = space;
  values.forEach((value, at) => {
    const text = `${numberText(value)},`;
    if (line !== space && line.length + 1 + text.length > width) {
      lines.push(line);
      line = space;
    }
    line += line === space ? text : ` ${text}`;
    if (at === values.length - 1) lines.push(line);
  });
  return `[\n${lines.join("\n")}\n${" ".repeat(indent)}]`;
}
