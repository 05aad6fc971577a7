/** Runs in the test's own process, which can stop them at any batch, for tests. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { runnerFor } from "../../../input/host.js";
import { InterruptedError } from "../interrupt.js";
import { executeRun, type RunOutcome } from "../run.js";
import type { RunSettings } from "../settings.js";

export interface InProcessRun {
  /** Of the model file. */
  readonly cwd: string;
  readonly model: string;
  /** Folder of the run, relative to `cwd`. */
  readonly out: string;
  /** Ctrl-C comes behind the first batch of the epoch or evaluation whose bar is labelled so. */
  readonly stopAt?: string;
  readonly resumed?: boolean;
  readonly settings?: Partial<RunSettings>;
}

/** Runs a model's recipe on one thread. */
export function runInProcess({
  cwd,
  model,
  out,
  stopAt,
  resumed = false,
  settings,
}: InProcessRun): Promise<RunOutcome> {
  const controller = new AbortController();
  const folder = path.join(cwd, out);
  // The runner is in the folder of the bundles, and a run ends it.
  runnerFor("sandbox", path.resolve(import.meta.dirname, "../../../../dist"));
  return executeRun({
    folder,
    claim: () => mkdirSync(folder, { recursive: true }),
    settings: {
      ...{ command: "train", backend: "wasm", threads: 1, restarts: 0 },
      ...{ tensorboard: false, flavor: "finn-base", run: "sandbox" },
      ...settings,
    },
    file: path.join(cwd, model),
    resumed,
    version: "0",
    signal: controller.signal,
    terminal: {
      show: () => undefined,
      clear: () => undefined,
      progress: ({ label }) => {
        if (label === stopAt) controller.abort(new InterruptedError());
      },
    },
  });
}
