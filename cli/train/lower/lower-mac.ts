/** Convolutions and matrix products with their weights and biases. */
import { numberAttribute, numbersAttribute } from "../../../shared/graph/attributes.js";
import { elementCount, type GraphNode } from "../../../shared/graph/graph.js";
import { windowOf } from "../../../shared/graph/shapes/windows.js";
import type { ParameterInit, ValueId, WeightRef } from "../program.js";
import { lowerQuantizer, quantizerOps, type QuantizerPlace } from "./lower-quantizer.js";
import { addParameter, constantTensor, inputValue, outputValue, reject, type Lowering } from "./lowering.js";

/** False when the node multiplies with no weight. */
export function lowerMac(lowering: Lowering, node: GraphNode): boolean {
  switch (node.opType) {
    case "Conv":
    case "ConvTranspose":
      lowerConv(lowering, node);
      return true;
    case "Gemm":
    case "MatMul":
      return lowerLinear(lowering, node);
    default:
      return false;
  }
}

function lowerConv(lowering: Lowering, node: GraphNode): void {
  const transposed = node.opType === "ConvTranspose";
  const input = inputValue(lowering, node, 0);
  const weight = weightOf(lowering, node, node.inputs[1] ?? "", { channelAxis: transposed ? 1 : 0 });
  if (!weight) throw new Error(`${node.name} has no weight`);
  const bias = biasOf(lowering, node, node.inputs[2], { input, weight });
  const { kernel, strides, dilations, padsBegin, padsEnd } = windowOf(
    node,
    weight.shape.length - 2,
    weight.shape.slice(2),
  );
  const groups = numberAttribute(node, "group", 1);
  checkTransposedBias(lowering, node, { isGrouped: transposed && groups > 1, bias });
  const output = outputValue(lowering, node);
  lowering.ops.push({
    kind: "conv",
    name: node.name,
    inputs: [input],
    output,
    weight: weight.ref,
    ...(bias && { bias }),
    kernel,
    stride: strides,
    padding: padsBegin.map((begin, axis) => [begin, padsEnd[axis] ?? 0] as const),
    dilation: dilations,
    groups,
    transposed,
  });
}

/** A grouped transposed convolution has fewer weight scales than output channels, so they do not fit its bias. */
function checkTransposedBias(
  lowering: Lowering,
  node: GraphNode,
  { isGrouped, bias }: { readonly isGrouped: boolean; readonly bias: WeightRef | undefined },
): void {
  const spec = bias?.quantizer === undefined ? undefined : lowering.quantizers[bias.quantizer];
  if (!isGrouped || spec?.scale.kind !== "product" || spec.channelAxis === undefined) return;
  const advice = `use granularity: "tensor" for the weights or leave biasQuant out`;
  reject(lowering, node, `has groups, a weight scale per channel and intBias(), whose scales do not fit; ${advice}.`);
}

/** A `Gemm`, or a `MatMul` and the addition of its bias. */
function lowerLinear(lowering: Lowering, node: GraphNode): boolean {
  const weight = weightOf(lowering, node, node.inputs[1] ?? "", { channelAxis: 0 });
  if (!weight) return false;
  const input = inputValue(lowering, node, 0);
  const addition = node.opType === "MatMul" ? biasAddition(lowering, node) : undefined;
  const bias = biasOf(lowering, node, addition ? addition.bias : node.inputs[2], { input, weight });
  const output = outputValue(lowering, node, addition?.node.outputs[0]);
  // Stored (out, in) is PyTorch's way: `Gemm` with transB, or a transposed constant.
  const isStoredOutIn = weight.transposed !== (numberAttribute(node, "transB", 0) === 1);
  lowering.ops.push({
    kind: "linear",
    name: node.name,
    inputs: [input],
    output,
    weight: weight.ref,
    ...(bias && { bias }),
    weightTransposed: !isStoredOutIn,
  });
  return true;
}

/** The `Add` in the same layer that adds a stored bias to a matrix product. */
function biasAddition(
  lowering: Lowering,
  node: GraphNode,
): { readonly node: GraphNode; readonly bias: string } | undefined {
  const [product = ""] = node.outputs;
  const [next, ...others] = lowering.index.consumers.get(product) ?? [];
  const bias = next?.inputs.find((name) => name !== product);
  if (next?.opType !== "Add" || next.layer !== node.layer || others.length > 0) return undefined;
  if (bias === undefined || lowering.ids.has(bias)) return undefined;
  lowering.absorbed.add(next.name);
  return { node: next, bias };
}

interface Weight {
  readonly ref: WeightRef;
  readonly shape: readonly number[];
  /** True when the graph transposes the constant before it is multiplied. */
  readonly transposed: boolean;
  /** Bound of the initial values, the bias's too. */
  readonly init: ParameterInit;
}

/** The stored weight behind a tensor, its quantiser and a transpose; `undefined` when the tensor is computed. */
function weightOf(
  lowering: Lowering,
  node: GraphNode,
  tensor: string,
  place: { readonly channelAxis: number },
): Weight | undefined {
  const chain = constantChain(lowering, tensor);
  if (!chain) return undefined;
  const { name, transposed, quantizer } = chain;
  const { shape } = constantTensor(lowering, name);
  // PyTorch's fan-in, also for transposed convolutions: all but the first dimension.
  const fanIn = elementCount(shape.slice(1));
  const init: ParameterInit = { kind: "uniform", bound: 1 / Math.sqrt(Math.max(fanIn, 1)) };
  addParameter(lowering, node, { name, shape, kind: "weight", init });
  const quantizerPlace: QuantizerPlace = { role: "weight", channelAxis: place.channelAxis, parameter: name };
  const id = quantizer && lowerQuantizer(lowering, quantizer, quantizerPlace);
  return { ref: { parameter: name, ...(id !== undefined && { quantizer: id }) }, shape, transposed, init };
}

function biasOf(
  lowering: Lowering,
  node: GraphNode,
  tensor: string | undefined,
  { input, weight }: { readonly input: ValueId; readonly weight: Weight },
): WeightRef | undefined {
  const chain = tensor ? constantChain(lowering, tensor) : undefined;
  if (!chain) return undefined;
  const { name, quantizer } = chain;
  const { shape } = constantTensor(lowering, name);
  addParameter(lowering, node, { name, shape, kind: "bias", init: weight.init });
  const inputGrid = lowering.gridOf.get(input);
  const weightGrid = weight.ref.quantizer;
  const id =
    quantizer &&
    lowerQuantizer(lowering, quantizer, {
      role: "bias",
      channelAxis: 0,
      parameter: name,
      ...(inputGrid !== undefined && { input: inputGrid }),
      ...(weightGrid !== undefined && { weight: weightGrid }),
    });
  return { parameter: name, ...(id !== undefined && { quantizer: id }) };
}

interface ConstantChain {
  readonly name: string;
  readonly transposed: boolean;
  readonly quantizer: GraphNode | undefined;
}

function constantChain(lowering: Lowering, tensor: string): ConstantChain | undefined {
  let transposed = false;
  let quantizer: GraphNode | undefined;
  for (let name = tensor; ;) {
    if (lowering.graph.tensors.get(name)?.constant === true) return { name, transposed, quantizer };
    const producer = lowering.index.producers.get(name);
    if (producer === undefined) return undefined;
    if (producer.opType === "Transpose" && numbersAttribute(producer, "perm")?.join() === "1,0")
      transposed = !transposed;
    else if (quantizerOps.has(producer.opType)) quantizer = producer;
    else return undefined;
    name = producer.inputs[0] ?? "";
  }
}
