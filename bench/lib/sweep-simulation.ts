/** A sweep on many nodes with a fake clock: the real schedule, with jobs that take the time that they are said to take. */
import type { Job } from "../../cli/sweep/jobs/job.js";
import type { SweepEvent } from "../../cli/sweep/events.js";
import { RowSchedule } from "../../cli/sweep/schedule/schedule.js";
import { Heap } from "../../cli/sweep/schedule/heap.js";
import type { SweepRow } from "../../cli/sweep/rows.js";

export interface SimulatedSweep {
  readonly rows: number;
  readonly nodes: number;
  /** Rows that have their first stage in common. */
  readonly sharing: number;
  /** Seconds of each stage, and of the row's end. */
  readonly jobSeconds: number;
  readonly stages: number;
  /** Seconds in which one process plans a row: its model file runs. */
  readonly planSeconds: number;
  /** Jobs of a thousand that are lost half-way, with their node. */
  readonly lostPerMille: number;
}

export interface SimulatedRun {
  /** By the fake clock. */
  readonly seconds: number;
  /** All jobs' time by all nodes' time. */
  readonly utilisation: number;
  readonly jobs: number;
  readonly rowsDone: number;
  /** By the real clock: what the schedule itself takes for a job. */
  readonly realMicrosecondsPerJob: number;
  readonly events: number;
}

/** Runs a sweep to its end. */
export async function simulateSweep(spec: SimulatedSweep): Promise<SimulatedRun> {
  const started = performance.now();
  const clock = new Clock();
  const run = new Simulation(spec, clock);
  const jobs = await run.toTheEnd();
  const { rowsDone, events, busySeconds } = run;
  return {
    ...{ seconds: clock.now, jobs, rowsDone, events },
    utilisation: busySeconds / (clock.now * spec.nodes),
    realMicrosecondsPerJob: (1000 * (performance.now() - started)) / jobs,
  };
}

class Simulation {
  rowsDone = 0;
  events = 0;
  busySeconds = 0;
  private planned = 0;
  private planFree = 0;
  private readonly schedule: RowSchedule;

  constructor(
    private readonly spec: SimulatedSweep,
    private readonly clock: Clock,
  ) {
    this.schedule = new RowSchedule({
      nextRow: () => (this.planned < spec.rows ? this.nextRow() : "done"),
      resolve: ({ row }) =>
        Promise.resolve({ kind: "resolved", value: { param: {}, stages: this.stagesOf(Number(row)) } }),
      isStored: () => false,
      report: (event) => {
        this.note(event);
      },
      retries: 3,
      signal: new AbortController().signal,
    });
  }

  async toTheEnd(): Promise<number> {
    const { nodes, jobSeconds, lostPerMille } = this.spec;
    let [free, jobs] = [nodes, 0];
    for (;;) {
      const job = free > 0 ? await this.schedule.take() : "wait";
      if (job === "done") return jobs;
      if (job === "wait") {
        this.clock.next();
        free++;
        continue;
      }
      free--;
      jobs++;
      // A job cannot begin before its row is planned.
      const begin = Math.max(this.clock.now, this.planFree);
      const isLost = (jobs * 7919) % 1000 < lostPerMille;
      const seconds = isLost ? jobSeconds / 2 : jobSeconds;
      this.busySeconds += seconds;
      this.schedule.started(job);
      this.clock.at(begin + seconds, () => {
        this.settle(job, isLost);
      });
    }
  }

  private settle(job: Job, isLost: boolean): void {
    const result = { accuracy: 0.5, score: 0.1, bops: 1, memWBits: 1, density: 1 };
    this.schedule.settle(
      job,
      isLost
        ? { kind: "lost", message: "its node is gone" }
        : { kind: "done", seconds: this.spec.jobSeconds, ...(job.kind === "finish" && { result }) },
    );
  }

  private nextRow(): SweepRow {
    this.planned++;
    this.planFree = Math.max(this.planFree, this.clock.now) + this.spec.planSeconds;
    return { row: this.planned, parameters: { row: this.planned } };
  }

  private stagesOf(row: number) {
    const group = Math.floor(row / this.spec.sharing);
    return Array.from({ length: this.spec.stages }, (_, stage) => ({
      name: `stage ${stage + 1}`,
      kind: stage === 0 ? "train" : "prune",
      epochs: 20,
      key: stage === 0 ? `group-${group}` : `row-${row}-${stage}`,
    }));
  }

  private note({ event }: SweepEvent): void {
    this.events++;
    if (event === "result") this.rowsDone++;
  }
}

/** What happens when. */
class Clock {
  now = 0;
  private readonly actions = new Heap<{ readonly time: number; readonly action: () => void }>(
    (a, b) => a.time < b.time,
  );

  at(time: number, action: () => void): void {
    this.actions.push({ time, action });
  }

  /** Goes on to the next action. */
  next(): void {
    const first = this.actions.pop();
    if (first === undefined) throw new Error("nothing will happen any more");
    this.now = first.time;
    first.action();
  }
}
