/** How long a sweep still takes, by how fast it has been so far. */
import type { SweepView } from "../folder/sweep-view.js";

/** Epochs that are over and that are left; a stage that rows share counts once. */
export interface Work {
  readonly done: number;
  readonly left: number;
}

/** Rows that are not planned yet are taken to be like those that are. */
export function workOf(view: SweepView): Work {
  const seen = new Set<string>();
  let [done, left, planned] = [0, 0, 0];
  for (const row of view.rows.values()) {
    if (row.state === "failed" || row.state === "skipped") continue;
    planned++;
    for (const { plan, epochsDone } of row.stages) {
      if (seen.has(plan.key)) continue;
      seen.add(plan.key);
      done += epochsDone;
      left += Math.max(0, plan.epochs - epochsDone);
    }
  }
  const unplanned = Math.max(0, (view.total ?? 0) - view.rows.size);
  return { done, left: left + (planned === 0 ? 0 : (unplanned * (done + left)) / planned) };
}

/** Seconds until the work is done, at the pace since `start`; `undefined` before there is one. */
export function secondsLeft(start: Work, now: Work, seconds: number): number | undefined {
  const rate = (now.done - start.done) / seconds;
  return rate > 0 ? now.left / rate : undefined;
}
