/** Stored weights and biases behind their quantisers. */
import { numbersAttribute } from "../graph/attributes.js";
import { elementCount, type GraphNode, type Shape, type Tensor, type TensorData } from "../graph/graph.js";
import { roundHalfToEven } from "../graph/values/rounding.js";
import { integerRange } from "../graph/values/quantizers.js";
import { broadcastIndex, hasValue } from "../graph/values/tensor-value.js";
import { statisticsScale } from "../weights/scale-statistics.js";
import type { CallOptions, CallParameter, CallScale, QuantizerCall } from "./calls.js";
import { isPassing, makerOf, sourceOf, storedTensor, valuesOf, type GraphView } from "./graph-view.js";
import {
  codebookQuantizer,
  granularityOf,
  integerCall,
  readQuant,
  scaleOption,
  type Place,
  type Quantization,
} from "./quantizers.js";
import { quantizerOps } from "./recognizer.js";

/** A constant on its way to the operator that multiplies with it. */
export interface StoredConstant {
  readonly tensor: Tensor & { readonly shape: Shape };
  readonly quantizer?: GraphNode;
  /** Transposed between the stored values and the quantiser, and behind the quantiser. */
  readonly transposedBefore: boolean;
  readonly transposedAfter: boolean;
}

/** Follows a tensor to the constant that it comes from; a sentence's end when something else is on the way. */
export function storedConstant(view: GraphView, name: string): StoredConstant | string {
  let quantizer: GraphNode | undefined;
  let [before, after] = [false, false];
  for (let at = name; ;) {
    const tensor = storedTensor(view, at);
    if (tensor?.shape) {
      const found = { tensor: { ...tensor, shape: tensor.shape }, transposedBefore: before, transposedAfter: after };
      return quantizer ? { ...found, quantizer } : found;
    }
    const node = view.index.producers.get(at);
    if (node === undefined || !view.folded.has(node)) return "multiplies two tensors that are both computed";
    if (quantizerOps.has(node.opType)) {
      if (quantizer) return "has a weight behind two quantisers";
      quantizer = node;
    } else if (isMatrixTranspose(node)) {
      if (quantizer) before = !before;
      else after = !after;
    } else if (node.opType !== "Identity") {
      const data = valuesOf(view, at);
      const shape = view.constants.get(at)?.shape;
      if (data === undefined || shape === undefined) return `has a weight that ${node.opType} nodes compute`;
      const computed = { name: at, elementType: "float32" as const, shape, constant: true, data };
      const found = { tensor: computed, transposedBefore: before, transposedAfter: after };
      return quantizer ? { ...found, quantizer } : found;
    }
    at = node.inputs[0] ?? "";
  }
}

function isMatrixTranspose(node: GraphNode): boolean {
  const perm = numbersAttribute(node, "perm");
  return node.opType === "Transpose" && (perm === undefined || perm.join() === "1,0");
}

/** A layer's weight or bias: its option, its values in the DSL's order, its scale. */
export interface FoundParameter {
  readonly options: CallOptions;
  readonly parameter?: CallParameter;
  readonly scales: readonly CallScale[];
  readonly quantization?: Quantization;
}

interface WeightPlace {
  /** Of the DSL's weight. */
  readonly channelAxis: number;
  /** The DSL's weight is the transpose of what the operator is given. */
  readonly transposed: boolean;
}

/** The weight as the DSL has it: (out, in, ...). */
export function weightOf(view: GraphView, stored: StoredConstant, place: WeightPlace): FoundParameter | string {
  const { tensor, quantizer, transposedBefore, transposedAfter } = stored;
  const flipped = (transposedBefore !== transposedAfter) !== place.transposed;
  const shape = flipped ? tensor.shape.toReversed() : tensor.shape;
  const data = hasValue(tensor) ? (flipped ? transposedValues(tensor.data, tensor.shape) : tensor.data) : undefined;
  const parameter = data && { parameter: { suffix: "weight", shape, data } };
  if (quantizer === undefined) return { options: {}, scales: [], ...parameter };
  const codebook = codebookQuantizer(quantizer);
  if (codebook) return { options: { weightQuant: codebook }, scales: [], ...parameter };
  const quantization = readQuant(view, quantizer);
  if (typeof quantization === "string") return `has a weight whose quantiser ${quantization}`;
  const seenFlipped = transposedAfter !== place.transposed;
  const seenShape = transposedBefore ? tensor.shape.toReversed() : tensor.shape;
  const seenAxis = seenFlipped ? 1 - place.channelAxis : place.channelAxis;
  const granularity = granularityOf(quantization, seenShape, seenAxis);
  if (granularity === undefined) return "has a weight whose scales vary otherwise than by output channel";
  const scaled = weightScaling(quantization, { shape, data, granularity, channelAxis: place.channelAxis });
  return {
    options: { weightQuant: integerCall(quantization, { suffix: "weight_quant", channelAxis: 0 }, scaled.options) },
    scales: scaled.scale ? [{ suffix: "weight_quant", data: quantization.scale }] : [],
    ...parameter,
    quantization,
  };
}

interface Values {
  readonly shape: Shape;
  readonly data: TensorData | undefined;
  readonly granularity: "tensor" | "channel";
  readonly channelAxis: number;
}

/**
 * How the model file says the scale: not at all when it is the statistic of the weights, as Brevitas's default has it;
 * as a learned one, whose value goes into the checkpoint; as a number where neither gives the same integers.
 */
function weightScaling(
  quant: Quantization,
  { shape, data, granularity, channelAxis }: Values,
): { readonly options: CallOptions; readonly scale?: true } {
  const perChannel: CallOptions = granularity === "channel" ? { granularity } : {};
  const { scale, bits, signed, narrow } = quant;
  if (scale.every((value) => value === 1)) return { options: { scale: 1 } };
  const fixed = { options: { scale: scaleOption(scale), ...perChannel } };
  if (data === undefined) return { options: perChannel };
  const scaleShape = granularity === "channel" ? shape.map((size, axis) => (axis === channelAxis ? size : 1)) : [];
  const agrees = (other: ArrayLike<number>) => sameIntegers(quant, { data, shape, scaleShape }, other);
  if (agrees(statisticsScale(data, shape, scaleShape, { bits, signed, narrow }))) return { options: perChannel };
  if (bits === 1) return fixed;
  const { min, max } = integerRange(bits, signed, narrow);
  const integer = signed ? -min : max;
  const learned = Float32Array.from(scale, (value) => Math.fround(Math.fround(value * integer) / integer));
  return agrees(learned) ? { options: { scaling: "parameter", ...perChannel }, scale: true } : fixed;
}

/** True when these weights become the same integers by the file's scale and by another that hardly differs. */
function sameIntegers(
  quant: Quantization,
  { data, shape, scaleShape }: { readonly data: TensorData; readonly shape: Shape; readonly scaleShape: Shape },
  other: ArrayLike<number>,
): boolean {
  const { scale, zeroPoint, bits, signed, narrow, rounding } = quant;
  for (let at = 0; at < scale.length; at++) {
    const [a = 1, b = 1] = [scale[at], other[at]];
    if (a !== b && (rounding !== "round" || !(Math.abs(a - b) <= 1e-5 * a))) return false;
  }
  if (scale.every((value, at) => value === other[at])) return true;
  const { min, max } = integerRange(bits, signed, narrow);
  const scaleAt = broadcastIndex(scaleShape, shape);
  const integer = (value: number, step: number) =>
    roundHalfToEven(Math.min(Math.max(Math.fround(Math.fround(value / step) + zeroPoint), min), max));
  return data.every((value: number, index: number) => {
    const channel = scaleAt(index);
    return integer(value, scale[channel] ?? 1) === integer(value, other[channel] ?? 1);
  });
}

function transposedValues(data: TensorData, [rows = 1, columns = 1]: Shape): Float32Array {
  return Float32Array.from({ length: rows * columns }, (_, index) => {
    const [column, row] = [Math.floor(index / rows), index % rows];
    return data[row * columns + column] ?? 0;
  });
}

export interface BiasPlace {
  readonly outFeatures: number;
  /** Products that one output sums. */
  readonly inFeatures: number;
  /** What is multiplied. */
  readonly input: string;
  readonly weight: Quantization | undefined;
}

/** A bias that has one value per output channel. */
export function biasOf(view: GraphView, name: string, place: BiasPlace): FoundParameter | string {
  const stored = storedConstant(view, name);
  if (typeof stored === "string") return "has a bias that is computed from the input";
  const { tensor, quantizer } = stored;
  if (elementCount(tensor.shape) !== place.outFeatures) return "has a bias that does not have one value per output";
  const shape = [place.outFeatures];
  const parameter = tensor.data && { parameter: { suffix: "bias", shape, data: tensor.data } };
  if (quantizer === undefined) return { options: {}, scales: [], ...parameter };
  const quant = readQuant(view, quantizer);
  if (typeof quant === "string") return `has a bias whose quantiser ${quant}`;
  return { options: { biasQuant: biasQuantizer(view, quant, place) }, scales: [], ...parameter };
}

function biasQuantizer(view: GraphView, quant: Quantization, { input, weight, inFeatures }: BiasPlace): QuantizerCall {
  const place: Place = { suffix: "bias_quant", channelAxis: 0 };
  const inputGrid = gridOf(view, input);
  const isProduct =
    inputGrid?.scale.length === 1 &&
    weight !== undefined &&
    !quant.narrow &&
    quant.signed &&
    quant.scale.every((value, at) => {
      const product = (inputGrid.scale[0] ?? 1) * (weight.scale[weight.scale.length === 1 ? 0 : at] ?? 1);
      return Math.abs(value - product) <= 1e-5 * product;
    });
  if (!isProduct) return integerCall(quant, place, { scale: scaleOption(quant.scale), ...channelWise(quant) });
  const largest = (2 ** inputGrid.bits - 1) * Math.max(2 ** weight.bits - 2, 1);
  const derived = Math.max(1, Math.ceil(Math.log2(largest * inFeatures)));
  return { quantizer: "intBias", options: derived === quant.bits ? {} : { bits: quant.bits } };
}

function channelWise({ scale }: Quantization): CallOptions {
  return scale.length > 1 ? { granularity: "channel" } : {};
}

/** Operators that keep the integers that they are given, in the DSL's own reckoning of a bias's width. */
const keepsGrid: ReadonlySet<string> = new Set(["MaxPool", "Flatten", "Reshape", "Transpose"]);

/** The quantiser whose integers a tensor consists of. */
function gridOf(view: GraphView, name: string): Quantization | undefined {
  for (let node = makerOf(view, name); node !== undefined; node = makerOf(view, sourceOf(view, node.inputs[0] ?? ""))) {
    if (node.opType === "Quant") {
      const quant = readQuant(view, node);
      return typeof quant === "string" || quant.zeroPoint !== 0 ? undefined : quant;
    }
    if (!keepsGrid.has(node.opType) && !isPassing(view, node)) return undefined;
  }
  return undefined;
}
