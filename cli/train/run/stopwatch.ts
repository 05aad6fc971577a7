/** Measures time, and tells when some of it has passed. */

export interface Stopwatch {
  /** Since it was started. */
  readonly seconds: () => number;
  /** True when `ms` milliseconds have passed since this was last true of `what`, or since the start. */
  readonly every: (what: string, ms: number) => boolean;
}

export function startStopwatch(): Stopwatch {
  const started = performance.now();
  const last = new Map<string, number>();
  return {
    seconds: () => (performance.now() - started) / 1000,
    every(what, ms) {
      const now = performance.now();
      if (now - (last.get(what) ?? started) < ms) return false;
      last.set(what, now);
      return true;
    },
  };
}
