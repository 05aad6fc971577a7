/** What is said between a session and its worker threads. */
import type { Plan } from "../plan.js";
import type { Run } from "./thread.js";

export type ToWorker = { readonly type: "install"; readonly plan: Plan } | { readonly type: "run"; readonly run: Run };

export type FromWorker =
  | { readonly type: "ready" | "done" }
  /** The worker cannot go on; `isAborted`: because another one cannot. */
  | { readonly type: "failed"; readonly message: string; readonly isAborted: boolean };
