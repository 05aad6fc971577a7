/** What the runner, its worker and the code inside QuickJS say to each other, and the memory that they share. */
import type { FileCallees } from "./callee-names.js";
import type { CallRecord } from "./calls/wire.js";
import type { Whereabouts } from "./marks-runtime.js";

/** A marked and linked file. */
export interface RunModule extends FileCallees {
  readonly path: string;
  readonly code: string;
}

export interface RunRequest {
  readonly entry: string;
  readonly modules: readonly RunModule[];
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly deadlineMs: number;
  readonly memoryMb: number;
}

/** Something that the program printed. */
export interface LogLine {
  readonly text: string;
  /** The call that printed it. */
  readonly call?: number;
}

/** An exception that left the program. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  /** Lines `at f (path:line:column)`; empty if what was thrown is no error. */
  readonly stack: string;
  readonly whereabouts?: Whereabouts;
}

/** Calls that follow those before: a list, as `binary-json.ts` reads it, whose first element is a record. */
export type CallsPart = Uint8Array<ArrayBuffer>;

export type RunOutcome = { readonly logs: readonly LogLine[] } & (
  | { readonly kind: "value"; readonly json: string }
  /**
   * The calls of DSL functions (`calls/wire.ts`), and which of their results is the model that the entry file exports.
   * The last part of them: the others were sent while the program ran.
   */
  | { readonly kind: "calls"; readonly part: CallsPart; readonly model: number }
  /** A value as `binary-json.ts` reads it. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** The entry file exports nothing as default, or something that is no plain data. */
  | { readonly kind: "noDefault" }
  | { readonly kind: "failure"; readonly failure: Failure }
  /** `await` of something that never comes. */
  | { readonly kind: "pending" }
  /** Over the deadline; `call` is the last call that was noted before the worker had to be ended. */
  | { readonly kind: "timeout"; readonly whereabouts?: Whereabouts; readonly call?: number }
);

/** From the worker: a context is ready for a program, a program has made calls, or it has been run. */
export type WorkerMessage =
  | { readonly type: "ready" }
  | { readonly type: "calls"; readonly part: CallsPart }
  | { readonly type: "outcome"; readonly outcome: RunOutcome };

/** What the host calls inside QuickJS. */
export interface GuestTools {
  setParameters(json: string): void;
  /** The calls of DSL functions since the host last got them, in a list of one. */
  calls(): readonly [CallRecord];
  /** The number of the result that the default export is, if it is a model. */
  model(value: unknown): number | undefined;
  /** JSON of the default export. */
  result(value: unknown): string | undefined;
  /** JSON of `GuestReport`. */
  report(): string;
}

export interface GuestReport {
  readonly whereabouts: Whereabouts;
  readonly logs: readonly LogLine[];
}

export interface WorkerData {
  /** Text of the module `quantlens`. */
  readonly guest: string;
  readonly control: SharedArrayBuffer;
}

/** Slots of the shared memory, an `Int32Array`. */
export const controlSlots = { cancel: 0, noted: 1, count: 2 } as const;

/**
 * Stack of a worker thread, in MiB. The interpreter's own limit (`guest-context.ts`) is only reached before that of
 * the thread if this is ample: one frame of it takes up to thirty times as much here. Unused pages cost nothing.
 */
export const workerStackMb = 64;
