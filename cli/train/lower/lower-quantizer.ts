/** Quantisers: what a Quant node and its layer's options mean for training. */
import { numberAttribute, numbersAttribute } from "../../../shared/graph/attributes.js";
import type { GraphNode, NodeRole } from "../../../shared/graph/graph.js";
import type { QuantizerSpec as Settings } from "../../../shared/dsl/quantizers.js";
import type { ParameterInit, QuantizerId, QuantizerSpec, ScaleSource } from "../program.js";
import {
  addParameter,
  constantValues,
  constantTensor,
  inputValue,
  layerOf,
  outputValue,
  reject,
  type Lowering,
} from "./lowering.js";

/** Op types of quantisers that training knows. */
export const quantizerOps: ReadonlySet<string> = new Set(["Quant", "CodebookQuant"]);

/** What is quantised. */
export interface QuantizerPlace {
  readonly role: QuantizerSpec["role"];
  /** Axis with a scale each where the granularity is per channel; of one sample. */
  readonly channelAxis: number;
  /** The stored tensor, for weights and biases. */
  readonly parameter?: string;
  /** For biases: the quantisers of what is multiplied, where it is quantised. */
  readonly input?: QuantizerId;
  readonly weight?: QuantizerId;
}

/** Brevitas's defaults for activations. */
const defaultCollectSteps = 30;
const defaultPercentile = 99.999;

/** False when the node is no quantiser of a computed tensor. */
export function lowerQuantize(lowering: Lowering, node: GraphNode): boolean {
  const isTrunc = node.opType === "Trunc";
  if (!isTrunc && !quantizerOps.has(node.opType)) return false;
  const input = inputValue(lowering, node, 0);
  const id = isTrunc
    ? lowerTrunc(lowering, node, lowering.gridOf.get(input))
    : lowerQuantizer(lowering, node, { role: "activation", channelAxis: 0 });
  const output = outputValue(lowering, node);
  if (id === undefined) return true;
  lowering.ops.push({ kind: "quantize", name: node.name, inputs: [input], output, quantizer: id });
  // A code book's levels are no multiples of one step, and a zero point is no part of a product's scale.
  const { kind, zeroPoint } = lowering.quantizers[id] ?? {};
  if (kind !== "levels" && zeroPoint === 0) lowering.gridOf.set(output, id);
  return true;
}

/** The quantiser of a node, made once; `undefined` with a problem when it cannot be trained. */
export function lowerQuantizer(lowering: Lowering, node: GraphNode, place: QuantizerPlace): QuantizerId | undefined {
  const known = lowering.quantizerIds.get(node.name);
  if (known !== undefined) return known;
  const settings = settingsOf(lowering, node);
  const channelAxis = channelAxisOf(lowering, node, settings, place);
  const scale = scaleSource(lowering, node, settings, place);
  if (!scale) return undefined;
  const twins = twinsOf(lowering, node);
  return addQuantizer(lowering, {
    name: node.name,
    role: place.role,
    ...gridOf(lowering, node, settings),
    powerOfTwo: settings.powerOfTwo ?? false,
    ...(channelAxis !== undefined && { channelAxis }),
    scale,
    ...(twins.length > 0 && { twins }),
  });
}

function addQuantizer(lowering: Lowering, spec: QuantizerSpec): QuantizerId {
  const id = lowering.quantizers.push(spec) - 1;
  for (const name of [spec.name, ...(spec.twins ?? [])]) lowering.quantizerIds.set(name, id);
  return id;
}

const optionByRole: Readonly<Partial<Record<NodeRole, string>>> = {
  weightQuant: "weightQuant",
  biasQuant: "biasQuant",
  inputQuant: "inputQuant",
  actQuant: "actQuant",
  outputQuant: "outputQuant",
};

/** What the user asked for; the layer has it as `int` and its siblings made it. */
function settingsOf(lowering: Lowering, node: GraphNode): Partial<Settings> {
  const value = layerOf(lowering, node)?.options[optionByRole[node.role ?? "op"] ?? ""];
  return typeof value === "object" && value !== null ? value : {};
}

type Grid = Pick<QuantizerSpec, "kind" | "bits" | "signed" | "narrow" | "zeroPoint" | "rounding"> &
  Partial<Pick<QuantizerSpec, "levels" | "ternaryThreshold">>;

/** The integers of a quantiser. */
function gridOf(lowering: Lowering, node: GraphNode, settings: Partial<Settings>): Grid {
  const signed = numberAttribute(node, "signed", Number(settings.signed ?? true)) !== 0;
  const narrow = numberAttribute(node, "narrow", 0) !== 0;
  const rounding = settings.rounding ?? "round";
  if (node.opType === "CodebookQuant") {
    const levels = numbersAttribute(node, "levels");
    const bits = settings.bits ?? 1;
    const sorted = levels ? levels.toSorted((a, b) => a - b) : powersOfTwo(bits, signed);
    return { kind: "levels", bits, signed, narrow, zeroPoint: 0, rounding, levels: sorted };
  }
  const bits = constantValues(lowering, node.inputs[3])?.[0] ?? 1;
  const zeroPoint = constantValues(lowering, node.inputs[2])?.[0] ?? 0;
  const grid = { bits, signed, narrow, zeroPoint, rounding };
  if (bits === 1 && signed) return { ...grid, kind: "binary" };
  const { kind, threshold = roundsAt } = settings;
  // Brevitas's constant ternary quantiser is a narrow integer of 2 bits, with its gradient; another threshold is not.
  if (kind === "ternary" && threshold !== roundsAt) return { ...grid, kind: "ternary", ternaryThreshold: threshold };
  return { ...grid, kind: "int" };
}

/** Where rounding to the nearest leaves zero, in units of the scale. */
const roundsAt = 0.5;

/** Smallest exponent of a normal float32. */
const minExponent = -126;

/** 0 and powers of two from 1 down, as many as the bits can count; with both signs when signed. */
function powersOfTwo(bits: number, signed: boolean): readonly number[] {
  const codes = 2 ** (signed ? bits - 1 : bits) - 1;
  const count = Math.min(Math.max(codes, 1), 1 - minExponent);
  const positive = Array.from({ length: count }, (_, exponent) => 2 ** -exponent);
  return [...(signed ? positive.map((level) => -level) : []), 0, ...positive.toReversed()];
}

/** The axis along which scales differ; `undefined` with one scale. */
function channelAxisOf(
  lowering: Lowering,
  node: GraphNode,
  settings: Partial<Settings>,
  place: QuantizerPlace,
): number | undefined {
  if (settings.kind === "intBias") {
    return place.weight !== undefined && lowering.quantizers[place.weight]?.channelAxis !== undefined ? 0 : undefined;
  }
  const { shape } = constantTensor(lowering, node.inputs[1] ?? "");
  return settings.granularity === "channel" && shape.length > 0 ? place.channelAxis : undefined;
}

function scaleSource(
  lowering: Lowering,
  node: GraphNode,
  settings: Partial<Settings>,
  place: QuantizerPlace,
): ScaleSource | undefined {
  if (settings.kind === "intBias") return productScale(lowering, node, place);
  const fixed = constantValues(lowering, node.inputs[1]);
  if (fixed) return { kind: "const", values: fixed };
  if (settings.scaling === "const") {
    const option = optionByRole[node.role ?? "op"] ?? "quantiser";
    reject(lowering, node, `has a ${option} with scaling: "const" but no scale; add scale: a number above 0.`);
    return undefined;
  }
  if (place.role === "activation") return activationScale(lowering, node, settings);
  if (settings.scaling !== "parameter" || place.parameter === undefined) return { kind: "stats" };
  const isPerChannel = settings.granularity === "channel";
  const init: ParameterInit = {
    kind: "maxAbs",
    parameter: place.parameter,
    ...(isPerChannel && { channelAxis: place.channelAxis }),
  };
  const parameter = addThreshold(lowering, node, { init, trainable: true });
  return { kind: "learned", parameter, collectSteps: 0, percentile: 100 };
}

/** `intBias()`: integers on the accumulator's own scale. */
function productScale(lowering: Lowering, node: GraphNode, place: QuantizerPlace): ScaleSource | undefined {
  const { input, weight } = place;
  const inputSpec = input === undefined ? undefined : lowering.quantizers[input];
  const levels = weight !== undefined && lowering.quantizers[weight]?.kind === "levels";
  if (input !== undefined && weight !== undefined && !levels && inputSpec?.channelAxis === undefined) {
    return { kind: "product", input, weight };
  }
  const missing = weight === undefined || levels ? ["weights have", "weightQuant"] : ["input has", "inputQuant"];
  reject(
    lowering,
    node,
    `has biasQuant: intBias(), but its ${missing[0] ?? ""} no single integer scale; add ${missing[1] ?? ""}: int(8), or leave biasQuant out.`,
  );
  return undefined;
}

/** Learned, from statistics of the first batches or from `quantHardTanh`'s limits; or running statistics. */
function activationScale(lowering: Lowering, node: GraphNode, settings: Partial<Settings>): ScaleSource {
  const percentile = settings.percentile ?? defaultPercentile;
  const limit = node.role === "actQuant" ? hardTanhLimit(lowering, node) : undefined;
  const isRunning = settings.scaling === "stats";
  const startsAtLimit = limit !== undefined && !isRunning;
  const init: ParameterInit = { kind: "constant", value: startsAtLimit ? limit : 1 };
  const parameter = addThreshold(lowering, node, { init, trainable: !isRunning });
  const learnedFrom = startsAtLimit ? 0 : (settings.collectSteps ?? defaultCollectSteps);
  const collectSteps = isRunning ? Number.MAX_SAFE_INTEGER : learnedFrom;
  return { kind: "learned", parameter, collectSteps, percentile };
}

function hardTanhLimit(lowering: Lowering, node: GraphNode): number | undefined {
  const layer = layerOf(lowering, node);
  if (layer?.kind !== "quantHardTanh") return undefined;
  const { minVal, maxVal } = layer.options;
  return Math.max(Math.abs(Number(minVal)), Math.abs(Number(maxVal)));
}

function addThreshold(
  lowering: Lowering,
  node: GraphNode,
  { init, trainable }: { readonly init: ParameterInit; readonly trainable: boolean },
): string {
  const { shape } = constantTensor(lowering, node.inputs[1] ?? "");
  return addParameter(lowering, node, { name: `${node.name}.threshold`, shape, kind: "threshold", trainable, init });
}

/** The quantiser of an average pool's `truncQuant`: the sum's low bits are cut, in the summands' scale. */
function lowerTrunc(lowering: Lowering, node: GraphNode, grid: QuantizerId | undefined): QuantizerId | undefined {
  if (grid === undefined) {
    reject(lowering, node, "has a truncQuant, but its input is not quantised; quantise it first, or use actQuant.");
    return undefined;
  }
  const [inputBits = 1] = constantValues(lowering, node.inputs[3]) ?? [];
  const [outputBits = 1] = constantValues(lowering, node.inputs[4]) ?? [];
  const { signed = true, channelAxis } = lowering.quantizers[grid] ?? {};
  return addQuantizer(lowering, {
    name: node.name,
    role: "activation",
    kind: "trunc",
    bits: outputBits,
    signed,
    narrow: false,
    zeroPoint: 0,
    rounding: "floor",
    powerOfTwo: false,
    truncatedBits: inputBits - outputBits,
    ...(channelAxis !== undefined && { channelAxis }),
    scale: { kind: "shared", quantizer: grid },
  });
}

/** The other operand's quantiser of an `add` or `mul` with inputQuant: both have one scale. */
function twinsOf(lowering: Lowering, node: GraphNode): readonly string[] {
  const layer = layerOf(lowering, node);
  if (node.role !== "inputQuant" || (layer?.kind !== "add" && layer?.kind !== "mul")) return [];
  const shape = constantTensor(lowering, node.inputs[1] ?? "").shape.join();
  const isTwin = (other: GraphNode) =>
    other !== node && other.layer === node.layer && other.role === "inputQuant" && other.opType === node.opType;
  return lowering.graph.nodes
    .filter((other) => isTwin(other) && constantTensor(lowering, other.inputs[1] ?? "").shape.join() === shape)
    .map(({ name }) => name);
}
