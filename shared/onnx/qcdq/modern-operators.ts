/** Operators of opset 9, which model files are lowered to, as opset 13 has them. */
import { numberAttribute, numbersAttribute, stringAttribute } from "../../graph/attributes.js";
import type { GraphNode } from "../../graph/graph.js";
import { addConstant, type Draft } from "./draft.js";

/** The same node in opset 13; constants that were attributes are added to the draft. */
export function modernOperator(draft: Draft, node: GraphNode): GraphNode {
  switch (node.opType) {
    case "Clip":
      return modernClip(draft, node);
    case "Pad":
      return modernPad(draft, node);
    case "Upsample":
      return modernUpsample(node);
    default:
      return node;
  }
}

/** Limits are inputs since opset 11. */
function modernClip(draft: Draft, node: GraphNode): GraphNode {
  const limit = (name: "min" | "max") => {
    const value = numberAttribute(node, name, Number.NaN);
    return Number.isNaN(value)
      ? ""
      : addConstant(draft, `${node.name}.${name}`, { elementType: "float32", shape: [], data: Float32Array.of(value) });
  };
  return { ...node, inputs: [...node.inputs, limit("min"), limit("max")], attributes: {} };
}

/** Paddings and their value are inputs since opset 11. */
function modernPad(draft: Draft, node: GraphNode): GraphNode {
  const pads = Float64Array.from(numbersAttribute(node, "pads") ?? []);
  const value = Float32Array.of(numberAttribute(node, "value", 0));
  const inputs = [
    ...node.inputs,
    addConstant(draft, `${node.name}.pads`, { elementType: "int64", shape: [pads.length], data: pads }),
    addConstant(draft, `${node.name}.value`, { elementType: "float32", shape: [], data: value }),
  ];
  return { ...node, inputs, attributes: { mode: stringAttribute(node, "mode", "constant") } };
}

/**
 * Upsample became Resize in opset 10. PyTorch's `Upsample`: nearest takes the position rounded down, linear is between
 * centres of positions (`align_corners=False`).
 */
const resizeAttributes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  nearest: { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" },
  linear: { mode: "linear", coordinate_transformation_mode: "half_pixel" },
};

function modernUpsample(node: GraphNode): GraphNode {
  const [input = "", scales = ""] = node.inputs;
  const mode = stringAttribute(node, "mode", "nearest") === "nearest" ? "nearest" : "linear";
  return { ...node, opType: "Resize", inputs: [input, "", scales], attributes: resizeAttributes[mode] ?? {} };
}

/** The `Upsample` that a `Resize` stands for; the node itself where it is another one. */
export function withUpsample(node: GraphNode): GraphNode {
  if (node.opType !== "Resize") return node;
  const [input = "", , scales = "", sizes = ""] = node.inputs;
  const mode = stringAttribute(node, "mode", "nearest");
  const expected = Object.entries(resizeAttributes[mode] ?? { mode: "" });
  const isUpsample = expected.every(([name, value]) => stringAttribute(node, name, "") === value);
  if (!isUpsample || scales === "" || sizes !== "") return node;
  return { ...node, opType: "Upsample", inputs: [input, scales], attributes: { mode } };
}
