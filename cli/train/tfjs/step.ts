/** What the operators of one step share: parameters, scales in force and gradients, all on the host. */
import type { QuantizerId, QuantizerSpec, TrainProgram, WeightRef } from "../program.js";
import { integerThreshold, scaleOfThreshold } from "../quantizer-range.js";
import { channelIndex, magnitudes, quantizedParameters } from "../scales.js";
import type { Tf } from "./op-run.js";
import { quantizeStored } from "./stored-quantizer.js";

/** What a session keeps between steps. */
export interface SessionState {
  readonly tf: Tf;
  readonly program: TrainProgram;
  readonly rounding: boolean;
  readonly seed: number;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly masks: ReadonlyMap<string, Uint8Array>;
  readonly collected: Map<string, number>;
}

export interface Step {
  readonly state: SessionState;
  /** Samples. */
  readonly size: number;
  readonly training: boolean;
  /** Counts training steps. */
  readonly index: number;
  readonly freezeBatchNorm: boolean;
  /** The latest call of each quantiser. */
  readonly calls: Map<QuantizerId, QuantizerCall>;
  /** Of parameters, added up. */
  readonly gradients: Map<string, Float64Array>;
}

/** One use of a quantiser in one step. */
export interface QuantizerCall {
  readonly spec: QuantizerSpec;
  /** One value, or one per channel. */
  readonly scale: Float32Array;
  /** What the scale was computed from, where it has a gradient. */
  readonly threshold?: Float32Array;
  /** True when the threshold is the batch's statistic. */
  readonly collects: boolean;
  /** Of the loss with respect to `scale`, added up. */
  readonly scaleGradient: Float64Array;
}

/** Calls a quantiser. `statistic`: the thresholds of a batch whose statistics are collected. */
export function callQuantizer(step: Step, id: QuantizerId, statistic?: Float32Array): QuantizerCall {
  const spec = quantizerOf(step, id);
  const threshold = statistic ?? thresholdOf(step, id, spec);
  const scale = threshold ? threshold.map((value) => scaleOfThreshold(spec, value)) : scaleFromOthers(step, spec);
  const call: QuantizerCall = {
    spec,
    scale,
    ...(threshold && { threshold }),
    collects: statistic !== undefined,
    scaleGradient: new Float64Array(scale.length),
  };
  step.calls.set(id, call);
  return call;
}

/**
 * Passes a call's scale gradient on to where the scale came from, when all that used the scale has been gone through
 * backwards. What goes to the statistic of a batch is `thresholdGradient`, which the caller passes on.
 */
export function passScaleGradient(step: Step, id: QuantizerId, call: QuantizerCall): void {
  const source = call.spec.scale;
  switch (source.kind) {
    case "const":
      return;
    case "stats":
      addStatisticGradient(step, id, call);
      return;
    case "learned":
      if (!call.collects) addLearnedGradient(step, source.parameter, call);
      return;
    case "product": {
      const input = callOf(step, source.input);
      const weight = callOf(step, source.weight);
      call.scaleGradient.forEach((gradient, channel) => {
        const at = weight.scale.length === 1 ? 0 : channel;
        addTo(input.scaleGradient, 0, gradient * (weight.scale[at] ?? 0));
        addTo(weight.scaleGradient, at, gradient * (input.scale[0] ?? 0));
      });
      return;
    }
    case "shared": {
      const { scaleGradient } = callOf(step, source.quantizer);
      call.scaleGradient.forEach((gradient, channel) => {
        addTo(scaleGradient, channel, gradient);
      });
    }
  }
}

/** Of the loss with respect to each threshold. */
export function thresholdGradient({ spec, scale, threshold, scaleGradient }: QuantizerCall): Float64Array {
  return scaleGradient.map((gradient, channel) => {
    const from = threshold?.[channel] ?? 0;
    const integers = integerThreshold(spec);
    // A scale of 0 was replaced by 1, which depends on nothing.
    if (Math.fround(from / integers) === 0) return 0;
    return spec.powerOfTwo ? (gradient * (scale[channel] ?? 0)) / from : gradient / integers;
  });
}

/** A weight or bias as an operator uses it. */
export interface StoredUse {
  readonly values: Float32Array;
  readonly shape: readonly number[];
  /** Adds the gradient of `values` to those of the stored tensor and of its quantiser's scale. */
  readonly backward: (gradient: Float32Array) => void;
}

/** Masks and quantises a stored tensor. */
export function useStored(step: Step, { parameter, quantizer }: WeightRef): StoredUse {
  const { parameters, masks, program, rounding } = step.state;
  const stored = parameters.get(parameter);
  const shape = program.parameters.find(({ name }) => name === parameter)?.shape;
  if (!stored || !shape) throw new Error(`There is no parameter ${parameter}`);
  const mask = masks.get(parameter);
  const masked = mask ? stored.map((value, index) => (mask[index] === 0 ? 0 : value)) : stored;
  const add = (gradient: ArrayLike<number>) => {
    const sum = gradientOf(step, parameter, stored.length);
    for (let index = 0; index < sum.length; index++) {
      if (mask?.[index] !== 0) addTo(sum, index, gradient[index] ?? 0);
    }
  };
  if (quantizer === undefined) return { values: masked, shape, backward: add };
  const call = callQuantizer(step, quantizer);
  const quantized = quantizeStored(call.spec, masked, { shape, scale: call.scale, rounding });
  const backward = (gradient: Float32Array) => {
    add(quantized.backward(gradient, call.scaleGradient));
    passScaleGradient(step, quantizer, call);
  };
  return { values: quantized.values, shape, backward };
}

/** The sum of a parameter's gradients so far. */
export function gradientOf(step: Step, parameter: string, length: number): Float64Array {
  const known = step.gradients.get(parameter);
  if (known) return known;
  const made = new Float64Array(length);
  step.gradients.set(parameter, made);
  return made;
}

export function addTo(sums: Float64Array, index: number, value: number): void {
  sums[index] = (sums[index] ?? 0) + value;
}

/** A parameter's values; throws when the program has none of this name. */
export function parameterOf({ state }: Step, name: string): Float32Array {
  const values = state.parameters.get(name);
  if (!values) throw new Error(`There is no parameter ${name}`);
  return values;
}

export function quantizerOf({ state }: Step, id: QuantizerId): QuantizerSpec {
  const spec = state.program.quantizers[id];
  if (!spec) throw new Error(`There is no quantiser ${id}`);
  return spec;
}

function callOf(step: Step, id: QuantizerId): QuantizerCall {
  const call = step.calls.get(id);
  if (!call) throw new Error(`The quantiser ${id} is needed before it is called`);
  return call;
}

function thresholdOf(step: Step, id: QuantizerId, spec: QuantizerSpec): Float32Array | undefined {
  if (spec.scale.kind === "learned") return parameterOf(step, spec.scale.parameter).map(Math.abs);
  if (spec.scale.kind !== "stats") return undefined;
  const { name, shape } = storedOf(step, id);
  return magnitudes(parameterOf(step, name), shape, spec.channelAxis);
}

function scaleFromOthers(step: Step, { scale: source }: QuantizerSpec): Float32Array {
  switch (source.kind) {
    case "const":
      return Float32Array.from(source.values);
    case "product": {
      const [input = 1] = callOf(step, source.input).scale;
      return callOf(step, source.weight).scale.map((scale) => scale * input);
    }
    case "shared":
      return callOf(step, source.quantizer).scale;
    case "stats":
    case "learned":
      throw new Error("These scales have a threshold");
  }
}

function storedOf({ state }: Step, id: QuantizerId) {
  const spec = quantizedParameters(state.program).get(id);
  if (!spec) throw new Error(`The quantiser ${id} has no stored tensor`);
  return spec;
}

/** To the elements that are the maximum, in equal shares. */
function addStatisticGradient(step: Step, id: QuantizerId, call: QuantizerCall): void {
  const { name, shape } = storedOf(step, id);
  const stored = parameterOf(step, name);
  const channelOf = channelIndex(shape, call.spec.channelAxis);
  const ties = new Float64Array(call.scale.length);
  const isLargest = (index: number) => Math.abs(stored[index] ?? 0) === call.threshold?.[channelOf(index)];
  for (let index = 0; index < stored.length; index++) if (isLargest(index)) addTo(ties, channelOf(index), 1);
  const gradient = thresholdGradient(call);
  const sum = gradientOf(step, name, stored.length);
  for (let index = 0; index < stored.length; index++) {
    if (!isLargest(index)) continue;
    const channel = channelOf(index);
    addTo(sum, index, (Math.sign(stored[index] ?? 0) * (gradient[channel] ?? 0)) / (ties[channel] ?? 1));
  }
}

function addLearnedGradient(step: Step, parameter: string, call: QuantizerCall): void {
  const values = parameterOf(step, parameter);
  const sum = gradientOf(step, parameter, values.length);
  thresholdGradient(call).forEach((gradient, channel) => {
    addTo(sum, channel, (values[channel] ?? 0) >= 0 ? gradient : -gradient);
  });
}
