/** Shape inference of one node: a table from op type to rule. Rules are those of the ONNX operators. */
import { tensorAttribute } from "../attributes.js";
import { customOpCost } from "../custom-op.js";
import type { GraphNode, Tensor } from "../graph.js";
import { convShape, convTransposeShape, globalPoolShape, poolShape } from "./convolution.js";
import { batchNormShape, broadcastShape, sameShape } from "./elementwise.js";
import * as indexing from "./indexing.js";
import * as layout from "./layout.js";
import { gemmShape, matMulShape } from "./linear.js";
import { integerValues, known, unknown, type ShapeResult, type ShapeRule } from "./shape-rule.js";

const sameShapeOps = [
  ...[
    "Relu",
    "LeakyRelu",
    "PRelu",
    "Elu",
    "Selu",
    "Celu",
    "Gelu",
    "Mish",
    "HardSigmoid",
    "HardSwish",
    "Sigmoid",
    "Tanh",
  ],
  ...["Softmax", "LogSoftmax", "Hardmax", "Softplus", "Softsign", "ThresholdedRelu", "Shrink", "Clip", "Identity"],
  ...[
    "Dropout",
    "Cast",
    "Sign",
    "Neg",
    "Abs",
    "Ceil",
    "Floor",
    "Round",
    "Exp",
    "Log",
    "Sqrt",
    "Reciprocal",
    "Erf",
    "Not",
  ],
  ...["LRN", "InstanceNormalization", "LayerNormalization", "GroupNormalization", "LpNormalization", "CumSum"],
  ...[
    "Quant",
    "IntQuant",
    "BipolarQuant",
    "FloatQuant",
    "Trunc",
    "CodebookQuant",
    "QuantizeLinear",
    "DequantizeLinear",
  ],
  ...["Scatter", "ScatterElements", "ScatterND"],
];

const broadcastOps = [
  ...["Add", "Sub", "Mul", "Div", "Pow", "Mod", "Min", "Max", "Sum", "Mean", "Where", "And", "Or", "Xor"],
  ...["Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual"],
];

const reduceOps = [
  ...["ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum"],
  ...["ReduceLogSumExp", "ReduceSumSquare", "ArgMax", "ArgMin"],
];

const shapeOfShape: ShapeRule = (_node, [input]) => (input?.shape ? known([input.shape.length]) : unknown);

const constantShape: ShapeRule = (node) => {
  const value = tensorAttribute(node, "value");
  if (value) return { value: [value.shape], problems: [] };
  const list = node.attributes.value_ints ?? node.attributes.value_floats;
  return known(Array.isArray(list) ? [list.length] : []);
};

const constantOfShape: ShapeRule = (_node, [shape]) => ({ value: [integerValues(shape)], problems: [] });

const customOpShape: ShapeRule = (node) => ({ value: [customOpCost(node)?.outputShape], problems: [] });

const rules: ReadonlyMap<string, ShapeRule> = new Map<string, ShapeRule>([
  ...sameShapeOps.map((op) => [op, sameShape] as const),
  ...broadcastOps.map((op) => [op, broadcastShape] as const),
  ...reduceOps.map((op) => [op, indexing.reduceShape] as const),
  ["Conv", convShape],
  ["ConvTranspose", convTransposeShape],
  ["MatMul", matMulShape],
  ["Gemm", gemmShape],
  ["MaxPool", poolShape],
  ["AveragePool", poolShape],
  ["LpPool", poolShape],
  ["GlobalMaxPool", globalPoolShape],
  ["GlobalAveragePool", globalPoolShape],
  ["GlobalLpPool", globalPoolShape],
  ["BatchNormalization", batchNormShape],
  ["Flatten", layout.flattenShape],
  ["Reshape", layout.reshapeShape],
  ["Transpose", layout.transposeShape],
  ["Concat", layout.concatShape],
  ["Squeeze", layout.squeezeShape],
  ["Unsqueeze", layout.unsqueezeShape],
  ["Slice", indexing.sliceShape],
  ["Gather", indexing.gatherShape],
  ["GatherElements", indexing.gatherElementsShape],
  ["Split", indexing.splitShape],
  ["Pad", indexing.padShape],
  ["Expand", indexing.expandShape],
  ["Tile", indexing.tileShape],
  ["Upsample", indexing.resizeShape],
  ["Resize", indexing.resizeShape],
  ["DepthToSpace", indexing.depthSpaceShape],
  ["SpaceToDepth", indexing.depthSpaceShape],
  ["Shape", shapeOfShape],
  ["Size", () => known([])],
  ["Constant", constantShape],
  ["ConstantOfShape", constantOfShape],
  ["CustomOp", customOpShape],
]);

/**
 * Shapes of a node's outputs, one entry per output; `undefined` where an input's shape is unknown or the op is not
 * known. When something does not fit, `problems` says so in a sentence and the value is a best guess.
 */
export function inferNodeShapes(node: GraphNode, inputs: readonly (Tensor | undefined)[]): ShapeResult {
  const rule = rules.get(node.opType);
  if (!rule) return { value: node.outputs.map(() => undefined), problems: [] };
  const result = rule(node, inputs);
  if (result.value.length === node.outputs.length) return result;
  return { value: node.outputs.map((_, index) => result.value[index]), problems: result.problems };
}
