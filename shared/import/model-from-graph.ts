/** From an ONNX file's graph to the text of a model file with the same network. */
import type { Graph, Shape } from "../graph/graph.js";
import { findBlocks } from "./blocks.js";
import type { LayerCall, NotExpressed } from "./calls.js";
import { shapeOf, sourceOf } from "./graph-view.js";
import { fromQcdq } from "./from-qcdq.js";
import { modelNameOf, plainName } from "./layer-names.js";
import { modelSource } from "./model-source.js";
import { recognize } from "./recognize.js";
import { planStatements } from "./statements.js";

export interface ImportedModel {
  /** TypeScript. */
  readonly source: string;
  /** The layers in the order in which the file makes them: one call makes one layer. */
  readonly calls: readonly LayerCall[];
  /** What the DSL has no word for; a custom operator of the same shape and cost stands for it. */
  readonly notExpressed: readonly NotExpressed[];
  /** The graph that the file was made from: the ONNX file's, quantisers in QCDQ form as `Quant` nodes. */
  readonly graph: Graph;
  /** True when quantisers were in QCDQ form. */
  readonly hadQcdq: boolean;
}

export interface ImportResult {
  readonly value: ImportedModel | undefined;
  /** One sentence each, without the file's name. */
  readonly problems: readonly { readonly message: string }[];
}

/**
 * Writes a model file for a graph. Never throws on what the graph is; whatever its names are, the text is valid.
 * @param file the ONNX file's name, which the first comment gives and which names a graph without a name.
 */
export function modelFromGraph(original: Graph, file: string): ImportResult {
  const { graph, changed: hadQcdq } = fromQcdq(original);
  const used = graph.inputs.filter((name) => graph.nodes.some(({ inputs }) => inputs.includes(name)));
  const [input = graph.inputs[0] ?? ""] = used;
  const [output] = graph.outputs;
  const inputShape = graph.tensors.get(input)?.shape;
  if (used.length > 1)
    return problem(`The graph has ${used.length} inputs (${listed(used)}), and a model file has one.`);
  if (output === undefined || graph.nodes.length === 0) return problem("The graph has no nodes or no output.");
  if (inputShape === undefined || inputShape.length < 2 || !inputShape.every(isSize))
    return problem(inputProblem(input, inputShape));
  const { view, calls, notExpressed, impossible } = recognize(graph);
  if (impossible !== undefined) {
    const [name, opType] = [impossible.name, impossible.opType].map((text) => plainName(text) ?? "?");
    return problem(
      `The node ${name ?? "?"} (${opType ?? "?"}) cannot be expressed, and its output's shape or what it reads is unknown, so nothing can stand for it.`,
    );
  }
  const result = sourceOf(view, output);
  if (!calls.some((call) => call.output === result)) return problem("The graph's output does not depend on its input.");
  const unread = graph.outputs.slice(1).map((name): NotExpressed => {
    const node = view.index.producers.get(name);
    return {
      node: node?.name ?? name,
      opType: node?.opType ?? "",
      reason: "makes an output of its own, where a model file has one",
    };
  });
  const body = planStatements(findBlocks(calls, [result]), input, result);
  const name = modelNameOf(graph.name) ?? modelNameOf(file.replace(/\.onnx$/i, "")) ?? "imported";
  const comment = `The network of ${plainName(file) ?? "an ONNX file"}${shapeText(shapeOf(view, result))}; a starting point, to be edited.`;
  const source = modelSource({ name, inputShape, body, comment, notExpressed });
  return { value: { source, calls, notExpressed: [...notExpressed, ...unread], graph, hadQcdq }, problems: [] };
}

function problem(message: string): ImportResult {
  return { value: undefined, problems: [{ message }] };
}

function isSize(size: number): boolean {
  return Number.isInteger(size) && size >= 1;
}

function inputProblem(name: string, shape: Shape | undefined): string {
  const found = shape === undefined ? "no shape" : `the shape (${shape.join(", ")})`;
  return `The graph's input ${plainName(name) ?? ""} has ${found}, and a model file needs at least two sizes of at least 1; export it with fixed sizes.`;
}

function listed(names: readonly string[]): string {
  return (
    names
      .slice(0, 3)
      .map((name) => plainName(name) ?? "?")
      .join(", ") + (names.length > 3 ? ", ..." : "")
  );
}

function shapeText(shape: Shape | undefined): string {
  return shape === undefined ? "" : `, whose output is ${shape.join("×")}`;
}
