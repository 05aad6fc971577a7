/** The network in integers beside the same network in floating point, sample by sample. */
import { worstCaseAccumulatorBits } from "../../../shared/graph/accumulator.js";
import type { Subset } from "../../data/dataset.js";
import type { Session } from "../../train/backend.js";
import type { ValueId } from "../../train/program.js";
import { counterFor, evaluateSession, type EvaluateOptions } from "../evaluate.js";
import { argmax, type Evaluation } from "../evaluation.js";
import { fitsInt32, type AccumulatorTrack, type FloatNote } from "./form.js";
import { integerNetwork, type QuantisedValue } from "./network.js";

/** A sample on whose class the two paths disagree. */
export interface Disagreement {
  /** The sample's number in its source. */
  readonly index: number;
  readonly label: number;
  readonly snr?: number;
  /** Class of each path; -1 when a logit is not a number. */
  readonly float: number;
  readonly integer: number;
  /** The first quantiser whose codes differ. */
  readonly first?: string;
}

/** How often the codes behind a quantiser differ between the paths. */
export interface CodeDifferences {
  readonly quantizer: string;
  /** Codes that were compared. */
  readonly codes: number;
  readonly different: number;
  /** Samples in which a code differs. */
  readonly samples: number;
  /** Samples in which this is the first quantiser whose codes differ: later ones may only follow from it. */
  readonly first: number;
}

export interface AccumulatorReport {
  readonly node: string;
  /** From 1, where the input is a sum of several scales, each of which has an accumulator. */
  readonly summand?: number;
  /** Bits for the types alone, whatever the weights; absent where an operand is a sum. */
  readonly typeBits?: number;
  /** Bounds for the weights in force and any input, and the bits that hold them (two's complement). */
  readonly min: number;
  readonly max: number;
  readonly bits: number;
  /** What the data made, and the bits that hold it; absent when nothing ran. */
  readonly seen?: { readonly min: number; readonly max: number; readonly bits: number };
  /** Sums that were outside 32 bits. */
  readonly overflows: number;
}

export interface IntegerComparison {
  readonly float: Evaluation;
  readonly integer: Evaluation;
  readonly disagreements: readonly Disagreement[];
  readonly layers: readonly CodeDifferences[];
  readonly accumulators: readonly AccumulatorReport[];
  /** Where the arithmetic is not all integers. */
  readonly notes: readonly FloatNote[];
  /** Largest distance between a logit of the two paths. */
  readonly largestLogitDifference: number;
}

/** Evaluates both paths on the subset. `batchSize`: the activations of so many samples are in memory at once. */
export async function compareArithmetic(
  session: Session,
  subset: Subset,
  options: EvaluateOptions,
): Promise<IntegerComparison> {
  const network = integerNetwork(session);
  const values = network.quantised.map(({ value }) => value);
  const counter = counterFor(subset, options);
  const codes = codeComparison(network.quantised);
  const accumulators = network.accumulators.map(accumulatorExtremes);
  const disagreements: Disagreement[] = [];
  let largestLogitDifference = 0;
  const float = await evaluateSession(session, subset, {
    ...options,
    async onBatch(batch, logits, positions) {
      const activations = await session.activations(batch.x, batch.size, values);
      for (const [sample, position] of positions.entries()) {
        const expected = slice(logits, sample, batch.size);
        const found = Float32Array.from(network.run(slice(batch.x, sample, batch.size)));
        const label = batch.labels[sample] ?? 0;
        const snr = subset.snrs?.[position];
        counter.add(found, [label], snr === undefined ? undefined : [snr]);
        for (const extremes of accumulators) extremes.look();
        const first = codes.look(activations, sample, batch.size);
        largestLogitDifference = Math.max(largestLogitDifference, largestDifference(found, expected));
        const decisions = { float: argmax(expected), integer: argmax(found) };
        if (decisions.float === decisions.integer) continue;
        const index = subset.indices[position] ?? position;
        disagreements.push({
          ...{ index, label, ...decisions },
          ...(snr !== undefined && { snr }),
          ...(first !== undefined && { first }),
        });
      }
      await options.onBatch?.(batch, logits, positions);
    },
  });
  return {
    float,
    integer: counter.result(),
    disagreements,
    layers: codes.result(),
    accumulators: accumulators.map((extremes) => extremes.result()),
    notes: network.notes,
    largestLogitDifference,
  };
}

/** One sample's part of an array of `size` samples. */
function slice(values: Float32Array, sample: number, size: number): Float32Array {
  const length = values.length / size;
  return values.subarray(sample * length, (sample + 1) * length);
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (b[index] ?? 0))), 0);
}

interface CodeComparison {
  /** Compares the codes that the network has now with a sample's values; gives the first quantiser that differs. */
  look(activations: ReadonlyMap<ValueId, Float32Array>, sample: number, size: number): string | undefined;
  result(): CodeDifferences[];
}

function codeComparison(quantised: readonly QuantisedValue[]): CodeComparison {
  const counts = quantised.map(({ quantizer }) => ({ quantizer, codes: 0, different: 0, samples: 0, first: 0 }));
  return {
    look(activations, sample, size) {
      let first: string | undefined;
      for (const [index, value] of quantised.entries()) {
        const count = counts[index];
        const floats = activations.get(value.value);
        if (count === undefined || floats === undefined) throw new Error(`No values came for ${value.quantizer}.`);
        const different = differentCodes(value, slice(floats, sample, size));
        count.codes += value.codes.length;
        count.different += different;
        if (different === 0) continue;
        count.samples++;
        if (first === undefined) count.first++;
        first ??= value.quantizer;
      }
      return first;
    },
    result: () => counts.map((count) => ({ ...count })),
  };
}

/** A float32 value is within this share of `code * scale`: its scale and the product are rounded once each. */
const roundingShare = 3e-7;

function differentCodes({ codes, scale }: QuantisedValue, floats: Float32Array): number {
  const perScale = codes.length / scale.length;
  let different = 0;
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] ?? 0;
    const step = scale[Math.floor(index / perScale)] ?? 1;
    // Written so that a value that is not a number differs.
    const same = Math.abs((floats[index] ?? 0) / step - code) <= roundingShare * Math.abs(code);
    if (!same) different++;
  }
  return different;
}

export interface Extremes {
  /** Takes in the sums of the sample that ran last. */
  look(): void;
  result(): AccumulatorReport;
}

/** Starts watching an accumulator. */
export function accumulatorExtremes({ values, operands, ...track }: AccumulatorTrack): Extremes {
  const seen = { min: Infinity, max: -Infinity };
  let overflows = 0;
  return {
    look() {
      let [least, greatest] = [seen.min, seen.max];
      for (const value of values) {
        if (value < least) least = value;
        if (value > greatest) greatest = value;
      }
      if (values instanceof Float64Array) overflows += values.filter((value) => !fitsInt32(value, value)).length;
      Object.assign(seen, { min: least, max: greatest });
    },
    result: () => ({
      ...{ ...track, bits: signedBits(track.min, track.max), overflows },
      ...(operands && { typeBits: worstCaseAccumulatorBits(operands) }),
      ...(seen.min <= seen.max && { seen: { ...seen, bits: signedBits(seen.min, seen.max) } }),
    }),
  };
}

/** Least width of a two's complement integer that holds both bounds. */
function signedBits(min: number, max: number): number {
  let bits = 1;
  while (min < -(2 ** (bits - 1)) || max > 2 ** (bits - 1) - 1) bits++;
  return bits;
}
