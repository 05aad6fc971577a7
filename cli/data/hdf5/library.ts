/**
 * The HDF5 library (h5wasm: the C library compiled to WebAssembly), narrowed to what files of frames need. Only worker
 * threads load it: files are untrusted, and after an error the library must not be used any more.
 */
import type * as h5wasm from "h5wasm/node";
import type { Dataset, File, Filter, Metadata } from "h5wasm/node";
import { datasetNames, FileProblem, type DatasetDescription, type DatasetName } from "./description.js";

type Library = typeof h5wasm;
type Module = Library["Module"];

export interface OpenHdf5 {
  /** Throws a `FileProblem` when a data set is missing. */
  describe(): Readonly<Record<DatasetName, DatasetDescription>>;
  /** Rows from `start` to before `end` of a data set whose layout has been checked. */
  rows(name: "X", start: number, end: number): Float32Array;
  rows(name: "Y" | "Z", start: number, end: number): BigInt64Array;
  /**
   * Where the library reads in the file when it reads one row: positions at which `rows(name, row, row + 1)` reads. Of a
   * contiguous data set the row's own is among them; there is no function that gives it.
   */
  readPositions(name: DatasetName, row: number): readonly number[];
  close(): void;
}

export type LoadedLibrary = Pick<Library, "Dataset" | "File"> & { readonly module: Module };

/** Loads the library. Errors of the C library become exceptions; without that a damaged chunk is read as stale memory. */
export async function loadLibrary(): Promise<LoadedLibrary> {
  const library = await import("h5wasm/node");
  const module = await library.ready;
  module.activate_throwing_error_handler();
  return { Dataset: library.Dataset, File: library.File, module };
}

/** Opens a file for reading. Throws a `FileProblem` when it is not an HDF5 file. */
export async function openHdf5(file: string): Promise<OpenHdf5> {
  const library = await loadLibrary();
  const opened = explained(() => new library.File(file, "r"));
  const open = new Map<DatasetName, Dataset>();
  const dataset = (name: DatasetName): Dataset => {
    const known = open.get(name) ?? findDataset(library, opened, name);
    open.set(name, known);
    return known;
  };
  const rows = (name: DatasetName, start: number, end: number) => {
    const values = explained(() => dataset(name).slice([[start, end]]));
    // The library clips ranges beyond the end instead of refusing them.
    const expected = (end - start) * rowLength(dataset(name));
    if (values instanceof Float32Array || values instanceof BigInt64Array) {
      if (values.length === expected) return values;
    }
    throw new FileProblem(`has no rows ${start} to ${end - 1} in ${name}: it is damaged.`);
  };
  return {
    describe: () => {
      const [X, Y, Z] = datasetNames.map((name) => explained(() => describeDataset(name, dataset(name))));
      if (X === undefined || Y === undefined || Z === undefined) throw new RangeError("three data sets were described");
      return { X, Y, Z };
    },
    rows: rows as OpenHdf5["rows"],
    readPositions: (name, row) => tracedReads(library.module, () => void rows(name, row, row + 1)),
    close: () => void opened.close(),
  };
}

function findDataset(library: LoadedLibrary, file: File, name: DatasetName): Dataset {
  const found = explained(() => (file.keys().includes(name) ? file.get(name) : null));
  if (found instanceof library.Dataset) return found;
  const names = explained(() => file.keys());
  const content = names.length === 0 ? "nothing" : names.slice(0, 10).join(", ");
  throw new FileProblem(
    `has no data set ${name}: RadioML 2018.01A has ${datasetNames.join(", ")}, and this file has ${content}.`,
  );
}

function rowLength(dataset: Dataset): number {
  return (dataset.shape ?? []).slice(1).reduce((product, size) => product * size, 1);
}

function describeDataset(name: DatasetName, dataset: Dataset): DatasetDescription {
  const { metadata, filters } = dataset;
  return {
    name,
    shape: metadata.shape ?? [],
    type: typeText(metadata),
    ...(metadata.chunks && { chunks: metadata.chunks }),
    filters: filters.map((filter: Filter) => filter.name),
  };
}

/** HDF5's classes of integers and floats. */
const integerClass = 0;
const floatClass = 1;

function typeText({ type, size, signed, littleEndian }: Metadata): string {
  const kind = type === floatClass ? "float" : type === integerClass ? (signed ? "int" : "uint") : undefined;
  if (kind === undefined) return "values that are no numbers";
  return `${littleEndian || size === 1 ? "" : "big-endian "}${kind}${8 * size}`;
}

/** Positions in files that are read while `action` runs. */
function tracedReads({ FS }: Module, action: () => void): readonly number[] {
  const positions: number[] = [];
  const read = FS.read.bind(FS);
  FS.read = (stream, buffer, offset, length, position) => {
    if (position !== undefined) positions.push(position);
    return read(stream, buffer, offset, length, position);
  };
  try {
    action();
  } finally {
    FS.read = read;
  }
  return positions;
}

/** Runs a call of the library; its report of some twenty lines becomes the sentence of the innermost line. */
function explained<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof FileProblem) throw error;
    throw new FileProblem(
      `cannot be read as HDF5: ${innermost(error instanceof Error ? error.message : String(error))}.`,
    );
  }
}

function innermost(report: string): string {
  const reasons = [...report.matchAll(/^\s*#\d+: .*\(\): (.*)$/gm)];
  return reasons.at(-1)?.[1] ?? `the library says "${report.trim()}"`;
}
