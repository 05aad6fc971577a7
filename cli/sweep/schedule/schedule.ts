/**
 * Which job comes next. Rows are planned when somebody is free to work on them, so that a sweep of any size begins at once; a
 * stage that rows share is done once, and the others wait for it.
 */
import type { SweepEvent } from "../events.js";
import type { Portion, Schedule } from "../engines/engine.js";
import type { Job, JobOutcome, StageJob } from "../jobs/job.js";
import type { Resolution, ResolvedRow, Resolver } from "../plan/resolve.js";
import type { SweepRow } from "../rows.js";
import { Heap } from "./heap.js";

export interface ScheduleParts {
  /** Rows that are not over, as they come; `wait` while they depend on results, `done` when there are no more. */
  readonly nextRow: () => SweepRow | "wait" | "done";
  readonly resolve: Resolver;
  /** Whether the store has a stage's result. */
  readonly isStored: (key: string) => boolean;
  readonly report: (event: SweepEvent) => void;
  /** How often a job that failed is tried again. */
  readonly retries: number;
  /** Aborted: no more rows are planned. */
  readonly signal: AbortSignal;
}

/** A row under way. */
interface ActiveRow extends ResolvedRow {
  readonly row: number;
  /** The stage that comes next, from 0; after the last one the row's end. */
  next: number;
}

/** A row, unless there is nothing to do for it; `wait` and `done` as the sampler says them. */
type Planned = { readonly active?: ActiveRow } | "wait" | "done";

/** A key that somebody works on, with the rows that wait for it. */
interface Claim {
  readonly waiting: ActiveRow[];
  attempts: number;
  /** Attempts that the cluster has lost; they do not count as `retries`. */
  losses: number;
}

/** A cluster that loses a job more often will not do it. */
const mostLosses = 10;

export class RowSchedule implements Schedule {
  /** What comes first ends first: the sooner there are results, the better. */
  private readonly ready = new Heap<Job>((a, b) => a.row < b.row);
  private readonly claims = new Map<string, Claim>();
  private readonly stored = new Set<string>();
  /** Jobs that were taken and not settled. */
  private open = 0;
  /** The next row, which is planned while others work. */
  private ahead: Promise<Planned> | undefined;

  constructor(private readonly parts: ScheduleParts) {}

  async take(): Promise<Job | "wait" | "done"> {
    for (;;) {
      const job = this.ready.pop();
      if (job !== undefined) {
        this.open++;
        if (this.ready.size === 0) this.planAhead();
        return job;
      }
      const planned = this.parts.signal.aborted ? "wait" : await this.planned();
      if (typeof planned !== "string" || this.ready.size > 0) continue;
      return this.open > 0 ? "wait" : "done";
    }
  }

  started(job: Job, worker?: number): void {
    this.tell(job, { state: "started", ...(worker !== undefined && { worker }) });
  }

  settle(job: Job, outcome: JobOutcome, worker?: number): void {
    this.open--;
    const by = worker === undefined ? {} : { worker };
    switch (outcome.kind) {
      case "done": {
        const { seconds, measured, result } = outcome;
        this.tell(job, { state: "done", seconds, ...by, ...(measured && { measured }) });
        this.stored.add(job.key);
        if (result !== undefined) this.parts.report({ event: "result", row: job.row, seconds, ...result });
        this.release(job.key, (row) => {
          // The others are told that they share it.
          if (row.row === job.row) row.next++;
          this.advance(row);
        });
        return;
      }
      case "interrupted":
        this.tell(job, { state: "interrupted", ...by });
        // What was claimed ahead is claimed again when its turn comes.
        if (this.claims.get(job.key)?.waiting.length === 0) this.claims.delete(job.key);
        else this.ready.push(job);
        return;
      case "lost":
      case "failed": {
        const { message } = outcome;
        this.tell(job, { state: outcome.kind, message, ...by });
        const claim = this.claims.get(job.key);
        if (claim && this.isTriedAgain(claim, outcome)) {
          claim.attempts++;
          this.ready.push(job);
        } else this.fail(job, message);
      }
    }
  }

  private isTriedAgain(claim: Claim, outcome: Extract<JobOutcome, { readonly kind: "lost" | "failed" }>): boolean {
    if (outcome.kind === "lost" && outcome.byCluster === true) return ++claim.losses <= mostLosses;
    return (outcome.kind === "lost" || outcome.retry) && claim.attempts - claim.losses <= this.parts.retries;
  }

  async portion(rows: number): Promise<Portion> {
    const planned: ActiveRow[] = [];
    let isLast = false;
    for (let count = 0; count < rows && !this.parts.signal.aborted && !isLast; count++) {
      const next = await this.planned();
      isLast = typeof next === "string";
      if (typeof next !== "string" && next.active !== undefined) planned.push(next.active);
    }
    const jobs: Job[] = [];
    for (let job = this.ready.pop(); job !== undefined; job = this.ready.pop()) jobs.push(job);
    // Rows may have joined a job that was taken before; those of a job that is done again were planned before.
    const begun = new Set([...jobs.flatMap(({ key }) => this.claims.get(key)?.waiting ?? []), ...planned]);
    for (const row of begun) jobs.push(...this.claimFollowing(row));
    this.open += jobs.length;
    return { jobs, isLast };
  }

  /** Claims what a row has left behind its next job, as far as nobody else does it. */
  private claimFollowing(row: ActiveRow): Job[] {
    const jobs: Job[] = [];
    for (let index = row.next + 1; index <= row.stages.length; index++) {
      const following = jobOf(row, index);
      if (this.claims.has(following.key)) continue;
      this.claims.set(following.key, { waiting: [], attempts: 1, losses: 0 });
      jobs.push(following);
    }
    return jobs;
  }

  /** Plans the next row; shared by those who ask at the same time. */
  private planned(): Promise<Planned> {
    const planned = this.ahead ?? this.planNext();
    this.ahead = undefined;
    return planned;
  }

  private planAhead(): void {
    this.ahead ??= this.planNext();
    // Whoever takes the next job learns of a failure.
    this.ahead.catch(() => undefined);
  }

  private async planNext(): Promise<Planned> {
    const next = this.parts.nextRow();
    if (typeof next === "string") return next;
    const { row, parameters, line, problem } = next;
    const resolution: Resolution =
      problem === undefined ? await this.parts.resolve(parameters) : { kind: "unusable", message: problem };
    const { report } = this.parts;
    const stages = resolution.kind === "unusable" ? [] : resolution.value.stages;
    report({ event: "row", row, parameters, ...(line !== undefined && { line }), stages });
    if (resolution.kind === "unusable") {
      report({ event: "failed", row, message: resolution.message });
      return {};
    }
    const { value } = resolution;
    if (resolution.kind === "skipped") {
      report({ event: "skipped", row, message: resolution.message, lowest: resolution.lowest });
      return {};
    }
    const active = { row, next: 0, ...value };
    this.advance(active);
    return { active };
  }

  /** Goes past the stages that are over, and has the next one done unless somebody does it already. */
  private advance(row: ActiveRow): void {
    for (let stage = row.stages[row.next]; stage && this.isStored(stage.key); stage = row.stages[row.next]) {
      const { key, name } = stage;
      this.parts.report({ event: "job", row: row.row, key, stage: row.next + 1, name, state: "shared", attempt: 0 });
      row.next++;
    }
    if (row.next > row.stages.length) return;
    const job = jobOf(row, row.next);
    const claim = this.claims.get(job.key);
    if (claim !== undefined) claim.waiting.push(row);
    else {
      this.claims.set(job.key, { waiting: [row], attempts: 1, losses: 0 });
      this.ready.push(job);
    }
  }

  private isStored(key: string): boolean {
    if (!this.stored.has(key) && this.parts.isStored(key)) this.stored.add(key);
    return this.stored.has(key);
  }

  private fail(job: Job, message: string): void {
    this.release(job.key, ({ row }) => {
      this.parts.report({ event: "failed", row, message });
    });
  }

  private release(key: string, then: (row: ActiveRow) => void): void {
    const { waiting = [] } = this.claims.get(key) ?? {};
    this.claims.delete(key);
    waiting.forEach(then);
  }

  private tell(job: Job, what: Pick<Extract<SweepEvent, { event: "job" }>, "state"> & Partial<SweepEvent>): void {
    const { key, row } = job;
    const stage = job.kind === "stage" ? job.index + 1 : null;
    const name = job.kind === "stage" ? job.name : "finish";
    const attempt = this.claims.get(key)?.attempts ?? 1;
    this.parts.report({ event: "job", row, key, stage, name, attempt, ...what } as SweepEvent);
  }
}

/** A stage of a row as a job; behind the last one the row's end. */
function jobOf({ row, param, stages }: ActiveRow, index: number): Job {
  const stage = stages[index];
  if (stage === undefined)
    return { kind: "finish", key: `row-${row}`, row, param, stages: stages.map(({ key }) => key) };
  const previous = stages[index - 1]?.key;
  const job: StageJob = { kind: "stage", key: stage.key, row, param, name: stage.name, index };
  return previous === undefined ? job : { ...job, previous };
}
