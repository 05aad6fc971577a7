import { describe, expect, it } from "vitest";
import type { SweepEvent } from "../events.js";
import type { Job, JobOutcome } from "../jobs/job.js";
import type { Resolution } from "../plan/resolve.js";
import { RowSchedule } from "./schedule.js";

/** Rows by the keys of their stages; one that is a text cannot be planned. */
function scheduleOf(
  rows: readonly (readonly string[] | string)[],
  { stored = [] as string[], retries = 1, signal = new AbortController().signal } = {},
) {
  const events: SweepEvent[] = [];
  let next = 0;
  const schedule = new RowSchedule({
    nextRow: () => {
      next++;
      return next <= rows.length ? { row: next, parameters: { row: next } } : "done";
    },
    resolve: ({ row }): Promise<Resolution> => {
      const keys = rows[Number(row) - 1] ?? "";
      if (typeof keys === "string") return Promise.resolve({ kind: "unusable", message: keys });
      const stages = keys.map((key) => ({ name: `stage ${key}`, kind: "train", epochs: 1, key }));
      return Promise.resolve({ kind: "resolved", value: { param: { row: Number(row) }, stages } });
    },
    isStored: (key) => stored.includes(key),
    report: (event) => events.push(event),
    ...{ retries, signal },
  });
  return { schedule, events };
}

const done: JobOutcome = { kind: "done", seconds: 1 };
const failed: JobOutcome = { kind: "failed", message: "no luck", retry: true };

async function taken(schedule: RowSchedule): Promise<Job> {
  const job = await schedule.take();
  if (typeof job === "string") throw new Error(`there is no job: ${job}`);
  return job;
}

/** One worker that never fails: the keys in the order in which they are done. */
async function runAll(schedule: RowSchedule): Promise<string[]> {
  const order: string[] = [];
  for (let job = await schedule.take(); typeof job !== "string"; job = await schedule.take()) {
    order.push(job.key);
    schedule.settle(job, done);
  }
  return order;
}

describe("a schedule", () => {
  it("ends a row before it begins the next one, and does what rows share once", async () => {
    const { schedule, events } = scheduleOf([
      ["a", "b"],
      ["a", "c"],
      ["d", "c"],
    ]);
    expect(await runAll(schedule)).toEqual(["a", "b", "row-1", "c", "row-2", "d", "row-3"]);
    const shared = events.flatMap((event) =>
      event.event === "job" && event.state === "shared" ? [[event.row, event.key]] : [],
    );
    expect(shared).toEqual([
      [2, "a"],
      [3, "c"],
    ]);
  });

  it("has rows wait for a stage that another one does, and gives others meanwhile", async () => {
    const { schedule } = scheduleOf([["a", "b"], ["a", "c"], ["d"]]);
    const [first, second] = [await taken(schedule), await taken(schedule)];
    expect([first.key, second.key]).toEqual(["a", "d"]);
    expect(await schedule.take()).toBe("wait");
    schedule.settle(first, done);
    expect([(await taken(schedule)).key, (await taken(schedule)).key].sort()).toEqual(["b", "c"]);
  });

  it("goes past what is in the store", async () => {
    const { schedule } = scheduleOf([["a", "b", "c"]], { stored: ["a", "b"] });
    expect(await runAll(schedule)).toEqual(["c", "row-1"]);
  });

  it("tries what failed again, as often as it is set, then reports all rows that wait for it and goes on", async () => {
    const { schedule, events } = scheduleOf([["a"], ["a"], ["b"]], { retries: 2 });
    for (let attempt = 1; attempt <= 3; attempt++) {
      let job = await taken(schedule);
      while (job.key !== "a") {
        schedule.settle(job, done);
        job = await taken(schedule);
      }
      schedule.settle(job, failed);
    }
    await runAll(schedule);
    const messages = events.filter(({ event }) => event === "failed");
    expect(messages).toEqual([1, 2].map((row) => ({ event: "failed", row, message: "no luck" })));
    expect(events.filter((event) => event.event === "job" && event.name === "finish")).toHaveLength(1);
  });

  it("gives what a cluster has lost anew without counting it, up to a limit", async () => {
    const lost: JobOutcome = { kind: "lost", message: "nobody knows it", byCluster: true };
    const losing = async (times: number) => {
      const { schedule, events } = scheduleOf([["a"]], { retries: 0 });
      for (let loss = 0; loss < times; loss++) schedule.settle(await taken(schedule), lost);
      return { schedule, events };
    };
    expect(await runAll((await losing(10)).schedule)).toEqual(["a", "row-1"]);
    const { schedule, events } = await losing(11);
    expect(await schedule.take()).toBe("done");
    expect(events.at(-1)).toEqual({ event: "failed", row: 1, message: "nobody knows it" });
  });

  it("does not try again what would fail again", async () => {
    const { schedule, events } = scheduleOf([["a"]], { retries: 5 });
    schedule.settle(await taken(schedule), { ...failed, retry: false });
    expect(await schedule.take()).toBe("done");
    expect(events.at(-1)).toEqual({ event: "failed", row: 1, message: "no luck" });
  });

  it("reports rows that cannot be planned", async () => {
    const { schedule, events } = scheduleOf(["no such layer", ["a"]]);
    expect(await runAll(schedule)).toEqual(["a", "row-2"]);
    expect(events.slice(0, 2)).toMatchObject([
      { event: "row", row: 1, stages: [] },
      { event: "failed", row: 1, message: "no such layer" },
    ]);
  });

  it("gives what was interrupted anew", async () => {
    const { schedule } = scheduleOf([["a"]]);
    schedule.settle(await taken(schedule), { kind: "interrupted" });
    expect(await runAll(schedule)).toEqual(["a", "row-1"]);
  });

  it("gives a queue of its own everything at once, each behind what it waits for", async () => {
    const { schedule } = scheduleOf([
      ["a", "b"],
      ["a", "c"],
    ]);
    const { jobs } = await schedule.portion(10);
    expect(jobs.map(({ key }) => key)).toEqual(["a", "b", "row-1", "c", "row-2"]);
    expect(await schedule.take()).toBe("wait");
    for (const job of jobs) schedule.settle(job, done);
    expect(await schedule.take()).toBe("done");
  });

  it("gives a queue of its own some rows after the others, behind what was given before", async () => {
    const { schedule, events } = scheduleOf([["a", "b"], ["a", "c"], ["a", "b"], "no such layer", ["d"]]);
    const keysOf = async (rows: number): Promise<unknown> => {
      const { jobs, isLast } = await schedule.portion(rows);
      return [jobs.map(({ key }) => key), isLast];
    };
    expect(await keysOf(1)).toEqual([["a", "b", "row-1"], false]);
    expect(events).toHaveLength(1);
    expect(await keysOf(2)).toEqual([["c", "row-2", "row-3"], false]);
    expect(await keysOf(1)).toEqual([[], false]);
    expect(await keysOf(2)).toEqual([["d", "row-5"], true]);
  });

  it("gives all that stood behind what such a queue has lost anew, of later rows, too", async () => {
    const { schedule } = scheduleOf([
      ["a", "b"],
      ["a", "c"],
    ]);
    const [a, ...others] = (await schedule.portion(1)).jobs as [Job, ...Job[]];
    others.push(...(await schedule.portion(1)).jobs);
    for (const job of others) schedule.settle(job, { kind: "interrupted" });
    schedule.settle(a, { kind: "lost", message: "its node is gone" });
    const again = await schedule.portion(10);
    expect(again.jobs.map(({ key }) => key)).toEqual(["a", "b", "row-1", "c", "row-2"]);
  });

  it("plans no more rows when it is interrupted", async () => {
    const stop = new AbortController();
    const { schedule, events } = scheduleOf(["no such layer", ["a"], ["b"]], { signal: stop.signal });
    const first = schedule.take();
    stop.abort();
    expect(await first).toBe("done");
    expect(await schedule.portion(10)).toEqual({ jobs: [], isLast: false });
    expect(events.map((event) => "row" in event && event.row)).toEqual([1, 1]);
  });

  it("gives what such a queue has lost, and what stood behind it, when it can be done", async () => {
    const { schedule } = scheduleOf([["a", "b"]]);
    const [a, b, end] = (await schedule.portion(10)).jobs as [Job, Job, Job];
    schedule.settle(a, { kind: "lost", message: "its node is gone" });
    schedule.settle(b, { kind: "interrupted" });
    schedule.settle(end, { kind: "interrupted" });
    expect(await runAll(schedule)).toEqual(["a", "b", "row-1"]);
  });
});
