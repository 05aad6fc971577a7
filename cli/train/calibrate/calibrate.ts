/** Post-training calibration: thresholds of quantisers from what a float network computes, as a start for training. */
import type { Subset } from "../../data/dataset.js";
import { createLoader, shuffledOrder } from "../../data/loader.js";
import type { Backend, Session } from "../backend.js";
import type { QuantizerId, QuantizerSpec, TrainProgram, ValueId } from "../program.js";
import { channelIndex } from "../scales.js";
import { floatProgram } from "./float-program.js";
import { count, newHistogram, thresholdOf, type CalibrationMethod, type Histogram } from "./thresholds.js";

export interface CalibrationOptions {
  readonly method: CalibrationMethod;
  readonly backend: Backend;
  readonly threads: number;
  readonly batchSize: number;
  /** Training samples; some of them are looked at. */
  readonly samples: Subset;
  readonly signal: AbortSignal;
}

/** Samples that are looked at: more do not change the thresholds much. */
const mostSamples = 1024;

/**
 * Sets every learned threshold of a session for the network whose weights are in it, and ends the quantisers' own
 * statistics phases. Activations are those of the network without any quantiser. Gives the thresholds by parameter,
 * of several channels the largest.
 */
export async function calibrate(
  session: Session,
  options: CalibrationOptions,
): Promise<Readonly<Record<string, number>>> {
  const { program, parameters, collected } = session;
  const sites = learnedSites(program);
  const histograms = await observe(session, sites, options);
  const thresholds: Record<string, number> = {};
  for (const { spec, parameter, collectSteps, weight } of sites) {
    const values = parameters.get(parameter);
    if (values === undefined) continue;
    const channels = weight === undefined ? histograms.get(spec.name) : weightHistograms(session, spec, weight);
    values.set((channels ?? []).map((histogram) => thresholdOf(options.method, spec, histogram)));
    collected.set(spec.name, collectSteps);
    thresholds[parameter] = Math.max(...values);
  }
  return thresholds;
}

/** A learned quantiser and what it quantises. */
interface Site {
  readonly spec: QuantizerSpec;
  readonly parameter: string;
  readonly collectSteps: number;
  /** The values before the quantiser; none for a weight's. */
  readonly values: readonly ValueId[];
  /** The stored tensor that it quantises. */
  readonly weight?: string;
}

function learnedSites(program: TrainProgram): readonly Site[] {
  return program.quantizers.flatMap((spec, id) => {
    if (spec.scale.kind !== "learned") return [];
    const { parameter, collectSteps } = spec.scale;
    const values = program.ops.flatMap((op) => (op.kind === "quantize" && op.quantizer === id ? op.inputs : []));
    const weight = storedTensor(program, id);
    return [{ spec, parameter, collectSteps, values, ...(weight !== undefined && { weight }) }];
  });
}

function storedTensor({ ops }: TrainProgram, id: QuantizerId): string | undefined {
  for (const op of ops) {
    if (op.kind !== "conv" && op.kind !== "linear") continue;
    for (const ref of [op.weight, op.bias]) if (ref?.quantizer === id) return ref.parameter;
  }
  return undefined;
}

/** Histograms of what each activation quantiser is given, by quantiser and channel: one pass for the range, one to count. */
async function observe(
  { program, parameters }: Session,
  sites: readonly Site[],
  { backend, threads, batchSize, samples, signal }: CalibrationOptions,
): Promise<ReadonlyMap<string, readonly Histogram[]>> {
  const activations = sites.filter(({ weight }) => weight === undefined);
  const values = [...new Set(activations.flatMap((site) => site.values))];
  const float = await backend.open(floatProgram(program), { batchSize, threads, inferenceOnly: true });
  try {
    for (const [name, target] of float.parameters) target.set(parameters.get(name) ?? []);
    const pass = async (visit: (site: Site, magnitude: number, channel: number) => void): Promise<void> => {
      const order = shuffledOrder(samples.size, 0, 0).subarray(0, mostSamples);
      for await (const batch of createLoader(samples, { batchSize, order })) {
        signal.throwIfAborted();
        const found = await float.activations(batch.x, batch.size, values);
        for (const site of activations) visitMagnitudes(program, site, { found, size: batch.size }, visit);
      }
    };
    const largest = new Map(activations.map((site) => [site.spec.name, new Float64Array(channelsOf(program, site))]));
    await pass(({ spec }, magnitude, channel) => {
      const known = largest.get(spec.name);
      if (known && magnitude > (known[channel] ?? 0)) known[channel] = magnitude;
    });
    const histograms = new Map([...largest].map(([name, limits]) => [name, Array.from(limits, newHistogram)]));
    await pass(({ spec }, magnitude, channel) => {
      const histogram = histograms.get(spec.name)?.[channel];
      if (histogram) count(histogram, magnitude);
    });
    return histograms;
  } finally {
    await float.close();
  }
}

function visitMagnitudes(
  program: TrainProgram,
  site: Site,
  { found, size }: { readonly found: ReadonlyMap<ValueId, Float32Array>; readonly size: number },
  visit: (site: Site, magnitude: number, channel: number) => void,
): void {
  const { signed, channelAxis } = site.spec;
  for (const value of site.values) {
    const data = found.get(value);
    const shape = program.values[value]?.shape;
    if (data === undefined || shape === undefined) continue;
    const channelOf = channelIndex([size, ...shape], channelAxis === undefined ? undefined : channelAxis + 1);
    // What an unsigned quantiser makes of negative values does not depend on its threshold.
    for (let index = 0; index < data.length; index++) {
      const element = data[index] ?? 0;
      visit(site, signed ? Math.abs(element) : Math.max(element, 0), channelOf(index));
    }
  }
}

function channelsOf(program: TrainProgram, { spec, values: [value = -1] }: Site): number {
  return spec.channelAxis === undefined ? 1 : (program.values[value]?.shape[spec.channelAxis] ?? 1);
}

function weightHistograms({ program, parameters }: Session, spec: QuantizerSpec, weight: string): readonly Histogram[] {
  const values = parameters.get(weight) ?? new Float32Array(0);
  const shape = program.parameters.find(({ name }) => name === weight)?.shape ?? [];
  const channelOf = channelIndex(shape, spec.channelAxis);
  const largest = new Float64Array(spec.channelAxis === undefined ? 1 : (shape[spec.channelAxis] ?? 1));
  values.forEach((value, index) => {
    const channel = channelOf(index);
    largest[channel] = Math.max(largest[channel] ?? 0, Math.abs(value));
  });
  const histograms = Array.from(largest, newHistogram);
  values.forEach((value, index) => {
    const histogram = histograms[channelOf(index)];
    if (histogram) count(histogram, Math.abs(value));
  });
  return histograms;
}
