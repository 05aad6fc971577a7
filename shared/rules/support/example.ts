/** Texts of rule examples: complete model files, so that they can be copied from the documentation and run. */

export interface ExampleParts {
  /** Statements of `forward(x)`, the last one a `return`. */
  readonly forward: string;
  /** Default `[1, 2, 1024]`, the challenge's. */
  readonly inputShape?: string;
  /** Further properties of the model, one per line, each with its comma. */
  readonly properties?: string;
}

/** A model file. What it imports is found in its text: `names` are the DSL's functions that it may use. */
export function modelExample({ forward, inputShape = "[1, 2, 1024]", properties }: ExampleParts): string {
  const called = `${forward}\n${properties ?? ""}`.matchAll(/(?<![\w.$])([a-z]\w*)\(/g);
  const imports = [...new Set(["defineModel", ...Array.from(called, ([, name]) => name ?? "")])].sort();
  return [
    `import { ${imports.join(", ")} } from "quantlens";`,
    "",
    "export default defineModel({",
    `  name: "Example",`,
    `  input: { shape: ${inputShape} },`,
    "  forward(x) {",
    ...indented(forward, "    "),
    "  },",
    ...(properties === undefined ? [] : indented(properties, "  ")),
    "});",
    "",
  ].join("\n");
}

/** A fully connected layer with inputs and weights of these bits. */
export function linearExample(inputBits: number, weightBits: number): string {
  return modelExample({
    forward: `
x = quantHardTanh(x, { actQuant: int(${inputBits}) });
return quantLinear(flatten(x), { outFeatures: 24, bias: false, weightQuant: int(${weightBits}) });`,
  });
}

function indented(text: string, indent: string): string[] {
  return text
    .trim()
    .split("\n")
    .map((line) => indent + line.trimEnd());
}

export interface OnnxExampleParts {
  /** Nodes, one per line, as `q = qonnx.custom_op.general.Quant <signed = 1> (x, s, z, b)`. */
  readonly nodes: string;
  /** Initialisers besides the usual ones, as `float[24,2,27] v`; values in braces. */
  readonly initializers?: string;
  readonly opset?: number;
  /** Default `float[1,2,1024] x`. */
  readonly input?: string;
}

/**
 * A graph in ONNX's textual syntax with the usual names: the input `x`, the output `y`, a weight `w` (24 channels, kernel 27),
 * and a quantiser's scale `s`, zero point `z` and bit width `b`.
 */
export function onnxExample({
  nodes,
  initializers,
  opset = 13,
  input = "float[1,2,1024] x",
}: OnnxExampleParts): string {
  const usual = ["float[24,2,27] w", "float[] s = {0.125}", "float[] z = {0}", "float[] b = {8}"];
  const given = (initializers ?? "")
    .split(";")
    .map((text) => text.trim())
    .filter((text) => text !== "");
  const own = new Set(given.map(initializerName));
  const all = [...usual.filter((text) => !own.has(initializerName(text))), ...given];
  return [
    `<ir_version: 8, opset_import: ["" : ${opset}, "qonnx.custom_op.general" : 1]>`,
    `example (${input}) => (float y)`,
    `<${all.join(", ")}>`,
    "{",
    ...indented(nodes, "  "),
    "}",
    "",
  ].join("\n");
}

/** A quantiser whose output a convolution reads, with one initialiser instead of the usual scale, zero point or width. */
export function onnxQuantizerExample(initializer: string): string {
  return onnxExample({
    initializers: initializer,
    nodes: `
q = qonnx.custom_op.general.Quant <signed = 1, narrow = 0> (x, s, z, b)
y = Conv (q, w)`,
  });
}

function initializerName(text: string): string {
  return /\]\s*(\w+)/.exec(text)?.[1] ?? text;
}
