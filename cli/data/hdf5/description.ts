/** What is in an HDF5 file of frames, as plain data that crosses threads. */

/** The data sets of the layout: samples, modulation, SNR. */
export const datasetNames = ["X", "Y", "Z"] as const;
export type DatasetName = (typeof datasetNames)[number];

/** How a data set lies in the file. */
export interface DatasetDescription {
  readonly name: DatasetName;
  readonly shape: readonly number[];
  /** `float32`, `int64`, ...; big-endian ones say so. */
  readonly type: string;
  /** Shape of the chunks, if the data set has any. */
  readonly chunks?: readonly number[];
  /** Names of the filters that chunks go through: `deflate`, `shuffle`, `fletcher32`. */
  readonly filters: readonly string[];
  /** Where the values begin in the file, when they lie there one after another. */
  readonly offset?: number;
}

export interface FramesDescription {
  readonly frames: number;
  readonly framesPerGroup: number;
  readonly x: DatasetDescription;
  readonly y: DatasetDescription;
  readonly z: DatasetDescription;
}

/** What is wrong with a file; the file's name is put before it. */
export class FileProblem extends Error {
  override readonly name = "FileProblem";
}
