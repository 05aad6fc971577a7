/** Quantisers in the graph: what a quantiser's open options mean at its place, and the nodes that it becomes. */
import { bitWidth, isIntegerLike, quantizedDataType, type DataType } from "../graph/datatype.js";
import { quantlensDomain } from "../graph/custom-op.js";
import { qonnxDomain } from "../graph/domains.js";
import type { NodeRole, Origin, Shape } from "../graph/graph.js";
import { dataTypeOf, sharedScalar, type Value } from "./builder.js";
import { addFloats, addLayerNode, addParameter, reportLayer, type LayerDraft, type LayerNode } from "./layer.js";
import type { Field } from "./options.js";
import { Quantizer, type QuantizerSpec, type Rounding } from "./quantizers.js";
import { report } from "./session.js";

/** Where a quantiser stands. */
export interface QuantizerPlace {
  readonly role: Exclude<NodeRole, "mac" | "op">;
  /** The option that holds it: `weightQuant`. */
  readonly option: string;
  /** The axis that has a scale each with `granularity: "channel"`: 0 for a convolution's weight, 1 for activations. */
  readonly channelAxis: number;
  /** Largest magnitude that a constant scale without a value covers (`quantHardTanh`). */
  readonly threshold?: number;
}

/** An option that holds a quantiser, or nothing for float. */
export const quantizerField: Field<Quantizer | undefined> = {
  expects: "a quantiser such as int(6) or uint(6)",
  parse: (value) => (Quantizer.locate(value) ? (value as Quantizer) : undefined),
  required: false,
  guess: undefined,
};

export const actQuantPlace: QuantizerPlace = { role: "actQuant", option: "actQuant", channelAxis: 1 };
export const inputQuantPlace: QuantizerPlace = { role: "inputQuant", option: "inputQuant", channelAxis: 1 };
export const outputQuantPlace: QuantizerPlace = { role: "outputQuant", option: "outputQuant", channelAxis: 1 };

/** Suffixes of node names, as Brevitas calls its proxies. */
const suffixes: Readonly<Record<QuantizerPlace["role"], string>> = {
  weightQuant: "weight_quant",
  biasQuant: "bias_quant",
  inputQuant: "input_quant",
  actQuant: "act_quant",
  outputQuant: "output_quant",
};

const roundingModes: Readonly<Record<Rounding, string>> = {
  round: "ROUND",
  floor: "FLOOR",
  ceil: "CEIL",
  roundToZero: "ROUND_TO_ZERO",
};

/** `input` behind the quantiser; `input` itself without one. */
export function quantized(
  layer: LayerDraft,
  input: Value,
  quantizer: Quantizer | undefined,
  place: QuantizerPlace,
): Value {
  const found = Quantizer.locate(quantizer);
  if (!found) return input;
  const spec = placed(layer, found.spec, place);
  if (spec === undefined) return input;
  const suffix = suffixes[place.role];
  const scale = scaleConstant(layer, input, spec, place);
  return quantNode(layer, input, scale, { spec, suffix, role: place.role, origin: found.origin });
}

/** The product that a bias is added to. */
export interface BiasContext {
  /** What the layer multiplies. */
  readonly input: Value;
  readonly weight: Value;
  /** Products that one output sums: input channels per group times kernel positions. */
  readonly inFeatures: number;
}

/**
 * A bias behind its quantiser. `intBias()` has the accumulator's width,
 * `ceil(log2((2^inputBits - 1) * (2^weightBits - 2) * inFeatures))` (Brevitas 0.6; 20 bits for BacalhauNet's
 * classifier), and 32 bits when input or weight are not quantised.
 */
export function quantizedBias(
  layer: LayerDraft,
  bias: Value,
  quantizer: Quantizer | undefined,
  context: BiasContext,
): Value {
  const found = Quantizer.locate(quantizer);
  if (!found) return bias;
  const place: QuantizerPlace = { role: "biasQuant", option: "biasQuant", channelAxis: 0 };
  if (found.spec.kind !== "intBias") return quantized(layer, bias, quantizer, place);
  const bits = found.spec.bits > 0 ? found.spec.bits : accumulatorBits(layer, context);
  const suffix = suffixes.biasQuant;
  // One element, not a scalar: so Brevitas exports input scale * weight scale.
  const scale = addParameter(layer, `${suffix}.scale`, [1]);
  return quantNode(layer, bias, scale, {
    spec: { ...found.spec, bits, narrow: false },
    suffix,
    role: "biasQuant",
    origin: found.origin,
  });
}

/** The data type of what a quantiser makes, for custom operators whose weights are only counted. */
export function quantizerDataType(quantizer: Quantizer | undefined): DataType {
  const spec = Quantizer.locate(quantizer)?.spec;
  if (spec?.zeroPoint !== 0 || spec.levels !== undefined) return "FLOAT32";
  const scales = typeof spec.scale === "number" ? [spec.scale] : (spec.scale ?? [0]);
  return quantizedDataType(
    spec.bits,
    spec.signed,
    scales.every((scale) => scale === 1),
  );
}

type PlacedSpec = QuantizerSpec & { readonly narrow: boolean };

/** Specs with their narrowness filled in, false and true by default: models of thousands of nodes share a few. */
const placedSpecs = [new WeakMap<QuantizerSpec, PlacedSpec>(), new WeakMap<QuantizerSpec, PlacedSpec>()] as const;

/** Fills in what depends on the place; `undefined` for a quantiser that means nothing there. */
function placed(layer: LayerDraft, spec: QuantizerSpec, place: QuantizerPlace): PlacedSpec | undefined {
  if (spec.kind === "intBias") {
    reportLayer(
      layer,
      "quantizer-misplaced",
      `has intBias() as ${place.option}, but it is for biases only; use int(bits).`,
      [place.option],
    );
    return undefined;
  }
  const narrowByDefault = place.role === "weightQuant" && spec.signed && spec.bits > 1;
  const known = placedSpecs[narrowByDefault ? 1 : 0];
  const found = known.get(spec) ?? { ...spec, narrow: spec.narrow ?? narrowByDefault };
  known.set(spec, found);
  return found;
}

interface QuantNode {
  readonly spec: PlacedSpec;
  readonly suffix: string;
  readonly role: NodeRole;
  readonly origin: Origin | undefined;
}

function quantNode(layer: LayerDraft, input: Value, scale: Value, { spec, suffix, role, origin }: QuantNode): Value {
  const { zeroPoint, bits, levels } = spec;
  if (levels !== undefined) {
    const inputs = [input, scale];
    const attributes: LayerNode["attributes"] = levels === "log" ? { mode: "log", bits } : { mode: "levels", levels };
    const node = { opType: "CodebookQuant", domain: quantlensDomain, inputs, attributes, suffix, role };
    return addLayerNode(layer, { ...node, quantizerOrigin: origin });
  }
  const { draft } = layer;
  const { attributes, zeroPointName, bitWidthName } = quantParts(spec);
  const inputs = [input, scale, sharedScalar(draft, zeroPointName, zeroPoint), sharedScalar(draft, bitWidthName, bits)];
  const node = { opType: "Quant", domain: qonnxDomain, inputs, attributes, suffix, role, quantizerOrigin: origin };
  const output = addLayerNode(layer, node);
  draft.scales.set(output.name, scale);
  return output;
}

interface QuantParts {
  readonly attributes: NonNullable<LayerNode["attributes"]>;
  readonly zeroPointName: string;
  readonly bitWidthName: string;
}

const knownParts = new WeakMap<PlacedSpec, QuantParts>();

/** What all Quant nodes of a spec share. */
function quantParts(spec: PlacedSpec): QuantParts {
  const known = knownParts.get(spec);
  if (known) return known;
  const { signed, narrow, rounding, zeroPoint, bits } = spec;
  const parts = {
    attributes: { signed: Number(signed), narrow: Number(narrow), rounding_mode: roundingModes[rounding] },
    zeroPointName: zeroPoint === 0 ? "zero_point" : `zero_point.${zeroPoint}`,
    bitWidthName: `bit_width.${bits}`,
  };
  knownParts.set(spec, parts);
  return parts;
}

/** The scale: its values when they are fixed, else a parameter without values, which the cost takes as "not 1". */
function scaleConstant(layer: LayerDraft, input: Value, spec: PlacedSpec, place: QuantizerPlace): Value {
  const name = `${suffixes[place.role]}.scale`;
  const fixed = fixedScale(spec, place.threshold);
  const channels = input.shape[place.channelAxis] ?? 1;
  // One fixed number for all channels is one scale, whatever the granularity.
  if (typeof fixed === "number") return addFloats(layer, name, [], [fixed]);
  const shape = spec.granularity === "channel" ? channelShape(input.shape, place.channelAxis) : [];
  if (fixed === undefined) return addParameter(layer, name, shape);
  if (fixed.length === channels) return addFloats(layer, name, shape, fixed);
  reportScaleCount(layer, place, channels, fixed.length);
  return addParameter(layer, name, shape);
}

/**
 * A constant scale. Without a value it covers the threshold: `threshold / 2^(bits-1)` signed, one integer less when
 * narrow, `threshold / (2^bits - 1)` unsigned.
 */
function fixedScale(spec: PlacedSpec, threshold: number | undefined): QuantizerSpec["scale"] {
  if (spec.scale !== undefined || spec.scaling !== "const" || threshold === undefined) return spec.scale;
  const largest = spec.signed ? 2 ** (spec.bits - 1) - Number(spec.narrow) : 2 ** spec.bits - 1;
  const scale = threshold / Math.max(largest, 1);
  return spec.powerOfTwo ? 2 ** Math.ceil(Math.log2(scale)) : scale;
}

/** 1 in every dimension but the channels': (out, 1, 1) for a 1-D convolution's weight. */
function channelShape(shape: Shape, axis: number): Shape {
  return shape.map((size, at) => (at === axis ? size : 1));
}

function reportScaleCount(layer: LayerDraft, place: QuantizerPlace, channels: number, found: number): void {
  const { callee } = layer.site;
  const message = `${callee} expects ${channels} scales in ${place.option}, one per channel, but found ${found}; they are taken as unknown.`;
  report(layer.site, "scale-granularity", message, [place.option]);
}

function accumulatorBits(layer: LayerDraft, { input, weight, inFeatures }: BiasContext): number {
  const inputBits = integerBits(dataTypeOf(layer.draft, input.name));
  const weightBits = integerBits(dataTypeOf(layer.draft, weight.name));
  if (inputBits === undefined || weightBits === undefined) return 32;
  // One bit has the levels ±1, for which 2^1 - 2 would be no level at all.
  const largestProduct = (2 ** inputBits - 1) * Math.max(2 ** weightBits - 2, 1);
  return Math.max(1, Math.ceil(Math.log2(largestProduct * inFeatures)));
}

function integerBits(dataType: DataType): number | undefined {
  return isIntegerLike(dataType) ? bitWidth(dataType) : undefined;
}
