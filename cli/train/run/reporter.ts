/** Tells everybody who follows a run: the event file, TensorBoard, the terminal. */
import type { EventLog } from "../events/event-log.js";
import type { TrainEvent } from "../events/events.js";
import type { ScalarLog } from "../events/tensorboard.js";
import { formatDuration, type RunTerminal } from "./terminal.js";

export interface Reporter {
  readonly event: (event: TrainEvent) => void;
  /** Values over training steps, for TensorBoard. */
  readonly scalars: (step: number, values: Readonly<Record<string, number | undefined>>) => void;
  /** Starts a bar over `total` batches; the function moves it. Drawn at most ten times a second. */
  readonly bar: (label: string, total: number) => (done: number, details: readonly string[]) => void;
  /** Takes the bar away and closes the files. */
  readonly close: () => void;
}

const redrawMs = 100;

export function createReporter(parts: {
  readonly log: EventLog;
  readonly scalarLog?: ScalarLog;
  readonly terminal: RunTerminal;
}): Reporter {
  const { log, scalarLog, terminal } = parts;
  return {
    event(event) {
      log.write(event);
      terminal.show(event);
    },
    scalars(step, values) {
      const known = Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== undefined);
      scalarLog?.write(step, Object.fromEntries(known));
    },
    bar(label, total) {
      const started = performance.now();
      let drawn = -Infinity;
      return (done, details) => {
        const now = performance.now();
        if (now - drawn < redrawMs) return;
        drawn = now;
        const left = done === 0 ? [] : [`${formatDuration((((now - started) / 1000) * (total - done)) / done)} left`];
        terminal.progress({ label, done, total, details: [...details, ...left] });
      };
    },
    close() {
      terminal.clear();
      log.close();
      scalarLog?.close();
    },
  };
}
