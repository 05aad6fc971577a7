/** New files of frames: the three data sets with room for all rows, which are then written in place. */
import { groupCount } from "../frames/grid.js";
import { datasetNames, FileProblem, type DatasetName } from "./description.js";
import { loadLibrary, openHdf5, type LoadedLibrary } from "./library.js";
import { withOffset } from "./offset.js";
import { layout, rowBytes } from "./schema.js";

/** Where the data sets begin in the file. */
export type SkeletonOffsets = Readonly<Record<DatasetName, number>>;

/** Creates a file whose data sets lie one after another, with zeros for rows. */
export async function createSkeleton(path: string, framesPerGroup: number): Promise<SkeletonOffsets> {
  const library = await loadLibrary();
  const file = new library.File(path, "w");
  for (const name of datasetNames) {
    createDataset(library, file.file_id, name, framesPerGroup * groupCount);
    const created = file.get(name);
    if (!(created instanceof library.Dataset)) throw new FileProblem(`could not be given a data set ${name}.`);
    // The library makes room for all rows when the first is written.
    const row = new ArrayBuffer(rowBytes[name]);
    created.write_slice([[0, 1]], layout[name].type === "float32" ? new Float32Array(row) : new BigInt64Array(row));
  }
  file.close();
  return findOffsets(path);
}

const standardError = 2;

/**
 * Creates a contiguous data set. The library's function also writes all values from memory, which a set of 20 GB does not
 * have: given none, it creates the data set and then complains on standard error. That complaint is dropped.
 */
function createDataset({ module }: LoadedLibrary, file: bigint, name: DatasetName, frames: number): void {
  const { type, tail } = layout[name];
  const shape = [frames, ...tail];
  const { H5T_FLOAT, H5T_INTEGER } = module.H5T_class_t;
  const { FS } = module;
  const write = FS.write.bind(FS);
  FS.write = (stream, buffer, offset, length, position) =>
    "fd" in stream && stream.fd === standardError ? length : write(stream, buffer, offset, length, position);
  module.deactivate_throwing_error_handler();
  try {
    module.create_dataset(file, name, 0n, {
      type: type === "float32" ? H5T_FLOAT.value : H5T_INTEGER.value,
      size: type === "float32" ? Float32Array.BYTES_PER_ELEMENT : BigInt64Array.BYTES_PER_ELEMENT,
      signed: type !== "float32",
      littleEndian: true,
      vlen: false,
      shape: shape.map(BigInt),
      maxshape: null,
      total_size: shape.reduce((product, size) => product * size, 1),
    });
  } finally {
    module.activate_throwing_error_handler();
    FS.write = write;
  }
}

async function findOffsets(path: string): Promise<SkeletonOffsets> {
  const file = await openHdf5(path);
  try {
    const found = file.describe();
    const offset = (name: DatasetName) => {
      const { offset: position } = withOffset(file, path, found[name]);
      if (position === undefined) throw new FileProblem(`does not tell where ${name} lies.`);
      return position;
    };
    return { X: offset("X"), Y: offset("Y"), Z: offset("Z") };
  } finally {
    file.close();
  }
}
