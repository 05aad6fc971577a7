/** What quantisation does to a trained network, layer by layer: weights, activations and accumulators. */
import type { Shape } from "../../shared/graph/graph.js";
import type { Subset } from "../data/dataset.js";
import { createLoader } from "../data/loader.js";
import { spreadPositions } from "../evaluate/evaluate.js";
import { accumulatorExtremes, type AccumulatorReport } from "../evaluate/integer/compare.js";
import { channelsOf, type FloatNote } from "../evaluate/integer/form.js";
import { integerNetwork } from "../evaluate/integer/network.js";
import { maskedParameter, scaleOf } from "../evaluate/integer/weights.js";
import type { Batch, Session } from "../train/backend.js";
import type { QuantizerSpec, TrainOp, TrainProgram, ValueId } from "../train/program.js";
import { channelIndex } from "../train/scales.js";
import { qualityCounter, type TensorLayout, type TensorQuality } from "./tensor-quality.js";

/** A weight behind its quantiser. Its channels are the output channels. */
export interface WeightInspection extends TensorQuality {
  readonly layer: string;
  /** Name of the stored tensor. */
  readonly parameter: string;
  readonly shape: Shape;
}

/** A tensor behind its quantiser, over the samples. Its channels are positions on axis 0. */
export interface ActivationInspection extends TensorQuality {
  readonly layer: string;
  readonly shape: Shape;
  /**
   * Signal-to-noise ratio in dB against the same network whose quantisers clamp but do not round: the rounding of all layers
   * up to here. Absent when that network did not run.
   */
  readonly accumulatedSqnr?: number;
}

export interface AccumulatorInspection extends AccumulatorReport {
  readonly layer: string;
}

export interface Inspection {
  /** Samples that were measured; 0 without data: then there are no activations and no accumulators seen. */
  readonly samples: number;
  /** Those left out, by their numbers in the data: they have, or come to, values that are not finite, of which there is no measure. */
  readonly notFinite: readonly number[];
  readonly weights: readonly WeightInspection[];
  readonly activations: readonly ActivationInspection[];
  readonly accumulators: readonly AccumulatorInspection[];
  /** Where integer hardware would need floating point. */
  readonly notes: readonly FloatNote[];
}

export interface InspectOptions {
  /** Names of the program's layers, by their index. */
  readonly layers: readonly string[];
  readonly data?: InspectData;
}

export interface InspectData {
  readonly subset: Subset;
  /** Samples to take, spread over the subset. */
  readonly limit: number;
  readonly batchSize: number;
  /** A session with the same parameters and masks, opened without rounding. */
  readonly unrounded?: Session;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Inspects a session's network; the activations' part runs it on data. */
export async function inspectNetwork(session: Session, { layers, data }: InspectOptions): Promise<Inspection> {
  const { program } = session;
  const network = integerNetwork(session);
  const watched = program.ops.flatMap((op) => (op.kind === "quantize" ? [watch(session, op)] : []));
  const extremes = network.accumulators.map(accumulatorExtremes);
  const notFinite: number[] = [];
  let samples = 0;
  if (data !== undefined) {
    await forEachBatch(data, async (batch, positions) => {
      const sound = await lookAtActivations(session, data.unrounded, watched, batch);
      for (let sample = 0; sample < batch.size; sample++) {
        if (sound[sample] !== true) {
          notFinite.push(data.subset.indices[positions[sample] ?? 0] ?? 0);
          continue;
        }
        network.run(sampleOf(batch.x, sample, batch.size));
        for (const each of extremes) each.look();
        samples++;
      }
    });
  }
  const layerOf = (value: ValueId): string => layers[program.values[value]?.layer ?? -1] ?? program.name;
  const outputs = new Map(program.ops.map(({ name, output }) => [name, output]));
  return {
    samples,
    notFinite,
    weights: program.ops.flatMap((op) => inspectWeight(session, op)),
    activations: samples === 0 ? [] : watched.map((each) => ({ layer: layerOf(each.output), ...each.result() })),
    accumulators: extremes.map((each) => {
      const report = each.result();
      return { layer: layerOf(outputs.get(report.node) ?? -1), ...report };
    }),
    notes: network.notes,
  };
}

async function forEachBatch(
  data: InspectData,
  visit: (batch: Batch, positions: Uint32Array) => Promise<void>,
): Promise<void> {
  const order = spreadPositions(data.subset.size, data.limit);
  let done = 0;
  for await (const batch of createLoader(data.subset, { batchSize: data.batchSize, order })) {
    await visit(batch, order.subarray(done, done + batch.size));
    done += batch.size;
    data.onProgress?.(done, order.length);
  }
}

function inspectWeight(session: Session, op: TrainOp): WeightInspection[] {
  if (op.kind !== "conv" && op.kind !== "linear") return [];
  const { program } = session;
  const { parameter, quantizer } = op.weight;
  const spec = program.quantizers[quantizer ?? -1];
  const stored = program.parameters.find(({ name }) => name === parameter);
  if (spec === undefined || stored === undefined) return [];
  const { shape, layer } = stored;
  const transposed = op.kind === "conv" ? op.transposed : op.weightTransposed;
  const axis = transposed ? 1 : 0;
  const counter = qualityCounter(spec, scaleOf(session, spec), {
    channels: shape[axis] ?? 1,
    channelOf: channelIndex(shape, axis),
    scaleIndexOf: channelIndex(shape, spec.channelAxis),
  });
  counter.add(maskedParameter(session, parameter));
  return [{ layer, parameter, shape, ...counter.result() }];
}

/** A quantiser of activations that is measured while batches run. */
interface Watched {
  readonly input: ValueId;
  readonly output: ValueId;
  add(before: Float32Array, after: Float32Array, unrounded: Float32Array | undefined): void;
  result(): Omit<ActivationInspection, "layer">;
}

function watch(session: Session, op: Extract<TrainOp, { kind: "quantize" }>): Watched {
  const { program } = session;
  const spec = program.quantizers[op.quantizer];
  const shape = program.values[op.output]?.shape;
  const [input] = op.inputs;
  if (spec === undefined || shape === undefined || input === undefined) throw new Error(`${op.name} is not complete.`);
  const counter = qualityCounter(spec, scaleOf(session, spec), activationLayout(spec, shape));
  let [signal, noise, compared] = [0, 0, false];
  return {
    input,
    output: op.output,
    add(before, after, unrounded) {
      counter.add(before);
      if (unrounded === undefined) return;
      compared = true;
      for (let index = 0; index < after.length; index++) {
        const wanted = unrounded[index] ?? 0;
        signal += wanted ** 2;
        noise += (wanted - (after[index] ?? 0)) ** 2;
      }
    },
    result: () => ({
      shape,
      ...counter.result(),
      ...(compared && { accumulatedSqnr: noise === 0 ? Infinity : 10 * Math.log10(signal / noise) }),
    }),
  };
}

/** Batches lie sample after sample. */
function activationLayout({ channelAxis }: QuantizerSpec, shape: Shape): TensorLayout {
  const { channels, perChannel } = channelsOf(shape);
  const channelOf = (index: number): number => Math.floor(index / perChannel) % channels;
  return { channels, channelOf, scaleIndexOf: channelAxis === undefined ? () => 0 : channelOf };
}

/** Measures the samples of a batch whose values are finite; gives which those are. */
async function lookAtActivations(
  session: Session,
  unrounded: Session | undefined,
  watched: readonly Watched[],
  { x, size }: Batch,
): Promise<readonly boolean[]> {
  const outputs = watched.map(({ output }) => output);
  const inputs = watched.map(({ input }) => input).filter((id) => id !== session.program.input);
  const values = await session.activations(x, size, [...new Set([...inputs, ...outputs])]);
  const references = await unrounded?.activations(x, size, outputs);
  const seen = watched.map((each) => {
    const [before, after] = [inputValues(session.program, each.input, values, x), values.get(each.output)];
    if (before === undefined || after === undefined) throw new Error("A quantiser's values did not come.");
    return { each, before, after, reference: references?.get(each.output) };
  });
  const sound = Array.from({ length: size }, (_, sample) =>
    [x, ...seen.map(({ before }) => before)].every((all) => sampleOf(all, sample, size).every(Number.isFinite)),
  );
  const measured = (all: Float32Array): Float32Array =>
    sound.every(Boolean) ? all : Float32Array.from(sound.flatMap((is, at) => (is ? [...sampleOf(all, at, size)] : [])));
  for (const { each, before, after, reference } of seen)
    each.add(measured(before), measured(after), reference && measured(reference));
  return sound;
}

/** The values of one of a batch's samples, which lie one after another. */
function sampleOf(values: Float32Array, sample: number, size: number): Float32Array {
  const length = values.length / size;
  return values.subarray(sample * length, (sample + 1) * length);
}

/** The network's own input is not among the values that a session gives. */
function inputValues(
  program: TrainProgram,
  id: ValueId,
  values: ReadonlyMap<ValueId, Float32Array>,
  x: Float32Array,
): Float32Array | undefined {
  return id === program.input ? x : values.get(id);
}
