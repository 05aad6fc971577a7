/** `quantlens data generate`: writes a file of generated frames. */
import { closeSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { formatCount } from "../../../shared/format.js";
import { CliError, exitCodes } from "../../errors.js";
import { temporaryFor, writeProblem } from "../../output/atomic-file.js";
import { shownPath } from "../../output/paths.js";
import { startProgress } from "../../output/progress.js";
import { writeResult } from "../../output/streams.js";
import { groupCount } from "../frames/grid.js";
import { syntheticName, type SyntheticSpec } from "../synthetic/source.js";
import { startDataWorker, type DataWorker } from "../worker/client.js";
import type { GenerateOptions } from "./options.js";

/** More threads would wait for the disk. */
const mostThreads = 8;

/**
 * Writes generated frames to a file, beside its place first; gives the exit code. Ctrl-C leaves nothing behind. Throws a
 * `CliError` when the file cannot be written.
 */
export async function dataGenerate(out: string, options: GenerateOptions): Promise<number> {
  const { framesPerClassAndSnr, seed, format } = options;
  const file = path.resolve(out);
  if (!/\.(?:hdf5|h5)$/i.test(file)) {
    throw new CliError(
      `${shownPath(file)} does not end in .hdf5 or .h5, by which files of frames are known: name it so.`,
    );
  }
  const spec = { framesPerClassAndSnr, seed };
  const written = await writeAside(file, (temporary, stopped) => writeSet(temporary, spec, stopped));
  if (!written) return exitCodes.interrupted;
  const frames = framesPerClassAndSnr * groupCount;
  const { size: bytes } = statSync(file);
  const content = { file: shownPath(file), frames, framesPerClassAndSnr, seed, bytes };
  writeResult(
    format === "json"
      ? JSON.stringify(content, undefined, 2)
      : `${content.file}: ${formatCount(frames)} frames (${syntheticName(spec)})`,
  );
  return exitCodes.clean;
}

/**
 * Has a file written under another name in the same folder and gives it its own name when it is complete. False, and no
 * file, when the user interrupts: `stopped` is aborted then, and whatever the writing does afterwards does not count.
 */
async function writeAside(
  file: string,
  write: (temporary: string, stopped: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const temporary = temporaryFor(file);
  const stop = new AbortController();
  const interrupt = () => {
    stop.abort();
  };
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  try {
    // The folder's state shows here, before anything is generated.
    closeSync(openSync(temporary, "w"));
    await write(temporary, stop.signal);
    if (stop.signal.aborted) return false;
    renameSync(temporary, file);
    return true;
  } catch (error) {
    if (stop.signal.aborted) return false;
    throw writeProblem(error, shownPath(file));
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    rmSync(temporary, { force: true });
  }
}

/** Makes room for all frames, then has every thread write its share of them in place. */
async function writeSet(file: string, spec: SyntheticSpec, stopped: AbortSignal): Promise<void> {
  const frames = spec.framesPerClassAndSnr * groupCount;
  const threads = Math.min(availableParallelism(), mostThreads);
  const workers = Array.from({ length: threads }, () => startDataWorker(shownPath(file)));
  const end = () => Promise.all(workers.map((worker) => worker.close()));
  stopped.addEventListener("abort", () => void end());
  const progress = startProgress("generating", frames, "frames");
  try {
    const [first] = workers;
    if (first === undefined) throw new RangeError("no thread was started");
    const offsets = await first.ask({ kind: "createFile", file, framesPerGroup: spec.framesPerClassAndSnr });
    const done = new Map<DataWorker, number>();
    const share = async (worker: DataWorker, index: number) => {
      const range = {
        first: Math.floor((frames * index) / threads),
        end: Math.floor((frames * (index + 1)) / threads),
      };
      await worker.ask({ kind: "generate", file, spec, offsets, ...range }, (count) => {
        done.set(worker, count);
        progress.update([...done.values()].reduce((sum, value) => sum + value, 0));
      });
    };
    await Promise.all(workers.map(share));
  } finally {
    progress.end();
    await end();
  }
}
