/**
 * What every rule asks of a graph, worked out once per run: the quantisers, the multiplications with their weights,
 * who makes and who reads a tensor, and the tensors as the cost sees them (shapes inferred, constants folded).
 */
import type { NodeCost } from "../../cost/types.js";
import { numberAttribute } from "../../graph/attributes.js";
import type { DataType } from "../../graph/datatype.js";
import { evaluateNode } from "../../graph/evaluate.js";
import { elementCount, type Graph, type GraphNode, type Layer, type Shape, type Tensor } from "../../graph/graph.js";
import { graphIndex } from "../../graph/graph-index.js";
import { prepareForCost, type PreparedGraph } from "../../graph/prepare.js";
import type { RuleContext } from "../types.js";
import { nodeCosts } from "./pricing.js";
import { isQuantizer, readQuantizer, type Quantizer } from "./quantizers.js";

/** A node that multiplies an input with weights: Conv, ConvTranspose, Gemm, MatMul. */
export interface Mac {
  readonly node: GraphNode;
  /** Absent for what the official tools do not price (ConvTranspose). */
  readonly cost: NodeCost | undefined;
  /** The tensor whose type is charged as the input's. */
  readonly input: string;
  /** The constant operand; absent when both are computed. */
  readonly weight: string | undefined;
  readonly bias: string | undefined;
  readonly weightQuantizer: Quantizer | undefined;
  readonly biasQuantizer: Quantizer | undefined;
  readonly groups: number;
  /** Products summed into one output; `undefined` while shapes are unknown. */
  readonly fanIn: number | undefined;
  /** Axis of the weight along which output channels lie. */
  readonly outputAxis: number;
}

export interface Facts {
  readonly graph: Graph;
  readonly macs: readonly Mac[];
  readonly quantizers: readonly Quantizer[];
  /** The nodes that the cost goes through: without those that are folded away. */
  readonly counted: readonly GraphNode[];
  producer(tensor: string): GraphNode | undefined;
  consumers(tensor: string): readonly GraphNode[];
  /** The quantiser that makes this tensor. */
  quantizerOf(tensor: string): Quantizer | undefined;
  macOf(node: GraphNode): Mac | undefined;
  /** With shape and, where it is constant, its value. */
  tensor(name: string | undefined): Tensor | undefined;
  shape(name: string | undefined): Shape | undefined;
  type(name: string): DataType;
  layerOf(node: GraphNode): Layer | undefined;
}

/** The facts of a run, memoised on its context. */
export function factsOf(context: RuleContext): Facts {
  let facts = factsOfContext.get(context);
  if (facts === undefined) {
    facts = gatherFacts(context);
    factsOfContext.set(context, facts);
  }
  return facts;
}

const factsOfContext = new WeakMap<RuleContext, Facts>();

const macOps: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul"]);

/** Ops that rearrange a constant between its quantiser and the multiplication. */
const rearranging: ReadonlySet<string> = new Set([
  "Transpose",
  "Reshape",
  "Identity",
  "Squeeze",
  "Unsqueeze",
  "Flatten",
]);

function gatherFacts(context: RuleContext): Facts {
  const { graph, cost } = context;
  const prepared = prepareForCost(graph, cost.flavor);
  const { producers, consumers } = graphIndex(graph);
  const tensor = tensorReader(prepared, producers);
  const { macs, quantizers } = readMultiplications(context, producers, tensor);
  const byOutput = new Map(quantizers.map((quantizer) => [quantizer.output, quantizer]));
  const macByNode = new Map(macs.map((mac) => [mac.node.name, mac]));
  const layerOf = (node: GraphNode) => (node.layer === undefined ? undefined : graph.layers[node.layer]);
  return {
    graph,
    macs,
    quantizers,
    counted: prepared.nodes,
    producer: (name) => producers.get(name),
    consumers: (name) => consumers.get(name) ?? [],
    quantizerOf: (name) => byOutput.get(name),
    macOf: (node) => macByNode.get(node.name),
    tensor,
    shape: (name) => tensor(name)?.shape,
    type: (name) => cost.dataTypes.get(name) ?? "FLOAT32",
    layerOf,
  };
}

type TensorReader = Facts["tensor"];

/** Scales, zero points and bit widths are small; anything larger is not worth evaluating here. */
const largestValue = 4096;

/**
 * Tensors with their values where these are constant. Folding leaves out what feeds only folded nodes (the computed
 * bit width of a bias), so that is evaluated on demand.
 */
function tensorReader(prepared: PreparedGraph, producers: ReadonlyMap<string, GraphNode>): TensorReader {
  const evaluated = new Map<string, Tensor | undefined>();
  const read = (name: string | undefined): Tensor | undefined => {
    if (name === undefined) return undefined;
    const kept = prepared.tensors.get(name);
    if (kept) return kept;
    const tensor = prepared.unfolded.tensors.get(name);
    const node = producers.get(name);
    if (tensor === undefined || tensor.data || !node || isQuantizer(node)) return tensor;
    if (elementCount(tensor.shape ?? [Infinity]) > largestValue) return tensor;
    if (!evaluated.has(name)) {
      evaluated.set(name, tensor);
      const inputs = node.inputs.map(read);
      const known = inputs.every((input) => input?.constant === true && input.data !== undefined);
      if (known) evaluated.set(name, evaluateNode(node, inputs)?.[0] ?? tensor);
    }
    return evaluated.get(name);
  };
  return read;
}

function readMultiplications(
  { graph, cost }: RuleContext,
  producers: ReadonlyMap<string, GraphNode>,
  tensor: TensorReader,
): Pick<Facts, "macs" | "quantizers"> {
  const isConstant = constantTest(producers, tensor);
  const quantizerBehind = (name: string | undefined): GraphNode | undefined => {
    let node = name === undefined ? undefined : producers.get(name);
    while (node && rearranging.has(node.opType)) node = producers.get(node.inputs[0] ?? "");
    return node && isQuantizer(node) ? node : undefined;
  };
  const uses = new Map<string, Quantizer["use"]>();
  const operands = graph.nodes
    .filter((node) => macOps.has(node.opType))
    .map((node) => {
      const names = macOperands(node, isConstant);
      const weightNode = quantizerBehind(names.weight);
      const biasNode = quantizerBehind(names.bias);
      if (biasNode) uses.set(biasNode.name, "bias");
      if (weightNode) uses.set(weightNode.name, "weight");
      return { node, names, weightNode, biasNode };
    });
  const quantizers = graph.nodes.filter(isQuantizer).flatMap((node) => {
    const fallback = isConstant(node.inputs[0] ?? "") ? "parameter" : "activation";
    return readQuantizer(node, uses.get(node.name) ?? fallback, tensor) ?? [];
  });
  const byNode = new Map(quantizers.map((quantizer) => [quantizer.node.name, quantizer]));
  const costs = nodeCosts(cost);
  const macs = operands.map(({ node, names, weightNode, biasNode }): Mac => {
    const weightShape = tensor(names.weight)?.shape;
    return {
      node,
      cost: costs.get(node.name),
      ...names,
      weightQuantizer: weightNode && byNode.get(weightNode.name),
      biasQuantizer: biasNode && byNode.get(biasNode.name),
      groups: numberAttribute(node, "group", 1),
      fanIn: weightShape && productsPerOutput(node, weightShape),
      outputAxis: outputAxis(node, weightShape?.length ?? 0),
    };
  });
  return { macs, quantizers };
}

/** Whether a tensor depends on constants only; walks back once per tensor. */
function constantTest(producers: ReadonlyMap<string, GraphNode>, tensor: TensorReader): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    const visited: string[] = [];
    let at = name;
    let constant = known.get(at);
    while (constant === undefined) {
      visited.push(at);
      const node = producers.get(at);
      if (tensor(at)?.constant === true) constant = true;
      // A quantiser that the tools cannot fold (no bit width, a codebook) still quantises a parameter.
      else if (node === undefined || !(isQuantizer(node) || rearranging.has(node.opType))) constant = false;
      else {
        at = node.inputs[0] ?? "";
        constant = known.get(at);
      }
    }
    for (const tensorName of visited) known.set(tensorName, constant);
    return constant;
  };
}

function macOperands(
  node: GraphNode,
  isConstant: (name: string) => boolean,
): { readonly input: string; readonly weight: string | undefined; readonly bias: string | undefined } {
  const [first = "", second = "", third] = node.inputs;
  const bias = third === "" ? undefined : third;
  if (isConstant(second)) return { input: first, weight: second, bias };
  if (isConstant(first)) return { input: second, weight: first, bias };
  return { input: first, weight: undefined, bias };
}

function productsPerOutput(node: GraphNode, weight: Shape): number {
  const product = weight.reduce((all, dimension) => all * dimension, 1);
  switch (node.opType) {
    case "Gemm":
    case "MatMul":
      return product / (weight[outputAxis(node, weight.length)] ?? 1);
    case "ConvTranspose":
      // (in, out/group, kernel...): each input channel of the group meets each kernel position at most once.
      return product / ((weight[1] ?? 1) * numberAttribute(node, "group", 1));
    default:
      return product / (weight[0] ?? 1);
  }
}

function outputAxis(node: GraphNode, rank: number): number {
  switch (node.opType) {
    case "Gemm":
      return numberAttribute(node, "transB", 0) === 0 ? 1 : 0;
    case "MatMul":
      return Math.max(0, rank - 1);
    case "ConvTranspose":
      return 1;
    default:
      return 0;
  }
}
