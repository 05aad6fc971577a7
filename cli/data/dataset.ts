/** What a data source gives: samples with class numbers, divided into training and test. Trainers know nothing else of it. */
import type { Shape } from "../../shared/graph/graph.js";

export interface Dataset {
  /** For reports: `RadioML 2018.01A`, `synthetic, 128 frames per class and SNR, seed 2018`. */
  readonly name: string;
  /** Of one sample, as the model takes it: (2, 1024). */
  readonly sampleShape: Shape;
  readonly classes: readonly string[];
  readonly train: Subset;
  readonly test: Subset;
  close(): Promise<void>;
}

export interface Subset {
  readonly size: number;
  /** Numbers in a sample: the product of `Dataset.sampleShape`. */
  readonly sampleLength: number;
  /** Class number of each sample. */
  readonly labels: Uint16Array;
  /** Signal-to-noise ratio of each sample in dB, when the source has one. */
  readonly snrs?: Int16Array;
  /** Index of each sample in the source (a frame's number in the HDF5 file), for reports. */
  readonly indices: Uint32Array;
  /** Copies samples `positions` (0 to size - 1) into `into`, one after another in the model's order (channels first). */
  read(positions: Uint32Array, into: Float32Array): Promise<void>;
}
