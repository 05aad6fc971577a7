/** How many jobs fit into the memory of this machine. */
import { constrainedMemory, memoryUsage } from "node:process";
import { totalmem } from "node:os";

export interface MemoryGuard {
  /** How many jobs may run at once: at least one. */
  readonly jobsAtOnce: () => number;
  /** A job of a process that has had so much memory is over. */
  readonly measured: (peakBytes: number) => void;
  /** One of so many processes was killed, as systems do that run out of memory. */
  readonly lost: (running: number) => void;
}

/** What is left to the rest of the machine. */
const shareForJobs = 0.85;

/** Until a job is over nobody knows what the next one needs. */
const guessedBytes = 512 * 2 ** 20;

/** `limit`: memory of the machine or of what contains this process, in bytes. */
export function memoryGuard(warn: (message: string) => void, limit = memoryLimit()): MemoryGuard {
  let largest = guessedBytes;
  let most = Infinity;
  const fitting = (): number => Math.floor((limit * shareForJobs - memoryUsage.rss()) / largest);
  return {
    jobsAtOnce: () => Math.max(1, Math.min(most, fitting())),
    measured(peakBytes) {
      largest = Math.max(largest, peakBytes);
    },
    lost(running) {
      // Where much is free it was killed for another reason.
      if (running < 2 || running * largest < limit / 2) return;
      most = Math.min(most, running - 1);
      warn(`A worker was killed, maybe for want of memory: at most ${most} jobs run at once from now on.`);
    },
  };
}

/** Of the control group if that has one, else of the machine. */
function memoryLimit(): number {
  const constrained = constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}
