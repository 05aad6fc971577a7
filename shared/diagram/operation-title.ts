/** What a node does, as people name it: `Conv 3×3, stride 2, depthwise`. */
import { numberAttribute, numbersAttribute } from "../graph/attributes.js";
import type { GraphNode, Shape } from "../graph/graph.js";

/** The op type with what tells two of its kind apart; `channels` is the second dimension of what the node reads. */
export function operationTitle(node: GraphNode, input: Shape | undefined): string {
  const kernel = numbersAttribute(node, "kernel_shape");
  const strides = numbersAttribute(node, "strides") ?? [];
  const dilations = numbersAttribute(node, "dilations") ?? [];
  const parts = [
    [operatorName(node.opType), kernel?.join("×")].filter((part) => part !== undefined).join(" "),
    strides.some((stride) => stride !== 1) ? `stride ${spread(strides)}` : undefined,
    dilations.some((dilation) => dilation !== 1) ? `dilation ${spread(dilations)}` : undefined,
    groups(node, input),
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}

function operatorName(opType: string): string {
  return opType === "BatchNormalization" ? "BatchNorm" : opType;
}

/** `2` for the same number in every direction, else `2×1`. */
function spread(numbers: readonly number[]): string {
  return numbers.every((number) => number === numbers[0]) ? String(numbers[0]) : numbers.join("×");
}

function groups(node: GraphNode, input: Shape | undefined): string | undefined {
  const group = numberAttribute(node, "group", 1);
  if (group === 1) return undefined;
  return group === input?.[1] ? "depthwise" : `${group} groups`;
}
