/** A line on standard error that says how far a long piece of work is; only where a terminal shows it. */
import { formatCount, formatShare } from "../../shared/format.js";
import { write } from "./streams.js";

export interface Progress {
  /** `done` of the total. */
  readonly update: (done: number) => void;
  /** Takes the line away. */
  readonly end: () => void;
}

/** Time between two changes of the line: more is not read, and costs time itself. */
const intervalMs = 100;

/** Starts a line such as `generating 34 % of 79,872 frames, 9,120 per second, 6 s left`. */
export function startProgress(what: string, total: number, unit: string, terminal = process.stderr.isTTY): Progress {
  if (!terminal) return { update: () => undefined, end: () => undefined };
  const start = performance.now();
  let shown = -Infinity;
  const clear = "\r\u001b[K";
  return {
    update: (done) => {
      const now = performance.now();
      if (now - shown < intervalMs) return;
      shown = now;
      write("stderr", `${clear}${what} ${progressText(done, total, unit, (now - start) / 1000)}`);
    },
    end: () => {
      if (shown > -Infinity) write("stderr", clear);
    },
  };
}

/** How far, how fast and how long still. */
export function progressText(done: number, total: number, unit: string, seconds: number): string {
  const rate = seconds > 0 ? done / seconds : 0;
  const left = rate > 0 ? `, ${formatCount(Math.round(rate))} per second, ${timeText((total - done) / rate)} left` : "";
  return `${formatShare(done / total)} of ${formatCount(total)} ${unit}${left}`;
}

function timeText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
