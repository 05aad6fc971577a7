/** Opens an HDF5 file of frames for training: checked first, then read beside the thread that trains. */
import { statSync } from "node:fs";
import { CliError, systemErrorCode } from "../../errors.js";
import { shownPath } from "../../output/paths.js";
import { frameLength } from "../frames/grid.js";
import type { SampleReader } from "../frames/subset.js";
import { createPool } from "../worker/pool.js";
import { startDataWorker, type DataWorker } from "../worker/client.js";
import { framesPerPiece } from "../worker/protocol.js";
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
  if (offset === undefined) return { description, reader: await workerReader(worker) };
  // The HDF5 library has done its work: a worker without it takes less memory.
  await worker.close();
  const raw = startDataWorker(shownPath(file));
  await raw.ask({ kind: "openRaw", file, offset });
  return { description, reader: await workerReader(raw) };
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

/** Reads through the worker's memory, since the arrays of others cannot be written from another thread. */
async function workerReader(worker: DataWorker): Promise<SampleReader> {
  const { memory, pieces } = await worker.ask({ kind: "room" });
  const numbered = pieces.map((begin, piece) => ({
    piece,
    values: new Float32Array(memory, begin, framesPerPiece * frameLength),
  }));
  const pool = createPool(numbered);
  return {
    sampleLength: frameLength,
    read: async (frames, into) => {
      const places = ascending(frames);
      const starts = Array.from(
        { length: Math.ceil(places.length / framesPerPiece) },
        (_, index) => index * framesPerPiece,
      );
      const readPiece = (start: number) =>
        pool.use(async ({ piece, values }) => {
          const wanted = places.subarray(start, start + framesPerPiece);
          await worker.ask({ kind: "read", frames: wanted.map((place) => frames[place] ?? 0), piece });
          copyFrames(values, wanted, into);
        });
      await Promise.all(starts.map(readPiece));
    },
    close: () => worker.close(),
  };
}

/** Copies frame by frame to its place, neighbours at once. */
function copyFrames(values: Float32Array, places: Uint32Array, into: Float32Array): void {
  for (let first = 0; first < places.length;) {
    const place = places[first] ?? 0;
    let end = first + 1;
    while (end < places.length && places[end] === place + (end - first)) end++;
    into.set(values.subarray(first * frameLength, end * frameLength), place * frameLength);
    first = end;
  }
}
