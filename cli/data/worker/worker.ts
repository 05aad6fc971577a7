/**
 * The data worker: reads, checks and writes files of frames beside the thread that trains. Its bundle is
 * `dist/data-worker.mjs`. A worker has one file; it is ended when that file is done with, or at its first error.
 */
import { parentPort } from "node:worker_threads";
import { systemErrorCode } from "../../errors.js";
import { createChannelsFirst, type ChannelsFirst } from "../hdf5/channels-first.js";
import { chunkedFrames } from "../hdf5/chunked-frames.js";
import { FileProblem, type FramesDescription } from "../hdf5/description.js";
import type { FrameSource } from "../hdf5/frame-source.js";
import { inspectFrames } from "../hdf5/inspect.js";
import { openHdf5, type OpenHdf5 } from "../hdf5/library.js";
import { rawFrames } from "../hdf5/raw-frames.js";
import { createSkeleton } from "../hdf5/skeleton.js";
import { verifyFrames } from "../hdf5/verify.js";
import { writeFrames } from "../synthetic/write-frames.js";
import type { RequestKind, RequestMessage, ResponseMessage, Room, WorkerAnswers, WorkerRequest } from "./protocol.js";

let inspected: { readonly file: OpenHdf5; readonly description: FramesDescription } | undefined;
let source: FrameSource | undefined;
let order: ChannelsFirst | undefined;

async function answer(request: WorkerRequest, report: (progress: number) => void): Promise<WorkerAnswers[RequestKind]> {
  switch (request.kind) {
    case "inspect":
      return inspect(request.file);
    case "openRaw":
      order = await createChannelsFirst();
      source = rawFrames(request.file, request.offset, order);
      return undefined;
    case "room":
      return roomOf(opened(order));
    case "read":
      opened(source).read(request.frames, opened(opened(order).pieces[request.piece]));
      return undefined;
    case "verify": {
      const { file, description } = opened(inspected);
      return verifyFrames(file, opened(source), description, report);
    }
    case "createFile":
      return createSkeleton(request.file, request.framesPerGroup);
    case "generate":
      writeFrames(request, report);
      return undefined;
  }
}

async function inspect(path: string): Promise<FramesDescription> {
  const file = await openHdf5(path);
  const description = inspectFrames(file, path);
  inspected = { file, description };
  const { offset } = description.x;
  order = await createChannelsFirst();
  source = offset === undefined ? chunkedFrames(file, description.x, order) : rawFrames(path, offset, order);
  return description;
}

function roomOf({ staged, pieces }: ChannelsFirst): Room {
  return { memory: staged.buffer as SharedArrayBuffer, pieces: pieces.map(({ byteOffset }) => byteOffset) };
}

function opened<T>(value: T | undefined): T {
  if (value === undefined) throw new RangeError("the data worker has no open file");
  return value;
}

/** Answers a request, or says why it cannot. */
async function respond({ id, request }: RequestMessage, send: (response: ResponseMessage) => void): Promise<void> {
  try {
    const given = await answer(request, (progress) => {
      send({ id, progress });
    });
    send({ id, answer: given });
  } catch (error) {
    const systemCode = systemErrorCode(error);
    if (error instanceof FileProblem) send({ id, problem: error.message });
    else if (systemCode !== undefined) send({ id, systemCode });
    else send({ id, fault: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

const port = parentPort;
/** A request begins when all before it are answered: what they open is there then. */
let turn = Promise.resolve();
port?.on("message", (message: RequestMessage) => {
  turn = turn.then(() =>
    respond(message, (response) => {
      port.postMessage(response);
    }),
  );
});
