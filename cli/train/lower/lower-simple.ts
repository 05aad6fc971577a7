/** Operators that compute element by element or only rearrange, and batch norm. */
import { numberAttribute, numbersAttribute, stringAttribute } from "../../../shared/graph/attributes.js";
import type { GraphNode } from "../../../shared/graph/graph.js";
import type { Padding, TrainOp, ValueId } from "../program.js";
import {
  addParameter,
  constantTensor,
  constantValues,
  copyGrid,
  inputValue,
  layerOf,
  outputValue,
  reject,
  shapeOf,
  type Lowering,
} from "./lowering.js";

/** ONNX's constants of Selu, which are PyTorch's. */
const selu = { alpha: 1.67326319217681884765625, gamma: 1.05070102214813232421875 };

type Lower = (lowering: Lowering, node: GraphNode) => void;

const lowerings: ReadonlyMap<string, Lower> = new Map<string, Lower>([
  [
    "Relu",
    (lowering, node) => {
      keepingGrid(lowering, node, (base) => ({ ...base, kind: "relu" }));
    },
  ],
  [
    "Identity",
    (lowering, node) => {
      keepingGrid(lowering, node, (base) => ({ ...base, kind: "identity" }));
    },
  ],
  [
    "Reshape",
    (lowering, node) => {
      keepingGrid(lowering, node, (base) => ({ ...base, kind: "reshape" }));
    },
  ],
  [
    "Flatten",
    (lowering, node) => {
      keepingGrid(lowering, node, (base) => ({ ...base, kind: "reshape" }));
    },
  ],
  ["Sigmoid", (lowering, node) => unary(lowering, node, (base) => ({ ...base, kind: "sigmoid" }))],
  ["Tanh", (lowering, node) => unary(lowering, node, (base) => ({ ...base, kind: "tanh" }))],
  ["Selu", (lowering, node) => unary(lowering, node, (base) => ({ ...base, kind: "selu", ...selu }))],
  ["Elu", lowerElu],
  ["Clip", lowerClip],
  ["BatchNormalization", lowerBatchNorm],
  [
    "Add",
    (lowering, node) => {
      lowerElementwise(lowering, node, "add");
    },
  ],
  [
    "Mul",
    (lowering, node) => {
      lowerElementwise(lowering, node, "mul");
    },
  ],
  ["Concat", lowerConcat],
  ["Pad", lowerPad],
  ["Upsample", lowerUpsample],
  ["Transpose", lowerTranspose],
]);

/** False when the node is none of these operators. */
export function lowerSimple(lowering: Lowering, node: GraphNode): boolean {
  const lower = node.domain === "" ? lowerings.get(node.opType) : undefined;
  lower?.(lowering, node);
  return lower !== undefined;
}

type Base = Pick<TrainOp, "name" | "inputs" | "output">;
type Make = (base: Base) => TrainOp;

/** An operator with one input. Gives the values that it reads and makes. */
function unary(lowering: Lowering, node: GraphNode, make: Make): readonly [ValueId, ValueId] {
  const input = inputValue(lowering, node, 0);
  const output = outputValue(lowering, node);
  lowering.ops.push(make({ name: node.name, inputs: [input], output }));
  return [input, output];
}

/** An operator whose output has the input's scale. */
function keepingGrid(lowering: Lowering, node: GraphNode, make: Make): void {
  copyGrid(lowering, ...unary(lowering, node, make));
}

function lowerElu(lowering: Lowering, node: GraphNode): void {
  const alpha = numberAttribute(node, "alpha", 1);
  unary(lowering, node, (base) => ({ ...base, kind: "elu", alpha }));
}

function lowerClip(lowering: Lowering, node: GraphNode): void {
  const min = numberAttribute(node, "min", -Infinity);
  const max = numberAttribute(node, "max", Infinity);
  unary(lowering, node, (base) => ({ ...base, kind: "clip", min, max }));
}

function lowerBatchNorm(lowering: Lowering, node: GraphNode): void {
  const [, gamma = "", beta = "", runningMean = "", runningVar = ""] = node.inputs;
  const add = (name: string, kind: "gamma" | "beta" | "runningMean" | "runningVar", value: number) =>
    addParameter(lowering, node, {
      name,
      shape: constantTensor(lowering, name).shape,
      kind,
      trainable: kind === "gamma" || kind === "beta",
      init: { kind: "constant", value },
    });
  add(gamma, "gamma", 1);
  add(beta, "beta", 0);
  add(runningMean, "runningMean", 0);
  add(runningVar, "runningVar", 1);
  const eps = numberAttribute(node, "epsilon", 1e-5);
  // The layer has PyTorch's momentum exactly, of which the node's `1 - momentum` lost the last bits.
  const stated = layerOf(lowering, node)?.options.momentum;
  const momentum = typeof stated === "number" ? stated : 1 - numberAttribute(node, "momentum", 0.9);
  const parameters = { gamma, beta, runningMean, runningVar, eps, momentum };
  unary(lowering, node, (base) => ({ ...base, kind: "batchNorm", ...parameters }));
}

function lowerElementwise(lowering: Lowering, node: GraphNode, kind: "add" | "mul"): void {
  const inputs = [inputValue(lowering, node, 0), inputValue(lowering, node, 1)];
  const output = outputValue(lowering, node);
  const [left = [], right = []] = inputs.map((input) => shapeOf(lowering, input));
  if (left.length !== right.length) {
    const shapes = `${left.join("×")} and ${right.join("×")} per sample`;
    reject(
      lowering,
      node,
      `combines ${shapes}, which training cannot stretch; reshape one of them to the other's number of dimensions.`,
    );
  }
  lowering.ops.push({ kind, name: node.name, inputs, output });
}

function lowerConcat(lowering: Lowering, node: GraphNode): void {
  const inputs = node.inputs.map((_, position) => inputValue(lowering, node, position));
  const axis = numberAttribute(node, "axis", 1) - 1;
  if (axis < 0) reject(lowering, node, "joins along the batch, which mixes samples; join along another dimension.");
  const output = outputValue(lowering, node);
  lowering.ops.push({ kind: "concat", name: node.name, inputs, output, axis });
  const [first = output] = inputs;
  const grid = lowering.gridOf.get(first);
  if (inputs.every((input) => lowering.gridOf.get(input) === grid)) copyGrid(lowering, first, output);
}

const padModes = { constant: "constant", reflect: "reflect", edge: "edge" } as const;

function lowerPad(lowering: Lowering, node: GraphNode): void {
  const pads = numbersAttribute(node, "pads") ?? [];
  const rank = pads.length / 2;
  const padding: Padding = Array.from(
    { length: rank },
    (_, axis) => [pads[axis] ?? 0, pads[axis + rank] ?? 0] as const,
  );
  const mode = stringAttribute(node, "mode", "constant") as keyof typeof padModes;
  const value = numberAttribute(node, "value", 0);
  const [input, output] = unary(lowering, node, (base) => ({
    ...base,
    kind: "pad",
    padding: padding.slice(1),
    mode: padModes[mode],
    value,
  }));
  const widest = padding.slice(1).find((sides, axis) => Math.max(...sides) >= (shapeOf(lowering, input)[axis] ?? 1));
  if (mode === "reflect" && widest !== undefined) {
    reject(lowering, node, `mirrors ${Math.max(...widest)} positions, as many as its input has or more; pad less.`);
  }
  if (mode !== "constant" || value === 0) copyGrid(lowering, input, output);
}

function lowerUpsample(lowering: Lowering, node: GraphNode): void {
  const scales = constantValues(lowering, node.inputs[1])?.slice(2) ?? [];
  const mode = stringAttribute(node, "mode", "nearest") === "linear" ? "linear" : "nearest";
  if (scales.length < 1 || scales.length > 2) {
    reject(lowering, node, `has ${scales.length} spatial dimensions, but training knows 1 and 2; reshape its input.`);
  }
  const [input, output] = unary(lowering, node, (base) => ({ ...base, kind: "upsample", mode, scales }));
  if (mode === "nearest") copyGrid(lowering, input, output);
}

function lowerTranspose(lowering: Lowering, node: GraphNode): void {
  const perm = numbersAttribute(node, "perm") ?? [];
  if (perm[0] !== 0) reject(lowering, node, "moves the batch; keep dimension 0 in front, so that samples stay apart.");
  const permutation = perm.slice(1).map((axis) => axis - 1);
  keepingGrid(lowering, node, (base) => ({ ...base, kind: "transpose", permutation }));
}
