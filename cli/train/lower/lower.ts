/** From a graph of the DSL to a program that can be trained. */
import type { Graph, GraphNode } from "../../../shared/graph/graph.js";
import { graphIndex } from "../../../shared/graph/graph-index.js";
import type { TrainProgram, ValueId } from "../program.js";
import { lowerMac } from "./lower-mac.js";
import { lowerPool } from "./lower-pool.js";
import { lowerQuantize } from "./lower-quantizer.js";
import { lowerSimple } from "./lower-simple.js";
import {
  addValue,
  droppedValue,
  newLowering,
  reject,
  shapeOf,
  type Lowering,
  type LoweringProblem,
} from "./lowering.js";

export interface LoweringResult {
  /** `undefined` when there are problems. */
  readonly value: TrainProgram | undefined;
  /** One sentence each: which layer cannot be trained and what to do. */
  readonly problems: readonly LoweringProblem[];
}

/**
 * Lowers a graph that `defineModel` built. What does not lead to the output is left out. Parameters have the names of the
 * graph's tensors; the learned threshold of a Quant node is called `<node>.threshold` and has the shape of the node's
 * scale (Brevitas: `<node>.fused_activation_quant_proxy.tensor_quant.scaling_impl.value`).
 */
export function lowerProgram(graph: Graph): LoweringResult {
  const [input = ""] = graph.inputs;
  const inputShape = graph.tensors.get(input)?.shape ?? [];
  const lowering = newLowering(graph, inputShape[0] ?? 1);
  lowering.ids.set(input, addValue(lowering, input, inputShape.slice(1), undefined));
  const needed = nodesBefore(graph, graph.outputs);
  for (const node of graph.nodes) {
    if (needed.has(node) && !lowering.absorbed.has(node.name) && isDynamic(lowering, node)) lowerNode(lowering, node);
  }
  const output = outputOf(lowering);
  if (lowering.problems.length > 0 || output === undefined) return { value: undefined, problems: lowering.problems };
  const { values, ops, quantizers } = lowering;
  const parameters = [...lowering.parameters.values()];
  return { value: { name: graph.name, values, ops, parameters, quantizers, input: 0, output }, problems: [] };
}

function lowerNode(lowering: Lowering, node: GraphNode): void {
  const isLowered =
    lowerSimple(lowering, node) ||
    lowerMac(lowering, node) ||
    lowerPool(lowering, node) ||
    lowerQuantize(lowering, node);
  if (isLowered) return;
  reject(
    lowering,
    node,
    "has no gradient, so a model with it cannot be trained; build it from other layers, or leave it out for training.",
  );
  // What follows is lowered all the same, so that all problems are told at once.
  for (const name of node.outputs) {
    const shape = lowering.graph.tensors.get(name)?.shape ?? [];
    lowering.ids.set(name, addValue(lowering, name, shape.slice(1), node.layer));
  }
}

/** Quantisers and transposes of weights are part of what multiplies with them. */
function isDynamic(lowering: Lowering, node: GraphNode): boolean {
  return node.inputs.some((name) => lowering.ids.has(name));
}

/** All nodes that these tensors depend on. */
function nodesBefore(graph: Graph, tensors: readonly string[]): ReadonlySet<GraphNode> {
  const { producers } = graphIndex(graph);
  const found = new Set<GraphNode>();
  const open = [...tensors];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = producers.get(name);
    if (node === undefined || found.has(node)) continue;
    found.add(node);
    open.push(...node.inputs);
  }
  return found;
}

/** The logits; `undefined` with a problem when there is not one number per class. */
function outputOf(lowering: Lowering): ValueId | undefined {
  const { graph, ids } = lowering;
  const [tensor = ""] = graph.outputs;
  const plain = ids.get(tensor);
  if (plain === undefined) return undefined;
  const last = unreadDropout(graph, tensor);
  const output = last === undefined ? plain : droppedValue(lowering, last);
  const shape = shapeOf(lowering, output);
  if (shape.length === 1) return output;
  const layer = lowering.values[output]?.layer;
  lowering.problems.push({
    message: `The model's output is ${shape.join("×")} per sample, but training expects one number per class; end forward with flatten or quantLinear.`,
    ...(layer !== undefined && { layer }),
  });
  return undefined;
}

/** A dropout layer behind the output: one that has it as its result and that no layer reads. */
function unreadDropout(graph: Graph, tensor: string): number | undefined {
  const read = new Set(graph.layers.flatMap(({ dropouts = [] }) => dropouts));
  return graph.layers.findLast(({ kind, output, index }) => kind === "dropout" && output === tensor && !read.has(index))
    ?.index;
}
