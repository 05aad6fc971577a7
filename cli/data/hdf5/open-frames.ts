/** Opens an HDF5 file of frames for training: checked first, then read beside the thread that trains. */
import { statSync } from "node:fs";
import { CliError, systemErrorCode } from "../../errors.js";
import { shownPath } from "../../output/paths.js";
import { frameLength } from "../frames/grid.js";
import type { SampleReader } from "../frames/subset.js";
import { startDataWorker, type DataWorker } from "../worker/client.js";
import type { FramesDescription } from "./description.js";

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

/** Reads through shared memory, since the arrays of others cannot be written from another thread. */
function workerReader(worker: DataWorker): SampleReader {
  const free: SharedArrayBuffer[] = [];
  return {
    sampleLength: frameLength,
    read: async (frames, into) => {
      const length = frames.length * frameLength;
      const bytes = length * Float32Array.BYTES_PER_ELEMENT;
      const spare = free.pop();
      const shared = spare !== undefined && spare.byteLength >= bytes ? spare : new SharedArrayBuffer(bytes);
      await worker.ask({ kind: "read", frames, into: shared });
      into.set(new Float32Array(shared, 0, length));
      free.push(shared);
    },
    close: () => worker.close(),
  };
}
