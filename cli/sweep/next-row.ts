/** The rows of a sweep one after another: those that are not over, then what the sampler thinks of. */
import { addRows, readRows } from "./folder/rows-file.js";
import type { SweepManifest } from "./folder/manifest.js";
import type { SweepView } from "./folder/sweep-view.js";
import type { SweepRow } from "./rows.js";
import type { TableLine } from "./begin-table.js";
import type { SampledRow, Sampler } from "./samplers/sampler.js";
import { samplerOf } from "./samplers/samplers.js";

/** Rows that are known from the start are asked for in such portions. */
const portion = 1000;

export interface RowSource {
  readonly next: () => SweepRow | "wait" | "done";
  /** Rows in all, where that does not depend on results. */
  readonly total: number | undefined;
}

/** `view` is kept up to date by the caller. Rows that failed before are tried again. */
export function rowSource(folder: string, { sweep }: Pick<SweepManifest, "sweep">, view: SweepView): RowSource {
  const sampler: Sampler = samplerOf(sweep.sampler);
  const { vary, budget } = sweep;
  const { options } = sweep.sampler;
  const total = sampler.total({ vary, options });
  const rows = [...readRows(folder)];
  const isOver = ({ row }: SweepRow): boolean => ["done", "skipped"].includes(view.rows.get(row)?.state ?? "");
  const lines = Array.isArray(options.lines) ? (options.lines as readonly TableLine[]) : [];
  let queue = rows.filter((row) => !isOver(row));
  let at = 0;
  const propose = (): "rows" | "wait" | "done" => {
    const sampled = rows.map((row) => sampledRow(row, view));
    const wanted = total === undefined ? 1 : portion;
    const proposal = sampler.propose({ vary, options, rows: sampled, wanted, ...(budget && { budget }) });
    if (proposal.kind !== "rows") return proposal.kind;
    queue = proposal.rows.map((parameters, index) => {
      const row = rows.length + index + 1;
      return { row, parameters, ...lines[row - 1] };
    });
    at = 0;
    addRows(folder, queue);
    rows.push(...queue);
    return "rows";
  };
  const next = (): SweepRow | "wait" | "done" => {
    const row = queue[at];
    if (row !== undefined) {
      at++;
      return row;
    }
    const proposed = propose();
    return proposed === "rows" ? next() : proposed;
  };
  return { next, total };
}

function sampledRow({ row, parameters }: SweepRow, view: SweepView): SampledRow {
  const { state = "waiting", result } = view.rows.get(row) ?? {};
  return {
    row,
    parameters,
    state: state === "running" || state === "waiting" ? "pending" : state,
    ...(result && { result }),
  };
}
