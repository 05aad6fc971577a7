/**
 * Quantisers. Uniform: `y = (round(clamp(x / scale + zeroPoint)) - zeroPoint) * scale`, rounded half to even, as in
 * Brevitas 0.6 (`core/quant/int.py`) and QONNX's `Quant`. Defaults are Brevitas's.
 */
import type { Origin } from "../graph/graph.js";
import { describe } from "./describe.js";
import { finite, flag, integer, listOf, oneOf, optional, readValue, readOptions, type Field } from "./options.js";
import { enter, report, type Site } from "./session.js";

/** How a scale is found: from the values, learned, or fixed. */
export type Scaling = "stats" | "parameter" | "const";
/** What has a scale of its own: the whole tensor, or each channel. */
export type Granularity = "tensor" | "channel";
/** How values between two integers are rounded; `"round"` is to the nearest, half to even. */
export type Rounding = "round" | "floor" | "ceil" | "roundToZero";

/** Options of `int` and `uint`. */
export interface QuantizerOptions {
  /**
   * The integer that stands for 0. Default 0.
   * Anything else makes the tensor FLOAT32 (32 bits) to the cost tools and a submission to the challenge invalid.
   */
  zeroPoint?: number;
  /**
   * Leave out the most negative integer, so that the range is symmetric: 6 bits give -31..31.
   * Default: true for signed weights of 2 bits and more, false for everything else, as in Brevitas.
   */
  narrow?: boolean;
  /**
   * A fixed step size, above 0; a list has one per channel. Default: found by `scaling`.
   * A scale of exactly 1 makes plain integers (`INT6` instead of `SCALEDINT6`).
   */
  scale?: number | readonly number[];
  /**
   * How the scale is found.
   * - `"stats"` from the values at every step: for weights `max|w| / (2^(bits-1) - 1)`. Default for weights.
   * - `"parameter"` learned. It starts from a statistic of the first `collectSteps` training batches, in
   *   `quantHardTanh` from its limits. Default for activations.
   * - `"const"` fixed: `scale`, or in `quantHardTanh` the larger limit divided by `2^(bits-1)`. Default when `scale` is given.
   */
  scaling?: Scaling;
  /** One scale for the tensor or one per (output) channel. Default `"tensor"`. */
  granularity?: Granularity;
  /** Round the scale up to a power of two, so that hardware can shift instead of multiply. Default false. */
  powerOfTwo?: boolean;
  /** How values between two integers are rounded; `"round"` is to the nearest, half to even. Default `"round"`. */
  rounding?: Rounding;
  /** With learned activation scales: the percentile of |x| that is the first threshold. Default 99.999 (Brevitas's). */
  percentile?: number;
  /** With learned activation scales: training steps that use the statistic before the scale is learned. Default 30 (Brevitas's). */
  collectSteps?: number;
  /**
   * Non-uniform levels: powers of two (`"log"`) or a list of values. No cost tool prices them, they count as FLOAT32,
   * and the challenge does not allow them. Default: uniform.
   */
  levels?: "log" | readonly number[];
}

/** Options of `binary` and `ternary`. */
export interface FewLevelsOptions {
  /** The magnitude of the levels, above 0. Default 0.1 (Brevitas's), unless `scaling` is `"stats"` or `"parameter"`. */
  scale?: number | readonly number[];
  /** How the magnitude is found: `"const"` (default), `"stats"` (`max|w|`) or `"parameter"` (learned). */
  scaling?: Scaling;
  /** One magnitude for the tensor or one per output channel. Default `"tensor"`. */
  granularity?: Granularity;
}

/** Options of `ternary`. */
export interface TernaryOptions extends FewLevelsOptions {
  /** Values of at most `threshold * scale` become 0. Default 0.5. */
  threshold?: number;
}

/** Options of `intBias`. */
export interface IntBiasOptions {
  /** Bits of the bias. Default: the accumulator's, `ceil(log2((2^inputBits - 1) * (2^weightBits - 2) * inFeatures))`. */
  bits?: number;
}

export type QuantizerKind = "int" | "uint" | "binary" | "ternary" | "intBias";

/** A quantiser's options as given; what is left open depends on where it is used (`quantizer-nodes.ts`). */
export interface QuantizerSpec {
  readonly kind: QuantizerKind;
  /** 0 only for `intBias()` without bits: then they are derived. */
  readonly bits: number;
  readonly signed: boolean;
  readonly zeroPoint: number;
  readonly narrow: boolean | undefined;
  readonly scale: number | readonly number[] | undefined;
  readonly scaling: Scaling | undefined;
  readonly granularity: Granularity;
  readonly powerOfTwo: boolean;
  readonly rounding: Rounding;
  readonly percentile?: number | undefined;
  readonly collectSteps?: number | undefined;
  readonly threshold?: number | undefined;
  readonly levels?: "log" | readonly number[] | undefined;
}

interface LocatedQuantizer {
  readonly spec: QuantizerSpec;
  readonly origin: Origin | undefined;
}

/** A quantiser, made by `int`, `uint`, `binary` or `ternary`; for biases also by `intBias`. */
export class Quantizer {
  readonly #located: LocatedQuantizer;

  constructor(spec: QuantizerSpec, origin: Origin | undefined) {
    this.#located = { spec, origin };
  }

  /** Bits per value; 0 for `intBias()`, whose width depends on the layer. */
  get bits(): number {
    return this.#located.spec.bits;
  }

  /** True when there are negative levels. */
  get signed(): boolean {
    return this.#located.spec.signed;
  }

  /** What was asked for and where; `undefined` for anything that is no quantiser. */
  static locate(value: unknown): LocatedQuantizer | undefined {
    return typeof value === "object" && value !== null && #located in value ? value.#located : undefined;
  }
}

/**
 * A signed integer quantiser with `bits` bits: levels -2^(bits-1) .. 2^(bits-1) - 1, times the scale.
 *
 * For weights, for inputs, and for activations that can be negative. With 1 bit the levels are ±scale (see `binary`).
 * @param bits Whole number from 1 to 32. Cost is linear in it: bit-operations are MACs * input bits * weight bits.
 */
export function int(bits: number, options?: QuantizerOptions): Quantizer {
  return integerQuantizer(enter("int"), "int", bits, options);
}

/**
 * An unsigned integer quantiser with `bits` bits: levels 0 .. 2^bits - 1, times the scale.
 *
 * For activations after a ReLU or a sigmoid.
 * @param bits Whole number from 1 to 32.
 */
export function uint(bits: number, options?: QuantizerOptions): Quantizer {
  return integerQuantizer(enter("uint"), "uint", bits, options);
}

/**
 * Two levels, -scale and +scale (0 becomes +scale): 1 bit. Brevitas's `SignedBinaryWeightPerTensorConst`.
 * With `scale: 1` the tensor is BIPOLAR.
 */
export function binary(options?: FewLevelsOptions): Quantizer {
  const site = enter("binary");
  const given = readOptions(site, options, fewLevelsFields);
  return fewLevels(site, "binary", 1, given);
}

/**
 * Three levels, -scale, 0 and +scale, written as a narrow 2-bit quantiser: 2 bits. Brevitas's `SignedTernaryWeightPerTensorConst`.
 */
export function ternary(options?: TernaryOptions): Quantizer {
  const site = enter("ternary");
  const { threshold, ...given } = readOptions(site, options, ternaryFields);
  return fewLevels(site, "ternary", 2, { ...given, threshold });
}

/**
 * The bias quantiser of Brevitas (`IntBias`): a signed integer whose scale is input scale * weight scale, so that
 * the bias adds to the accumulator without rounding. Needs a quantised input and weight. Biases are free in the score.
 */
export function intBias(options?: IntBiasOptions): Quantizer {
  const site = enter("intBias");
  const { bits } = readOptions(site, options, { bits: optional(bitsField, 0) });
  return new Quantizer({ ...plainSpec, kind: "intBias", bits, signed: true, narrow: false }, site.origin);
}

/** Widths beyond the cost tools' float make no sense and are refused. */
export const maxBits = 32;

const plainSpec: Omit<QuantizerSpec, "kind" | "bits" | "signed"> = {
  zeroPoint: 0,
  narrow: undefined,
  scale: undefined,
  scaling: undefined,
  granularity: "tensor",
  powerOfTwo: false,
  rounding: "round",
};

const bitsField: Field<number> = { ...integer(1, 8, maxBits), code: "bit-width-not-integer" };

const scalingField = optional(oneOf(["stats", "parameter", "const"], "stats"), undefined);
const granularityField = optional(oneOf(["tensor", "channel"], "tensor"), "tensor" as const);

const positive = finite("", 1, (value) => value > 0);
const scaleField: Field<number | readonly number[] | undefined> = {
  expects: "a finite number above 0, or a list of one per channel",
  parse: (value, site, name) => positive.parse(value, site, name) ?? listOf(positive, "").parse(value, site, name),
  required: false,
  guess: undefined,
  code: "scale-not-positive-static",
};

const levelsField: Field<"log" | readonly number[] | undefined> = {
  expects: `"log" or a list of at least 2 finite numbers`,
  parse: (value, site, name) => (value === "log" ? value : listOf(finite("", 0), "", 2).parse(value, site, name)),
  required: false,
  guess: undefined,
};

const integerFields = {
  zeroPoint: optional(integer(-(2 ** 31), 0), 0),
  narrow: optional(flag(false), undefined),
  scale: scaleField,
  scaling: scalingField,
  granularity: granularityField,
  powerOfTwo: flag(false),
  rounding: optional(oneOf(["round", "floor", "ceil", "roundToZero"], "round"), "round" as const),
  percentile: optional(
    finite("a number above 0 and at most 100", 99.999, (value) => value > 0 && value <= 100),
    undefined,
  ),
  collectSteps: optional(integer(0, 30), undefined),
  levels: levelsField,
};

const fewLevelsFields = { scale: scaleField, scaling: scalingField, granularity: granularityField };

const ternaryFields = {
  ...fewLevelsFields,
  threshold: optional(
    finite("a number of at least 0", 0.5, (value) => value >= 0),
    0.5,
  ),
};

function integerQuantizer(site: Site, kind: "int" | "uint", bits: unknown, options: unknown): Quantizer {
  const width = readBits(site, bits);
  if (options === undefined) return new Quantizer(specByDefault(kind, width), site.origin);
  const spec = { ...readOptions(site, options, integerFields), kind, bits: width, signed: kind === "int" };
  return new Quantizer({ ...spec, scale: checkedScale(site, spec) }, site.origin);
}

const specsByDefault = new Map<string, QuantizerSpec>();

/** The spec of `int(bits)` and `uint(bits)`: made once, because large models have thousands of these. */
function specByDefault(kind: "int" | "uint", bits: number): QuantizerSpec {
  const key = `${kind} ${bits}`;
  const known = specsByDefault.get(key);
  if (known) return known;
  const spec = { ...plainSpec, kind, bits, signed: kind === "int" };
  specsByDefault.set(key, spec);
  return spec;
}

/** Brevitas's constant magnitude of binary and ternary weights. */
const fewLevelsScale = 0.1;

function fewLevels(
  site: Site,
  kind: "binary" | "ternary",
  bits: number,
  given: Pick<QuantizerSpec, "scale" | "scaling" | "granularity" | "threshold">,
): Quantizer {
  const scaling = given.scaling ?? "const";
  const scale = given.scale ?? (scaling === "const" ? fewLevelsScale : undefined);
  const spec: QuantizerSpec = {
    ...plainSpec,
    ...given,
    kind,
    bits,
    signed: true,
    narrow: kind === "ternary",
    scaling,
    scale,
  };
  return new Quantizer({ ...spec, scale: checkedScale(site, spec) }, site.origin);
}

/** A whole number of bits; a fraction is rounded, so that the rest of the model can be costed. */
function readBits(site: Site, bits: unknown): number {
  if (typeof bits !== "number" || !Number.isFinite(bits)) return readValue(site, 0, "bits", bits, bitsField);
  const nearest = Math.min(Math.max(Math.round(bits), 1), maxBits);
  if (nearest === bits) return bits;
  const code = bits > maxBits ? "bit-width-range" : "bit-width-not-integer";
  const expected = `a whole number from 1 to ${maxBits}`;
  report(
    site,
    code,
    `${site.callee} expects bits to be ${expected}, but found ${describe(bits)}; ${nearest} is used instead.`,
    [0],
  );
  return nearest;
}

/** A list of scales belongs to channels, a fixed power-of-two scale must be one, and only a constant has a fixed value. */
function checkedScale(site: Site, spec: QuantizerSpec): QuantizerSpec["scale"] {
  const { scale, powerOfTwo, granularity, scaling } = spec;
  if (scale === undefined) return undefined;
  if (scaling === "stats") {
    report(
      site,
      "option-without-effect",
      `${site.callee} has a fixed scale and scaling: "stats", which would find one; leave one of them out.`,
      ["scale"],
    );
    return undefined;
  }
  if (typeof scale !== "number" && granularity === "tensor") {
    report(
      site,
      "scale-granularity",
      `${site.callee} has a list of scales but one scale for the whole tensor; add granularity: "channel", or give one number.`,
      ["scale"],
    );
    return scale[0];
  }
  if (!powerOfTwo) return scale;
  const rounded = typeof scale === "number" ? powerOfTwoAbove(scale) : scale.map(powerOfTwoAbove);
  if (String(rounded) !== String(scale)) {
    report(
      site,
      "scale-not-power-of-two",
      `${site.callee} has powerOfTwo and the scale ${describe(scale)}, which is none; ${describe(rounded)} is used instead.`,
      ["scale"],
    );
  }
  return rounded;
}

/** Brevitas rounds a power-of-two scale up. The largest double is below 2^1024. */
function powerOfTwoAbove(scale: number): number {
  return 2 ** Math.min(Math.ceil(Math.log2(scale)), 1023);
}
