/** Pools. */
import { numberAttribute } from "../../../shared/graph/attributes.js";
import type { GraphNode } from "../../../shared/graph/graph.js";
import { windowOf } from "../../../shared/graph/shapes/windows.js";
import type { Padding } from "../program.js";
import { constantValues, copyGrid, inputValue, outputValue, reject, shapeOf, type Lowering } from "./lowering.js";

/** False when the node is no pool. */
export function lowerPool(lowering: Lowering, node: GraphNode): boolean {
  const kind = node.opType === "MaxPool" ? "maxPool" : "avgPool";
  if (node.opType !== "MaxPool" && node.opType !== "AveragePool") return false;
  const input = inputValue(lowering, node, 0);
  const dimensions = shapeOf(lowering, input).length - 1;
  if (dimensions < 1 || dimensions > 2) {
    reject(lowering, node, `pools over ${dimensions} dimensions, but training knows 1 and 2; reshape its input.`);
  }
  const { kernel, strides, dilations, padsBegin, padsEnd } = windowOf(node, dimensions);
  const padding: Padding = padsBegin.map((begin, axis) => [begin, padsEnd[axis] ?? 0] as const);
  const sum = kind === "avgPool" ? sumBehind(lowering, node) : undefined;
  const output = outputValue(lowering, node, sum?.node.outputs[0]);
  lowering.ops.push({
    kind,
    name: node.name,
    inputs: [input],
    output,
    kernel,
    stride: strides,
    padding,
    dilation: dilations,
    countIncludePad: numberAttribute(node, "count_include_pad", 0) === 1,
    ...(sum && { multiplier: sum.factor }),
  });
  // Also a mean that becomes a sum again is counted in the summands' scale: `trunc` reads it so.
  if (kind === "maxPool" || sum) copyGrid(lowering, input, output);
  return true;
}

/** The multiplication by the window's size that turns the mean into a sum, in front of a `Trunc`. */
function sumBehind(
  lowering: Lowering,
  node: GraphNode,
): { readonly node: GraphNode; readonly factor: number } | undefined {
  const [next, ...others] = lowering.index.consumers.get(node.outputs[0] ?? "") ?? [];
  const factor = constantValues(lowering, next?.inputs[1])?.[0];
  if (next?.opType !== "Mul" || next.layer !== node.layer || others.length > 0 || factor === undefined)
    return undefined;
  lowering.absorbed.add(next.name);
  return { node: next, factor };
}
