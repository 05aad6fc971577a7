/** Layers that only rearrange. */
import { numberAttribute, numbersAttribute, stringAttribute } from "../graph/attributes.js";
import type { GraphNode } from "../graph/graph.js";
import { isConstant, shapeOf, valuesOf } from "./graph-view.js";
import { shortestFloat32 } from "./numbers.js";
import { callOf, dynamicInputs, mainInput, type Found, type Recognizer } from "./recognizer.js";

/** `Flatten`, `Reshape`, `Squeeze`, `Unsqueeze`: the same elements in another shape. */
export function reshapeCall(recognizer: Recognizer, node: GraphNode): Found {
  const { input, shape } = mainInput(recognizer, node);
  const output = node.outputs[0] ?? "";
  const target = shapeOf(recognizer.view, output) ?? [];
  if (target.length === 0) return "gives a tensor without dimensions";
  const isFlat = target.length === 2 && shape.length >= 2 && target[0] === shape[0];
  if (isFlat) return callOf({ callee: "flatten", base: "flatten", inputs: [input], output });
  return callOf({ callee: "reshape", base: "reshape", inputs: [input], argument: target, output });
}

export function transposeCall(recognizer: Recognizer, node: GraphNode): Found {
  const { input, shape } = mainInput(recognizer, node);
  const reversed = shape.map((_, axis) => shape.length - 1 - axis);
  const argument = (numbersAttribute(node, "perm") ?? reversed).map((axis) => (axis < 0 ? axis + shape.length : axis));
  return callOf({ callee: "transpose", base: "transpose", inputs: [input], argument, output: node.outputs[0] ?? "" });
}

export function concatCall(recognizer: Recognizer, node: GraphNode): Found {
  if (node.inputs.some((name) => isConstant(recognizer.view, name))) return "puts a constant beside computed tensors";
  const inputs = dynamicInputs(recognizer, node);
  const rank = mainInput(recognizer, node).shape.length;
  const axis = numberAttribute(node, "axis", 1);
  const dim = axis < 0 ? axis + rank : axis;
  const options = dim === 1 ? {} : { dim };
  return callOf({ callee: "concat", base: "concat", inputs, takesList: true, options, output: node.outputs[0] ?? "" });
}

const padModes: Readonly<Record<string, string>> = { constant: "constant", reflect: "reflect", edge: "replicate" };

/** Paddings are an attribute, or an input since opset 11. */
export function padCall(recognizer: Recognizer, node: GraphNode): Found {
  const { input, shape } = mainInput(recognizer, node);
  const given = numbersAttribute(node, "pads") ?? Array.from(valuesOf(recognizer.view, node.inputs[1]) ?? []);
  const mode = padModes[stringAttribute(node, "mode", "constant")];
  if ((node.inputs[3] ?? "") !== "" || given.length !== 2 * shape.length || mode === undefined) {
    return "pads by other than a constant, mirrored or repeated border that is known";
  }
  const [before, behind] = [given.slice(0, shape.length), given.slice(shape.length)];
  if (given.some((size) => size < 0) || [...before.slice(0, 2), ...behind.slice(0, 2)].some((size) => size !== 0)) {
    return "pads other dimensions than the positions, or cuts them";
  }
  const value = shortestFloat32(valuesOf(recognizer.view, node.inputs[2])?.[0] ?? numberAttribute(node, "value", 0));
  if (!Number.isFinite(value)) return "pads with a value that is not finite";
  // PyTorch's pairs begin at the last dimension.
  const pairs = before.flatMap((_, axis) => {
    const at = shape.length - 1 - axis;
    return at < 2 ? [] : [before[at] ?? 0, behind[at] ?? 0];
  });
  const isEqual = pairs.every((size) => size === pairs[0]);
  return callOf({
    ...{ callee: "pad", base: "pad", inputs: [input], output: node.outputs[0] ?? "" },
    options: {
      padding: isEqual ? (pairs[0] ?? 0) : pairs,
      ...(mode !== "constant" && { mode }),
      ...(mode === "constant" && value !== 0 && { value }),
    },
  });
}

/** `Upsample`, and a `Resize` that means the same. */
export function upsampleCall(recognizer: Recognizer, node: GraphNode): Found {
  const { input, shape } = mainInput(recognizer, node);
  const at = node.opType === "Resize" && node.inputs.length > 2 ? 2 : 1;
  const scales = numbersAttribute(node, "scales") ?? Array.from(valuesOf(recognizer.view, node.inputs[at]) ?? []);
  const mode = stringAttribute(node, "mode", "nearest");
  const factors = scales.slice(2).map(shortestFloat32);
  const fits = scales.length === shape.length && scales.slice(0, 2).every((scale) => scale === 1) && shape.length > 2;
  if (!fits || factors.some((factor) => !(factor >= 1 && factor <= 1024))) {
    return "changes the size by other than constant factors of at least 1 per position";
  }
  if ((mode !== "nearest" && mode !== "linear") || (node.opType === "Resize" && !isPlainResize(node, mode))) {
    return `interpolates in a way ("${mode}") that the DSL has not`;
  }
  const [first = 1] = factors;
  return callOf({
    ...{ callee: "upsample", base: "upsample", inputs: [input], output: node.outputs[0] ?? "" },
    options: {
      scaleFactor: factors.every((factor) => factor === first) ? first : factors,
      ...(mode === "linear" && { mode }),
    },
  });
}

/** PyTorch's way: nearest takes the position rounded down, linear is between centres of positions. */
function isPlainResize(node: GraphNode, mode: "nearest" | "linear"): boolean {
  const transform = stringAttribute(node, "coordinate_transformation_mode", "half_pixel");
  if (mode === "linear") return transform === "half_pixel" || transform === "pytorch_half_pixel";
  return transform === "asymmetric" && stringAttribute(node, "nearest_mode", "round_prefer_floor") === "floor";
}
