/** The other side of the data worker: starts it, asks it, ends it. */
import { existsSync } from "node:fs";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { CliError } from "../../errors.js";
import type { RequestKind, RequestMessage, ResponseMessage, WorkerAnswers, WorkerRequest } from "./protocol.js";

/** A damaged file can make the HDF5 library run forever: a worker that says nothing for so long is ended. */
const longestSilenceMs = 120_000;

/** A file is not what it should be. */
export class FrameFileError extends CliError {}

/** The system has refused an operation on a file; `code` is its reason, as in Node's own errors. */
export class RefusedError extends CliError {
  readonly code: string;

  constructor(file: string, code: string) {
    super(`${file} cannot be read (${code}): check the file and its disk.`);
    this.code = code;
  }
}

export interface DataWorker {
  /**
   * Asks; `report` is given the progress of long requests. After a failure the worker is gone. Throws a `FrameFileError`, a
   * `RefusedError`, or a `CliError` when the worker says nothing any more.
   */
  ask<K extends RequestKind>(
    request: Extract<WorkerRequest, { readonly kind: K }>,
    report?: (progress: number) => void,
  ): Promise<WorkerAnswers[K]>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (answer: WorkerAnswers[RequestKind]) => void;
  readonly reject: (error: Error) => void;
  readonly report: (progress: number) => void;
}

/** Starts a worker for the file that messages call `shownFile`. It does not keep the process alive while it waits. */
export function startDataWorker(shownFile: string, silenceLimitMs = longestSilenceMs): DataWorker {
  const worker = new Worker(workerFile());
  const waiting = new Map<number, Waiting>();
  let failure: Error | undefined;
  let lastId = 0;
  let silence: NodeJS.Timeout | undefined;

  const fail = (error: Error) => {
    failure ??= error;
    clearTimeout(silence);
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
    void worker.terminate();
  };
  const watch = () => {
    clearTimeout(silence);
    if (waiting.size === 0) {
      worker.unref();
      return;
    }
    worker.ref();
    silence = setTimeout(() => {
      const seconds = silenceLimitMs / 1000;
      fail(
        new CliError(`${shownFile} could not be read for ${seconds} s: it may be damaged, or its disk may not answer.`),
      );
    }, silenceLimitMs);
  };
  worker.on("message", (response: ResponseMessage) => {
    const request = waiting.get(response.id);
    if (request === undefined) return;
    if ("progress" in response) request.report(response.progress);
    else if ("answer" in response) {
      waiting.delete(response.id);
      request.resolve(response.answer);
    } else if ("problem" in response) fail(new FrameFileError(`${shownFile} ${response.problem}`));
    else if ("systemCode" in response) fail(new RefusedError(shownFile, response.systemCode));
    else fail(new Error(response.fault));
    watch();
  });
  worker.on("error", fail);
  worker.on("exit", (code) => {
    fail(new Error(`the data worker ended with code ${code}`));
  });
  watch();

  return {
    ask: <K extends RequestKind>(
      request: Extract<WorkerRequest, { readonly kind: K }>,
      report: (progress: number) => void = () => undefined,
    ) =>
      new Promise<WorkerAnswers[K]>((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        const id = ++lastId;
        // A request's answer has the type that its kind says.
        waiting.set(id, { resolve: resolve as Waiting["resolve"], reject, report });
        worker.postMessage({ id, request } satisfies RequestMessage);
        watch();
      }),
    close: async () => {
      fail(new Error("the data worker was closed"));
      await worker.terminate();
    },
  };
}

/** The worker's bundle lies beside the bundle of whoever starts it or above; what runs from the sources finds it in `dist/`. */
function workerFile(): string {
  const name = "data-worker.mjs";
  const folders = [".", "..", "../../../dist"];
  const candidates = folders.map((folder) => path.join(import.meta.dirname, folder, name));
  const file = candidates.find((candidate) => existsSync(candidate));
  if (file === undefined)
    throw new CliError(`${name} is missing beside ${import.meta.dirname}: install quantlens again.`);
  return file;
}
