/** Quantisers as Brevitas 0.6 defines them: classes whose attributes override those of a ready-made one. */
import type { QuantizerSpec } from "../../train/program.js";
import { integerThreshold } from "../../train/quantizer-range.js";
import { refuse } from "./problems.js";
import { literal, verbatim, type PythonValue } from "./python.js";

/** The classes that a module defines, and what they import. */
export interface QuantizerClasses {
  /** Text of each class by its name. */
  readonly classes: Map<string, string>;
  /** Names by text: layers with the same quantiser share a class. */
  readonly names: Map<string, string>;
  /** Ready-made quantisers of `brevitas.quant`, and enumerations of `brevitas.inject.enum`. */
  readonly bases: Set<string>;
  readonly enums: Set<string>;
}

export function newQuantizerClasses(): QuantizerClasses {
  return { classes: new Map(), names: new Map(), bases: new Set(), enums: new Set() };
}

/** Where a quantiser stands. */
export interface QuantizerUse {
  readonly layer: string;
  /** Shape of what is quantised, batch included: scales per channel need it. */
  readonly shape: readonly number[];
  /** What `quantHardTanh` clamps to. */
  readonly limits?: { readonly min: number; readonly max: number };
  /** Bits that an `intBias` states; without them the accumulator's. */
  readonly biasBits?: number;
}

/** The name of the class for this quantiser, which is defined when it is new. Throws `NotExpressible`. */
export function quantizerClass(defined: QuantizerClasses, spec: QuantizerSpec, use: QuantizerUse): string {
  const { base, attributes, name } = describe(spec, use);
  for (const value of Object.values(attributes)) noteEnum(defined, value);
  defined.bases.add(base);
  const lines = Object.entries(attributes).map(([key, value]) => `    ${key} = ${literal(value)}`);
  if (lines.length === 0) return base;
  const body = `(${base}):\n${lines.join("\n")}\n`;
  const known = defined.names.get(body);
  if (known !== undefined) return known;
  let unique = name;
  for (let suffix = 2; defined.classes.has(unique); suffix++) unique = `${name}_${suffix}`;
  defined.names.set(body, unique);
  defined.classes.set(unique, `class ${unique}${body}`);
  return unique;
}

interface Described {
  readonly base: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, PythonValue>>;
}

function noteEnum({ enums }: QuantizerClasses, value: PythonValue): void {
  const name = /^(\w+)\./.exec(literal(value))?.[1];
  if (name !== undefined && typeof value === "object" && /Type$|^StatsOp$/.test(name)) enums.add(name);
}

function describe(spec: QuantizerSpec, use: QuantizerUse): Described {
  checkExpressible(spec, use);
  if (spec.scale.kind === "product") return biasOfAccumulator(use);
  if (spec.kind === "binary") return binary(spec, use);
  if (spec.kind === "ternary") return ternary(spec, use);
  return spec.role === "activation" ? activation(spec, use) : weightOrBias(spec, use);
}

function checkExpressible(spec: QuantizerSpec, { layer }: QuantizerUse): void {
  if (spec.zeroPoint !== 0) refuse(layer, `has the zero point ${spec.zeroPoint}; use zeroPoint: 0.`);
  if (spec.kind === "levels") refuse(layer, "has levels, where Brevitas has uniform quantisers; leave levels out.");
  if (spec.kind === "trunc") refuse(layer, "has a truncQuant; use actQuant.");
  if (spec.powerOfTwo && spec.scale.kind !== "const")
    refuse(layer, "rounds its scale to a power of two in another way; give a fixed scale, or leave powerOfTwo out.");
  if (
    spec.role === "activation" &&
    spec.scale.kind === "learned" &&
    spec.scale.collectSteps === Number.MAX_SAFE_INTEGER
  )
    refuse(
      layer,
      'has scaling: "stats" for activations, whose running statistics are kept in another way; use scaling: "parameter".',
    );
  if (spec.scale.kind === "const" && spec.scale.values.length > 1)
    refuse(layer, 'has a list of fixed scales, where Brevitas has one number; use one, or scaling: "parameter".');
}

/** Names say what the class is: `Weight6`, `Act8`. */
function nameOf(spec: QuantizerSpec, place: string): string {
  return `${spec.signed ? "Int" : "Uint"}${spec.bits}${place}${spec.channelAxis === undefined ? "" : "PerChannel"}`;
}

/** What differs from the ready-made 8-bit quantisers. */
function integerAttributes(spec: QuantizerSpec, { narrow, signed }: { narrow: boolean; signed: boolean }) {
  return {
    ...(spec.bits !== 8 && { bit_width: spec.bits }),
    ...(spec.signed !== signed && { signed: spec.signed }),
    ...(spec.narrow !== narrow && { narrow_range: spec.narrow }),
    ...(spec.rounding !== "round" && {
      float_to_int_impl_type: verbatim(`FloatToIntImplType.${roundings[spec.rounding]}`),
    }),
  };
}

const roundings: Readonly<Record<QuantizerSpec["rounding"], string>> = {
  round: "ROUND",
  floor: "FLOOR",
  ceil: "CEIL",
  roundToZero: "ROUND_TO_ZERO",
};

function weightOrBias(spec: QuantizerSpec, { layer }: QuantizerUse): Described {
  const isWeight = spec.role === "weight";
  const base = isWeight
    ? `Int8WeightPer${spec.channelAxis === undefined ? "Tensor" : "Channel"}Float`
    : "Int8BiasPerTensorFloatInternalScaling";
  if (!isWeight && spec.channelAxis !== undefined)
    refuse(layer, 'has a bias with a scale per channel; use granularity: "tensor" or intBias().');
  const attributes = { ...integerAttributes(spec, { narrow: isWeight, signed: true }), ...scalingAttributes(spec) };
  return { base, name: nameOf(spec, isWeight ? "Weight" : "Bias"), attributes };
}

/** How the scale of a stored tensor is found; nothing for the statistic, which the ready-made quantisers have. */
function scalingAttributes(spec: QuantizerSpec): Readonly<Record<string, PythonValue>> {
  const { scale } = spec;
  switch (scale.kind) {
    case "const":
      return {
        scaling_impl_type: verbatim("ScalingImplType.CONST"),
        scaling_const: (scale.values[0] ?? 1) * integerThreshold(spec),
      };
    case "learned":
      return { scaling_impl_type: verbatim("ScalingImplType.PARAMETER_FROM_STATS") };
    default:
      return {};
  }
}

/** Brevitas divides the threshold of `min_val` and `max_val` by the integers' range. */
function activation(spec: QuantizerSpec, use: QuantizerUse): Described {
  const { scale } = spec;
  const common = {
    ...integerAttributes(spec, { narrow: false, signed: spec.signed }),
    ...channelAttributes(spec, use),
  };
  const limits = scale.kind === "const" ? fixedLimits(spec, scale.values, use) : use.limits;
  const name = nameOf(spec, "Act");
  if (limits === undefined || isCollected(spec)) {
    const base = `${spec.signed ? "Int" : "Uint"}8ActPerTensorFloat`;
    return { base, name, attributes: { ...common, ...collecting(spec) } };
  }
  const base = spec.signed ? "Int8ActPerTensorFloatMinMaxInit" : "Uint8ActPerTensorFloatMaxInit";
  const fixed = scale.kind === "const" && { scaling_impl_type: verbatim("ScalingImplType.CONST") };
  const range = spec.signed
    ? { min_val: limits.min, max_val: limits.max }
    : { max_val: Math.max(Math.abs(limits.min), Math.abs(limits.max)) };
  return { base, name, attributes: { ...common, ...fixed, ...range } };
}

function isCollected({ scale }: QuantizerSpec): boolean {
  return scale.kind === "learned" && scale.collectSteps > 0;
}

/** Limits whose threshold gives the scale: those of `quantHardTanh` where they do, which say more. */
function fixedLimits(spec: QuantizerSpec, [value = 1]: readonly number[], { limits }: QuantizerUse) {
  const threshold = value * integerThreshold(spec);
  const stated = limits && Math.max(Math.abs(limits.min), Math.abs(limits.max));
  if (limits && Math.fround(stated ?? 0) === Math.fround(threshold)) return limits;
  return { min: spec.signed ? -threshold : 0, max: threshold };
}

/** Brevitas 0.6's defaults are 99.999 and 30. */
function collecting({ scale }: QuantizerSpec): Readonly<Record<string, PythonValue>> {
  if (scale.kind !== "learned") return {};
  return {
    ...(scale.percentile !== 99.999 && { high_percentile_q: scale.percentile }),
    ...(scale.collectSteps !== 30 && { collect_stats_steps: scale.collectSteps }),
  };
}

function channelAttributes(
  { channelAxis }: QuantizerSpec,
  { shape }: QuantizerUse,
): Readonly<Record<string, PythonValue>> {
  if (channelAxis === undefined) return {};
  return {
    scaling_per_output_channel: true,
    per_channel_broadcastable_shape: shape.map((size, axis) => (axis === 1 ? size : 1)),
    scaling_stats_permute_dims: [1, 0, ...shape.slice(2).map((_, index) => index + 2)],
  };
}

function biasOfAccumulator({ biasBits }: QuantizerUse): Described {
  if (biasBits === undefined) return { base: "IntBias", name: "IntBias", attributes: {} };
  return {
    base: "Int8Bias",
    name: `Int${biasBits}Bias`,
    attributes: biasBits === 8 ? {} : { bit_width: biasBits },
  };
}

/** Brevitas's constant magnitude of binary and ternary weights. */
const defaultMagnitude = 0.1;

function binary(spec: QuantizerSpec, use: QuantizerUse): Described {
  const isWeight = spec.role === "weight";
  if (spec.role === "bias") refuse(use.layer, "has a bias of 1 bit; use intBias().");
  const base = `SignedBinary${isWeight ? "Weight" : "Act"}PerTensorConst`;
  return { base, name: nameOf(spec, isWeight ? "Weight" : "Act"), attributes: magnitude(spec, use) };
}

function ternary(spec: QuantizerSpec, use: QuantizerUse): Described {
  if (spec.role !== "weight") refuse(use.layer, "has a ternary quantiser with a threshold that is not for weights.");
  const attributes = {
    quant_type: verbatim("QuantType.TERNARY"),
    threshold: spec.ternaryThreshold ?? 0.5,
    ...magnitude(spec, use),
  };
  return { base: "SignedTernaryWeightPerTensorConst", name: "TernaryWeight", attributes };
}

/** The magnitude of two or three levels. */
function magnitude(spec: QuantizerSpec, use: QuantizerUse): Readonly<Record<string, PythonValue>> {
  const { scale, role } = spec;
  if (spec.channelAxis !== undefined)
    refuse(use.layer, 'has few levels with a magnitude per channel; use granularity: "tensor".');
  switch (scale.kind) {
    case "const": {
      const [value = 1] = scale.values;
      if (role === "activation") return { min_val: -value, max_val: value };
      return value === defaultMagnitude ? {} : { scaling_const: value };
    }
    case "stats":
      return { scaling_impl_type: verbatim("ScalingImplType.STATS"), scaling_stats_op: verbatim("StatsOp.MAX") };
    case "learned":
      return role === "activation" && use.limits === undefined
        ? {
            scaling_impl_type: verbatim("ScalingImplType.PARAMETER_FROM_STATS"),
            scaling_stats_op: verbatim("StatsOp.PERCENTILE"),
            high_percentile_q: scale.percentile,
            collect_stats_steps: scale.collectSteps,
          }
        : role === "activation"
          ? {
              scaling_impl_type: verbatim("ScalingImplType.PARAMETER"),
              min_val: use.limits?.min ?? -1,
              max_val: use.limits?.max ?? 1,
            }
          : {
              scaling_impl_type: verbatim("ScalingImplType.PARAMETER_FROM_STATS"),
              scaling_stats_op: verbatim("StatsOp.MAX"),
            };
    default:
      return refuse(use.layer, "has few levels with the scale of another quantiser.");
  }
}
