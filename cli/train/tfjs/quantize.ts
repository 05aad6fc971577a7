/** Quantisers of activations (see `QuantizerSpec` for their mathematics). */
import { elementCount } from "../../../shared/graph/graph.js";
import type { QuantizerSpec, TrainOp } from "../program.js";
import { kthIndex } from "../kth-value.js";
import { percentileRank, quantizerRange, trackStatistic } from "../quantizer-range.js";
import { channelIndex } from "../scales.js";
import { take, tidied, type OpRun, type Tensor, type Tf } from "./op-run.js";
import {
  addTo,
  callQuantizer,
  parameterOf,
  passScaleGradient,
  quantizerOf,
  thresholdGradient,
  type QuantizerCall,
  type Step,
} from "./step.js";

type QuantizeOp = TrainOp & { readonly kind: "quantize" };
type LearnedScale = QuantizerSpec["scale"] & { readonly kind: "learned" };

/** Quantises; in training, a quantiser that is still collecting takes its threshold from the batch. */
export async function runQuantize(step: Step, op: QuantizeOp, x: Tensor): Promise<OpRun> {
  const { tf, collected, rounding } = step.state;
  const spec = quantizerOf(step, op.quantizer);
  const { scale: source } = spec;
  const seen = collected.get(spec.name) ?? 0;
  const statistic =
    step.training && source.kind === "learned" && seen < source.collectSteps
      ? await collect(step, spec, { source, x, seen })
      : undefined;
  const call = callQuantizer(step, op.quantizer, statistic?.thresholds);
  const [output, code, slope] = tidied(tf, () => quantize(tf, x, { spec, scale: call.scale, rounding }));
  const backward = async (dy: Tensor) => {
    const [dx, dScale] = tidied(tf, () => {
      const toScale = tf.mul(dy, code);
      return [tf.mul(dy, slope), tf.sum(toScale, scaleAxes(x.rank, spec))] as const satisfies readonly Tensor[];
    });
    (await take(dScale)).forEach((value, channel) => {
      addTo(call.scaleGradient, channel, value);
    });
    passScaleGradient(step, op.quantizer, call);
    return [statistic ? addAtStatistic(tf, dx, call, statistic.places) : dx];
  };
  return { output, saved: [code, slope], backward };
}

interface Quantize {
  readonly spec: QuantizerSpec;
  readonly scale: Float32Array;
  readonly rounding: boolean;
}

/** The output, what its gradient is multiplied by for the scale's, and for the input's. */
function quantize(tf: Tf, x: Tensor, { spec, scale, rounding }: Quantize): readonly [Tensor, Tensor, Tensor] {
  const s = stretched(tf, scale, x.rank, spec);
  switch (spec.kind) {
    case "binary": {
      const q = tf.where(tf.greaterEqual(x, 0), tf.onesLike(x), tf.fill(x.shape, -1));
      return [tf.mul(q, s), q, tf.mul(tf.cast(tf.lessEqual(tf.abs(x), s), "float32"), s)];
    }
    case "ternary": {
      const isNotZero = tf.cast(tf.greater(tf.abs(x), tf.mul(s, spec.ternaryThreshold ?? 0)), "float32");
      const q = tf.mul(tf.sign(x), isNotZero);
      return [tf.mul(q, s), q, tf.mul(isNotZero, s)];
    }
    case "trunc": {
      const cut = 2 ** (spec.truncatedBits ?? 0);
      const t = tf.div(x, s);
      const exact = tf.div(t, cut);
      const q = rounding ? tf.floor(tf.div(tf.round(t), cut)) : exact;
      return [tf.mul(q, s), tf.sub(q, exact), tf.fill(x.shape, 1 / cut)];
    }
    case "int":
    case "levels": {
      const { min, max } = quantizerRange(spec);
      const t = tf.div(x, s);
      const shifted = tf.add(t, spec.zeroPoint);
      const clamped = tf.clipByValue(shifted, min, max);
      const q = tf.sub(rounding ? rounded(tf, clamped, spec) : clamped, spec.zeroPoint);
      const inside = tf.equal(clamped, shifted);
      return [tf.mul(q, s), tf.where(inside, tf.sub(q, t), q), tf.cast(inside, "float32")];
    }
  }
}

function rounded(tf: Tf, x: Tensor, spec: QuantizerSpec): Tensor {
  if (spec.kind === "levels") return nearestLevel(tf, x, spec.levels ?? [0]);
  switch (spec.rounding) {
    case "round":
      return tf.round(x);
    case "floor":
      return tf.floor(x);
    case "ceil":
      return tf.ceil(x);
    case "roundToZero":
      return tf.mul(tf.sign(x), tf.floor(tf.abs(x)));
  }
}

/** The nearest of ascending levels, the lower of two: a level is left where the middle to the next one is passed. */
function nearestLevel(tf: Tf, x: Tensor, levels: readonly number[]): Tensor {
  const [first = 0, ...others] = levels;
  let below = first;
  let nearest: Tensor = tf.fill(x.shape, first);
  for (const level of others) {
    nearest = tf.where(tf.greater(x, (below + level) / 2), tf.fill(x.shape, level), nearest);
    below = level;
  }
  return nearest;
}

/** Axis of the channels in a tensor with the batch in front. */
function batchAxis({ channelAxis }: QuantizerSpec): number | undefined {
  return channelAxis === undefined ? undefined : channelAxis + 1;
}

function scaleAxes(rank: number, spec: QuantizerSpec): number[] {
  const channel = batchAxis(spec);
  return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== channel);
}

function stretched(tf: Tf, scale: Float32Array, rank: number, spec: QuantizerSpec): Tensor {
  const channel = batchAxis(spec);
  const shape = Array.from({ length: rank }, (_, axis) => (axis === channel ? scale.length : 1));
  return tf.tensor(scale, shape, "float32");
}

interface Statistic {
  readonly thresholds: Float32Array;
  /** Of each threshold: the element that it is, and the element's sign. */
  readonly places: readonly { readonly index: number; readonly sign: number }[];
}

/** The batch's percentiles, which the learned parameter follows. */
async function collect(
  step: Step,
  spec: QuantizerSpec,
  { source, x, seen }: { readonly source: LearnedScale; readonly x: Tensor; readonly seen: number },
): Promise<Statistic> {
  const values = await x.data<"float32">();
  const statistic = percentiles(values, x.shape, { axis: batchAxis(spec), percentile: source.percentile });
  const tracked = parameterOf(step, source.parameter);
  statistic.thresholds.forEach((threshold, channel) => {
    tracked[channel] = trackStatistic(tracked[channel] ?? 1, threshold, seen);
  });
  step.state.collected.set(spec.name, seen + 1);
  return statistic;
}

/** The percentile of the magnitudes, per channel where there is an axis. */
function percentiles(
  values: Float32Array,
  shape: readonly number[],
  { axis, percentile }: { readonly axis: number | undefined; readonly percentile: number },
): Statistic {
  const channels = axis === undefined ? 1 : (shape[axis] ?? 1);
  const count = elementCount(shape) / channels;
  const rank = percentileRank(percentile, count);
  const channelOf = channelIndex(shape, axis);
  const thresholds = new Float32Array(channels);
  const places = Array.from({ length: channels }, (_, channel) => {
    const own = Uint32Array.from(values.keys()).filter((index) => channelOf(index) === channel);
    const magnitudes = Float32Array.from(own, (index) => Math.abs(values[index] ?? 0));
    const place = kthIndex(magnitudes, rank);
    thresholds[channel] = magnitudes[place] ?? 0;
    const index = own[place] ?? -1;
    return { index, sign: Math.sign(values[index] ?? 0) };
  });
  return { thresholds, places };
}

/** Adds the gradient of the batch's statistic to that of the elements that it is. */
function addAtStatistic(tf: Tf, dx: Tensor, call: QuantizerCall, places: Statistic["places"]): Tensor {
  const extra = new Float32Array(dx.size);
  thresholdGradient(call).forEach((gradient, channel) => {
    const { index, sign } = places[channel] ?? { index: -1, sign: 0 };
    if (index >= 0) extra[index] = sign * gradient;
  });
  return tf.tidy(() => {
    const sum = tf.add(dx, tf.tensor(extra, dx.shape, "float32"));
    dx.dispose();
    return sum;
  });
}
