/** The clock inside a server that is measured: see `preload/server-clock.ts`. */
import { readFileSync } from "node:fs";
import path from "node:path";

export interface ServerClock {
  /** What Node is started with, before the server's file. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds from each edit to the answer behind it, when the server has ended. */
  samples(): readonly number[];
}

/** @param folder where the clock may keep a file of its own; `edit` and `answer`: what such messages have in them */
export function serverClock(folder: string, { edit, answer }: { edit: string; answer: string }): ServerClock {
  const file = path.join(folder, "server-clock.json");
  return {
    args: ["--require", path.join(process.cwd(), "dist/bench/server-clock.cjs")],
    env: { SERVER_CLOCK: JSON.stringify({ edit, answer, file }) },
    samples: () => JSON.parse(readFileSync(file, "utf8")) as number[],
  };
}
