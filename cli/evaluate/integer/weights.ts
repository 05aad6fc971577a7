/** Weights and biases as integers, masks applied. */
import type { QuantizerSpec, TrainProgram, WeightRef } from "../../train/program.js";
import { channelIndex } from "../../train/scales.js";
import { codeBook } from "./code-book.js";
import { atChannel } from "./form.js";

/** What a session holds when its network is taken over. */
export interface NetworkState {
  readonly program: TrainProgram;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly masks: ReadonlyMap<string, Uint8Array>;
  /** The scales in force in evaluation mode, by quantiser name. */
  scales(): ReadonlyMap<string, Float32Array>;
}

export interface Constant {
  /** Integers, or floats that stand for themselves. */
  readonly values: Float64Array;
  /** `values * scale` are the values; one, or one per slice of `axis`. */
  readonly scale: Float64Array;
  readonly axis: number;
  /** The scale of the element at a flat index. */
  readonly scaleAt: (index: number) => number;
  /** False: `values` are no integers. */
  readonly integer: boolean;
  /** Absent for floats. */
  readonly quantizer?: QuantizerSpec;
}

/** The scale in force of a quantiser, in double precision. Throws when the session does not know it. */
export function scaleOf(state: NetworkState, spec: QuantizerSpec): Float64Array {
  const scale = state.scales().get(spec.name);
  if (scale === undefined) throw new Error(`The session has no scale for the quantiser ${spec.name}.`);
  return Float64Array.from(scale);
}

/** The values of a weight or bias, 0 where a mask has pruned them. */
export function maskedParameter({ parameters, masks }: NetworkState, name: string): Float32Array {
  const stored = parameters.get(name);
  if (stored === undefined) throw new Error(`The session has no parameter ${name}.`);
  const mask = masks.get(name);
  return mask === undefined ? stored : stored.map((value, index) => (mask[index] === 0 ? 0 : value));
}

/** A weight or bias as its operator uses it. `size`: of each dimension. */
export function constantOf(state: NetworkState, ref: WeightRef, size: readonly number[]): Constant {
  const masked = maskedParameter(state, ref.parameter);
  const spec = ref.quantizer === undefined ? undefined : state.program.quantizers[ref.quantizer];
  if (spec === undefined) {
    return { values: Float64Array.from(masked), scale: Float64Array.of(1), axis: 0, scaleAt: () => 1, integer: false };
  }
  const book = codeBook(spec);
  const scale = scaleOf(state, spec);
  const channelOf = channelIndex(size, spec.channelAxis);
  const values = Float64Array.from(masked, (value, index) =>
    book.code(book.index32(value, atChannel(scale, channelOf(index)))),
  );
  const steps = scale.map((value) => value * book.unit);
  return {
    values,
    scale: steps,
    axis: spec.channelAxis ?? 0,
    scaleAt: (index) => atChannel(steps, channelOf(index)),
    integer: book.integers,
    quantizer: spec,
  };
}
