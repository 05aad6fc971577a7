/** What stands in the model file for a node that the DSL has no word for: a custom operator of its shape and cost. */
import { computeCost } from "../cost/cost.js";
import type { NodeCost } from "../cost/types.js";
import { customOpCost } from "../graph/custom-op.js";
import { bitWidth, isIntegerLike, type DataType } from "../graph/datatype.js";
import { stringAttribute } from "../graph/attributes.js";
import type { Graph, GraphNode } from "../graph/graph.js";
import type { CallOptions, LayerCall, QuantizerCall } from "./calls.js";
import { isConstant, readersOf, shapeOf } from "./graph-view.js";
import { plainName } from "./layer-names.js";
import { callOf, dynamicInputs, type Recognizer } from "./recognizer.js";

/** Calls for the node's outputs that are read; `undefined` when a shape is unknown or nothing computed goes in. */
export function standIns(recognizer: Recognizer, node: GraphNode): readonly LayerCall[] | undefined {
  const { view } = recognizer;
  const inputs = dynamicInputs(recognizer, node);
  const outputs = node.outputs.filter(
    (name, at) => name !== "" && (at === 0 || readersOf(view, name).length > 0 || view.graph.outputs.includes(name)),
  );
  const shapes = outputs.map((name) => shapeOf(view, name));
  if (inputs.length === 0 || !shapes.every((shape) => shape !== undefined && shape.length > 0)) return undefined;
  const cost = costOf(view.graph, node);
  return outputs.map((output, at) =>
    callOf({
      callee: "customOp",
      base: customName(node),
      inputs,
      ...(inputs.length > 1 && { takesList: true }),
      options: {
        name: customName(node),
        outputShape: shapes[at] ?? [],
        ...(at === 0 && cost && costOptions(recognizer, node, cost)),
      },
      output,
    }),
  );
}

/** The custom operator that an export of this project has. */
export function customOpCall(recognizer: Recognizer, node: GraphNode): LayerCall | string {
  const stated = customOpCost(node);
  const inputs = dynamicInputs(recognizer, node);
  if (stated === undefined || inputs.length === 0) return "has no function in the DSL";
  const { outputShape, macs, weightElements, weightDataType } = stated;
  const quant = weightDataType && quantizerFor(weightDataType);
  return callOf({
    ...{ callee: "customOp", base: customName(node), inputs, output: node.outputs[0] ?? "" },
    ...(inputs.length > 1 && { takesList: true }),
    options: {
      name: customName(node),
      outputShape,
      ...(macs !== 0 && { macs }),
      ...(weightDataType !== undefined && { weights: { elements: weightElements, ...(quant && { quant }) } }),
    },
  });
}

function customName(node: GraphNode): string {
  return plainName(stringAttribute(node, "name", node.opType)) ?? "custom";
}

const costs = new WeakMap<Graph, ReadonlyMap<string, NodeCost>>();

/** The node's dense cost; all nodes are costed when the first is asked for. */
function costOf(graph: Graph, { name }: GraphNode): NodeCost | undefined {
  let known = costs.get(graph);
  if (known === undefined) {
    const { nodes } = computeCost(graph, { flavor: "finn-base", discountSparsity: false });
    known = new Map(nodes.map((cost) => [cost.node, cost]));
    costs.set(graph, known);
  }
  return known.get(name);
}

function costOptions({ view }: Recognizer, node: GraphNode, cost: NodeCost): CallOptions {
  const quant = quantizerFor(cost.weightType);
  const hasWeight = cost.hasWeightKey && node.inputs.some((name) => isConstant(view, name));
  return {
    ...(cost.denseMacs > 0 && { macs: cost.denseMacs }),
    ...(hasWeight && { weights: { elements: cost.denseWeightElements, ...(quant && { quant }) } }),
  };
}

/** A quantiser whose tensors have this type; none for float. */
function quantizerFor(dataType: DataType): QuantizerCall | undefined {
  if (!isIntegerLike(dataType)) return undefined;
  const signed = !/^(?:SCALED)?U|^BINARY/.test(dataType);
  const bits = bitWidth(dataType);
  return { quantizer: signed ? "int" : "uint", bits, options: dataType.startsWith("SCALED") ? {} : { scale: 1 } };
}
