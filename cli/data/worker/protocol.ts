/** What the data worker is asked and answers: plain data between two threads. */
import type { FramesDescription } from "../hdf5/description.js";
import type { SkeletonOffsets } from "../hdf5/skeleton.js";
import type { Verification } from "../hdf5/verify.js";
import type { SyntheticSpec } from "../synthetic/source.js";

export type WorkerRequest =
  /** Opens a file with the HDF5 library and looks into it. */
  | { readonly kind: "inspect"; readonly file: string }
  /** Opens the frames of a contiguous file without the library. */
  | { readonly kind: "openRaw"; readonly file: string; readonly offset: number }
  /** Asks for the memory that frames are read into. */
  | { readonly kind: "room" }
  /** Reads frames of the open file into a piece of that memory, in the model's order. */
  | { readonly kind: "read"; readonly frames: Uint32Array; readonly piece: number }
  /** Looks at every frame of the inspected file; reports frames done. */
  | { readonly kind: "verify" }
  /** Creates a file with room for frames. */
  | { readonly kind: "createFile"; readonly file: string; readonly framesPerGroup: number }
  /** Generates frames `first` to before `end` into such a file; reports frames done. */
  | {
      readonly kind: "generate";
      readonly file: string;
      readonly spec: SyntheticSpec;
      readonly offsets: SkeletonOffsets;
      readonly first: number;
      readonly end: number;
    };

/** Frames of one request: two mebibytes, which stay in the processor's cache from one thread to the other. */
export const framesPerPiece = 256;

/** Pieces of shared memory, one for each request under way: the worker has the next one while an answer is copied. */
export interface Room {
  readonly memory: SharedArrayBuffer;
  /** Byte at which each piece begins. */
  readonly pieces: readonly number[];
}

export interface WorkerAnswers {
  readonly inspect: FramesDescription;
  readonly openRaw: undefined;
  readonly room: Room;
  readonly read: undefined;
  readonly verify: Verification;
  readonly createFile: SkeletonOffsets;
  readonly generate: undefined;
}

export type RequestKind = WorkerRequest["kind"];

export interface RequestMessage {
  readonly id: number;
  readonly request: WorkerRequest;
}

export type ResponseMessage =
  | { readonly id: number; readonly progress: number }
  | { readonly id: number; readonly answer: WorkerAnswers[RequestKind] }
  /** What is wrong with the file: a sentence that begins with its verb. */
  | { readonly id: number; readonly problem: string }
  /** The system's code (`ENOSPC`) of a failed operation. */
  | { readonly id: number; readonly systemCode: string }
  /** The stack of any other error. */
  | { readonly id: number; readonly fault: string };
