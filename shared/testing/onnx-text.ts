/**
 * Graphs in ONNX's textual syntax (onnx `docs/Syntax.md`), as far as tests and rule examples need it: one node per line,
 * attributes that are numbers, lists of numbers or texts, initialisers with or without values. A node's name is that
 * of its first output.
 */
import type { AttributeValue, ElementType, Graph, GraphNode, Tensor, TensorData } from "../graph/graph.js";

/** Reads a graph. Throws on text that is not understood: tests and examples are written by hand. */
export function graphFromOnnxText(text: string): Graph {
  const head =
    /^(?<name>\w+)\s*\((?<inputs>.*)\)\s*=>\s*\((?<outputs>.*)\)\s*(?:<(?<initializers>[^]*?)>\s*)?\{(?<body>[^]*)\}\s*$/m;
  const parts = head.exec(text)?.groups;
  if (!parts) throw new Error(`No graph found in:\n${text}`);
  const tensors = new Map<string, Tensor>();
  const add = (tensor: Tensor) => {
    tensors.set(tensor.name, tensor);
    return tensor.name;
  };
  const inputs = splitList(parts.inputs ?? "").map((declaration) => add(readTensor(declaration)));
  for (const declaration of splitList(parts.initializers ?? "")) add({ ...readTensor(declaration), constant: true });
  const nodes = (parts.body ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map(readNode);
  for (const name of nodes.flatMap((node) => node.outputs)) {
    if (!tensors.has(name)) add({ name, elementType: "float32" });
  }
  const outputs = splitList(parts.outputs ?? "").map((declaration) => readTensor(declaration).name);
  const opset = /""\s*:\s*(\d+)/.exec(text)?.[1];
  return {
    name: parts.name ?? "",
    nodes,
    tensors,
    inputs,
    outputs,
    layers: [],
    ...(opset && { opset: Number(opset) }),
  };
}

const elementTypes: Readonly<Record<string, ElementType>> = { float: "float32", double: "float64" };

/** `float[24,2,27] w`, `float[] s = {0.125}`, `float y` (a tensor of unknown shape). */
function readTensor(declaration: string): Tensor {
  const found = /^(?<type>\w+)(?:\[(?<shape>[\d,\s]*)\])?\s+(?<name>\w+)(?:\s*=\s*\{(?<values>[^}]*)\})?$/.exec(
    declaration,
  )?.groups;
  if (!found) throw new Error(`No tensor: ${declaration}`);
  const type = found.type ?? "";
  const elementType = elementTypes[type] ?? (type as ElementType);
  const shape = found.shape === undefined ? undefined : splitList(found.shape).map(Number);
  const values = found.values === undefined ? undefined : splitList(found.values).map(Number);
  return {
    name: found.name ?? "",
    elementType,
    ...(shape && { shape }),
    ...(values && { data: dataOf(elementType, values) }),
  };
}

function dataOf(elementType: ElementType, values: readonly number[]): TensorData {
  return elementType === "float32" ? Float32Array.from(values) : Float64Array.from(values);
}

/** `y, z = domain.Op <a = 1, b = [1, 2], c = "text"> (x, w)`. */
function readNode(line: string): GraphNode {
  const found = /^(?<outputs>[\w,\s]+)=\s*(?<op>[\w.]+)\s*(?:<(?<attributes>.*)>)?\s*\((?<inputs>.*)\)$/.exec(
    line,
  )?.groups;
  if (!found) throw new Error(`No node: ${line}`);
  const outputs = splitList(found.outputs ?? "");
  const path = (found.op ?? "").split(".");
  return {
    name: outputs[0] ?? "",
    opType: path.at(-1) ?? "",
    domain: path.slice(0, -1).join("."),
    inputs: splitList(found.inputs ?? ""),
    outputs,
    attributes: Object.fromEntries(splitList(found.attributes ?? "").map(readAttribute)),
  };
}

function readAttribute(text: string): readonly [string, AttributeValue] {
  const [name = "", value = ""] = text.split("=").map((part) => part.trim());
  if (value.startsWith("[")) return [name, splitList(value.slice(1, -1)).map(Number)];
  return [name, value.startsWith('"') ? value.slice(1, -1) : Number(value)];
}

/** Items between commas that stand in no brackets. */
function splitList(text: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let item = "";
  for (const character of text) {
    if ("[{(<".includes(character)) depth++;
    if ("]})>".includes(character)) depth--;
    if (character === "," && depth === 0) {
      items.push(item);
      item = "";
    } else {
      item += character;
    }
  }
  return [...items, item].map((part) => part.trim()).filter((part) => part !== "");
}
