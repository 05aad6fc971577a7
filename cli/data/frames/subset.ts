/** Parts of a data set, over a reader that knows the source's samples by number. */
import type { Subset } from "../dataset.js";

/** Reads samples of a source in the model's order (channels first). */
export interface SampleReader {
  /** Numbers in a sample. */
  readonly sampleLength: number;
  /** Copies the samples of these numbers into `into`, one after another. */
  read(samples: Uint32Array, into: Float32Array): Promise<void>;
  close(): Promise<void>;
}

export interface SubsetSamples {
  /** Number of each sample in the source. */
  readonly indices: Uint32Array;
  readonly labels: Uint16Array;
  readonly snrs?: Int16Array;
}

/** A part of a data set whose samples a reader reads. */
export function createSubset(reader: SampleReader, samples: SubsetSamples): Subset {
  const size = samples.indices.length;
  return {
    size,
    sampleLength: reader.sampleLength,
    labels: samples.labels,
    ...(samples.snrs && { snrs: samples.snrs }),
    indices: samples.indices,
    read: async (positions, into) => {
      if (into.length < positions.length * reader.sampleLength) {
        throw new RangeError(`${positions.length} samples do not fit into ${into.length} numbers`);
      }
      await reader.read(numbersAt(samples.indices, positions), into);
    },
  };
}

/** A part with only the samples at these positions. */
export function pickSamples({ indices, labels, snrs }: SubsetSamples, positions: Uint32Array): SubsetSamples {
  return {
    indices: numbersAt(indices, positions),
    labels: Uint16Array.from(positions, (position) => labels[position] ?? 0),
    ...(snrs && { snrs: Int16Array.from(positions, (position) => snrs[position] ?? 0) }),
  };
}

function numbersAt(indices: Uint32Array, positions: Uint32Array): Uint32Array {
  const numbers = new Uint32Array(positions.length);
  for (let index = 0; index < positions.length; index++) {
    const number = indices[positions[index] ?? 0];
    if (number === undefined)
      throw new RangeError(`position ${positions[index]} is not in a part of ${indices.length}`);
    numbers[index] = number;
  }
  return numbers;
}
