/** What the terminal program and the Node process in which a trusted model file runs say to each other. */
import type { RunOutcome, RunRequest } from "../../shared/sandbox/protocol.js";

/** The one message to the child. */
export interface NativeRequest {
  readonly request: RunRequest;
  /** URL of the module that `quantlens` stands for. */
  readonly dsl: string;
  /** URL of the bundle of `hooks.ts`, for a Node without `module.registerHooks`. */
  readonly hooks: string;
}

/** The one message from the child. */
export type NativeOutcome = RunOutcome;
