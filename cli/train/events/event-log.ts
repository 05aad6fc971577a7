/** The append-only file of a run's events. Only the process that holds the run's lock writes it. */
import { closeSync, ftruncateSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { writeProblem } from "../../output/atomic-file.js";
import type { TrainEvent } from "./events.js";

export interface EventLog<Event extends object = TrainEvent> {
  /** Adds a line with the time. Throws a `CliError` when the disk is full. */
  readonly write: (event: Event) => void;
  readonly close: () => void;
}

/** Opens or begins a file of events. A line that a killed process left unfinished is cut off. */
export function openEventLog<Event extends object = TrainEvent>(file: string): EventLog<Event> {
  let handle: number;
  try {
    handle = openSync(file, "a+");
    cutUnfinishedLine(handle);
  } catch (error) {
    throw writeProblem(error, file);
  }
  return {
    write(event) {
      const line = new TextEncoder().encode(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
      try {
        for (let done = 0; done < line.length;) done += writeSync(handle, line, done);
      } catch (error) {
        throw writeProblem(error, file);
      }
    },
    close() {
      closeSync(handle);
    },
  };
}

/** Longer than any event. */
const blockBytes = 1 << 16;

function cutUnfinishedLine(handle: number): void {
  const block = new Uint8Array(blockBytes);
  for (let end = fstatSync(handle).size; end > 0;) {
    const start = Math.max(0, end - blockBytes);
    const count = readSync(handle, block, 0, end - start, start);
    const newline = block.subarray(0, count).lastIndexOf(0x0a);
    if (newline >= 0 || start === 0) {
      ftruncateSync(handle, start + newline + 1);
      return;
    }
    end = start;
  }
}
