/** Opens an HDF5 file of frames for training: checked first, then read beside the thread that trains. */
import { statSync } from "node:fs";
import { CliError, systemErrorCode } from "../../errors.js";
import { shownPath } from "../../output/paths.js";
import { frameLength } from "../frames/grid.js";
import type { SampleReader } from "../frames/subset.js";
import { createPool } from "../worker/pool.js";
import { startDataWorker, type DataWorker } from "../worker/client.js";
import type { FramesDescription } from "./description.js";
import { ascending } from "./frame-source.js";

export interface FramesFile {
  readonly description: FramesDescription;
  readonly reader: SampleReader;
}

/** Opens and checks a file. Throws a `CliError` that says what is wrong with it. */
export async function openFrames(file: string): Promise<FramesFile> {
  const { worker, description } = await inspectFile(file);
  const { offset } = description.x;
  if (offset === undefined) return { description, reader: workerReader(worker) };
  // The HDF5 library has done its work: a worker without it takes less memory.
  await worker.close();
  const raw = startDataWorker(shownPath(file));
  await raw.ask({ kind: "openRaw", file, offset });
  return { description, reader: workerReader(raw) };
}

/** Opens and checks a file; gives the worker that has it open with the HDF5 library. Throws a `CliError`. */
export async function inspectFile(
  file: string,
): Promise<{ readonly worker: DataWorker; readonly description: FramesDescription }> {
  checkFile(file);
  const worker = startDataWorker(shownPath(file));
  return { worker, description: await worker.ask({ kind: "inspect", file }) };
}

function checkFile(file: string): void {
  const shown = shownPath(file);
  let isFile: boolean;
  try {
    isFile = statSync(file).isFile();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT") throw new CliError(`${shown} does not exist: give the path of an HDF5 file.`);
    throw new CliError(`${shown} cannot be read (${code ?? String(error)}).`);
  }
  if (!isFile) throw new CliError(`${shown} is not a file: give the path of an HDF5 file.`);
}

/** Frames of one request to the worker: two mebibytes, which stay in the processor's cache from one thread to the other. */
const framesPerPiece = 256;
/** Requests under way: the worker has the next one while an answer is copied. */
const pieces = 3;

/** Reads through shared memory, since the arrays of others cannot be written from another thread. */
function workerReader(worker: DataWorker): SampleReader {
  const bytes = framesPerPiece * frameLength * Float32Array.BYTES_PER_ELEMENT;
  const buffers = createPool(Array.from({ length: pieces }, () => new SharedArrayBuffer(bytes)));
  return {
    sampleLength: frameLength,
    read: async (frames, into) => {
      const places = ascending(frames);
      const starts = Array.from(
        { length: Math.ceil(places.length / framesPerPiece) },
        (_, piece) => piece * framesPerPiece,
      );
      const readPiece = (start: number) =>
        buffers.use(async (shared) => {
          const wanted = places.subarray(start, start + framesPerPiece);
          await worker.ask({ kind: "read", frames: wanted.map((place) => frames[place] ?? 0), into: shared });
          const read = new Float32Array(shared);
          wanted.forEach((place, index) => {
            into.set(read.subarray(index * frameLength, (index + 1) * frameLength), place * frameLength);
          });
        });
      await Promise.all(starts.map(readPiece));
    },
    close: () => worker.close(),
  };
}
