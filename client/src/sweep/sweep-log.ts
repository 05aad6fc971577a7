/** Where a sweep stands, from the lines of its journal. Pure; docs/sweeps.md describes the events. */
import { listAt, numberAt, parseRecord, recordAt, textAt, type JsonRecord } from "../dashboard/json.js";
import type { SweepRecord, SweepRow } from "../panels/sweep-messages.js";

interface RowState extends Omit<SweepRow, "stagesDone" | "stages" | "pareto"> {
  readonly plans: readonly { readonly name: string; readonly epochs: number }[];
  readonly done: ReadonlySet<number>;
}

const maxWarnings = 20;

export class SweepLog {
  private readonly rows = new Map<number, RowState>();
  private model = "";
  private status = "running";
  private total: number | undefined;
  private warnings: string[] = [];

  /** Takes the next lines of the file. `reset`: they are its first ones. */
  add(lines: readonly string[], reset: boolean): void {
    if (reset) this.clear();
    for (const line of lines) {
      const event = parseRecord(line);
      if (event) this.apply(event);
    }
  }

  /** `pareto`: numbers of the rows that no other row beats, as the sweep has found them. */
  record(pareto: ReadonlySet<number>): SweepRecord {
    const rows = [...this.rows.values()]
      .sort((a, b) => a.row - b.row)
      .map(({ plans, done, ...row }): SweepRow => ({
        ...row,
        stagesDone: done.size,
        stages: plans.length,
        pareto: pareto.has(row.row),
      }));
    const { model, status, total, warnings } = this;
    return { model, status, rows, warnings: [...warnings], ...(total !== undefined && { total }) };
  }

  private clear(): void {
    this.rows.clear();
    this.model = "";
    this.status = "running";
    this.total = undefined;
    this.warnings = [];
  }

  private apply(event: JsonRecord): void {
    const row = numberAt(event, "row");
    if (row !== undefined) this.applyToRow(event, this.rowOf(row));
    else if (event.event === "sweep") this.begin(event);
    else if (event.event === "end") this.status = textAt(event, "status") ?? "done";
    else if (event.event === "warning")
      this.warnings = [...this.warnings, textAt(event, "message") ?? ""].slice(-maxWarnings);
  }

  private begin(event: JsonRecord): void {
    this.model = textAt(event, "model") ?? "";
    this.status = "running";
    this.total = numberAt(event, "rows");
    // What a process that was killed has left running does not run any more.
    for (const row of this.rows.values())
      if (row.state === "running") this.rows.set(row.row, { ...row, state: "waiting" });
  }

  private rowOf(row: number): RowState {
    return this.rows.get(row) ?? { row, parameters: {}, state: "waiting", plans: [], done: new Set() };
  }

  private applyToRow(event: JsonRecord, row: RowState): void {
    const message = textAt(event, "message");
    const because = message === undefined ? {} : { message };
    switch (event.event) {
      case "row": {
        const plans = listAt(event, "stages").map((stage) => ({
          name: textAt(stage, "name") ?? "",
          epochs: numberAt(stage, "epochs") ?? 0,
        }));
        this.put({ ...row, parameters: recordAt(event, "parameters"), state: "waiting", plans });
        break;
      }
      case "job":
        this.put(afterJob(event, row));
        break;
      case "progress":
      case "epoch": {
        const stage = numberAt(event, "stage") ?? 1;
        const plan = row.plans[stage - 1];
        const epoch = numberAt(event, "epoch") ?? 0;
        // What is reported during a stage's first epoch does not know yet how many there are.
        const epochs = Math.max(numberAt(event, "epochs") ?? 0, plan?.epochs ?? 0);
        this.put({ ...row, stage: { name: plan?.name ?? `stage ${stage}`, epoch, epochs } });
        break;
      }
      case "result":
        this.put({ ...row, state: "done", ...resultOf(event) });
        break;
      case "skipped":
      case "failed":
        this.put({ ...row, state: event.event, ...because });
        break;
    }
  }

  private put(row: RowState): void {
    this.rows.set(row.row, row);
  }
}

function afterJob(event: JsonRecord, row: RowState): RowState {
  const state = textAt(event, "state");
  const stage = numberAt(event, "stage");
  const isOver = state === "done" || state === "shared";
  const done = isOver && stage !== undefined ? new Set([...row.done, stage]) : row.done;
  if (state === "started") return { ...row, done, state: "running" };
  return { ...row, done, state: row.state === "running" ? "waiting" : row.state };
}

function resultOf(event: JsonRecord): Partial<SweepRow> {
  const keys = ["accuracy", "score", "bops", "memWBits", "density"] as const;
  return Object.fromEntries(
    keys.flatMap((key) => (numberAt(event, key) === undefined ? [] : [[key, numberAt(event, key)]])),
  );
}
