/** What recognising a graph's layers has found so far, and what all kinds of layers need. */
import type { GraphNode, Shape } from "../graph/graph.js";
import type { CallOptions, LayerCall, NotExpressed } from "./calls.js";
import { isConstant, makerOf, onlyReader, shapeOf, sourceOf, type GraphView } from "./graph-view.js";
import { activationQuantizer, codebookQuantizer, readQuant, type FoundQuantizer, type Place } from "./quantizers.js";

export interface Recognizer {
  readonly view: GraphView;
  readonly calls: LayerCall[];
  readonly notExpressed: NotExpressed[];
  /** Nodes that are part of a call. */
  readonly done: Set<GraphNode>;
  /** Quantisers that the layer behind them takes as its `inputQuant`. */
  readonly deferred: Set<GraphNode>;
}

/** What one kind of layer makes of a node: its call, or why it cannot (completes "<node> ..."). */
export type Found = LayerCall | string;

/** A call before the parts that most do not have. */
export type CallDraft = Pick<LayerCall, "callee" | "base" | "inputs" | "output"> & Partial<LayerCall>;

export function callOf(draft: CallDraft): LayerCall {
  return { options: {}, parameters: [], scales: [], ...draft };
}

/** Inputs that depend on the model's input, by the names of what makes them. */
export function dynamicInputs({ view }: Recognizer, node: GraphNode): readonly string[] {
  return node.inputs.filter((name) => name !== "" && !isConstant(view, name)).map((name) => sourceOf(view, name));
}

/** The first input, and its shape. */
export function mainInput({ view }: Recognizer, node: GraphNode): { readonly input: string; readonly shape: Shape } {
  const input = sourceOf(view, node.inputs[0] ?? "");
  return { input, shape: shapeOf(view, input) ?? [] };
}

export const quantizerOps: ReadonlySet<string> = new Set(["Quant", "CodebookQuant"]);

const actPlace: Place = { suffix: "act_quant", channelAxis: 1 };

/** The quantiser that is a node's only reader: the layer takes it as an option. */
interface Behind {
  readonly output: string;
  readonly options: CallOptions;
  readonly scales: LayerCall["scales"];
}

/** The call's output and options with the quantiser behind the node, if there is one that the DSL has. */
export function withQuantizer(recognizer: Recognizer, output: string, option: "actQuant" | "outputQuant"): Behind {
  const node = onlyReader(recognizer.view, output);
  const plain = { output, options: {}, scales: [] };
  if (node === undefined || !quantizerOps.has(node.opType) || node.outputs[0] === undefined) return plain;
  if (sourceOf(recognizer.view, node.inputs[0] ?? "") !== output) return plain;
  const suffix = option === "actQuant" ? "act_quant" : "output_quant";
  const found = quantizerOf(recognizer, node, { ...actPlace, suffix });
  if (typeof found === "string") return plain;
  recognizer.done.add(node);
  return { output: node.outputs[0], options: { [option]: found.call }, scales: found.scale ? [found.scale] : [] };
}

/** The quantiser of a computed tensor. */
export function quantizerOf({ view }: Recognizer, node: GraphNode, place: Place): FoundQuantizer | string {
  const codebook = codebookQuantizer(node);
  if (codebook) return { call: codebook };
  const quant = readQuant(view, node);
  if (typeof quant === "string") return quant;
  return activationQuantizer(quant, shapeOf(view, sourceOf(view, node.inputs[0] ?? "")) ?? [], place);
}

/** A quantiser on its own: `quantIdentity`. */
export function identityCall(recognizer: Recognizer, node: GraphNode): Found {
  const found = quantizerOf(recognizer, node, actPlace);
  if (typeof found === "string") return found;
  return callOf({
    ...{ callee: "quantIdentity", base: "identity", inputs: [mainInput(recognizer, node).input] },
    options: { actQuant: found.call },
    scales: found.scale ? [found.scale] : [],
    output: node.outputs[0] ?? "",
  });
}

/** Layers that only rearrange: a quantiser between one of them and a product is the product's `inputQuant`. */
const rearranging: ReadonlySet<string> = new Set([
  ...["Flatten", "Reshape", "Transpose", "MaxPool", "Concat", "Pad", "Upsample", "Squeeze", "Unsqueeze"],
]);

/** True for a quantiser that belongs to the product behind it rather than to what is before it. */
export function isInputQuantizer({ view }: Recognizer, node: GraphNode): boolean {
  const maker = makerOf(view, node.inputs[0] ?? "");
  const [output = ""] = node.outputs;
  const reader = onlyReader(view, output);
  return (
    maker !== undefined &&
    rearranging.has(maker.opType) &&
    reader !== undefined &&
    ["Conv", "ConvTranspose", "Gemm", "MatMul"].includes(reader.opType) &&
    sourceOf(view, reader.inputs[0] ?? "") === output
  );
}

/** One number when all are the same, else the list; left out when all are the default. */
export function perAxis(option: string, values: readonly number[], byDefault?: number): CallOptions {
  const [first = 1] = values;
  if (!values.every((value) => value === first)) return { [option]: values };
  return first === byDefault ? {} : { [option]: first };
}
