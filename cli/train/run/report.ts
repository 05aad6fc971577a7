/** What a run came to: `report.json`, and the table at its end. */
import path from "node:path";
import { formatCount, formatShare } from "../../../shared/format.js";
import type { CostFlavor } from "../../../shared/graph/datatype.js";
import { writeFileAtomic } from "../../output/atomic-file.js";
import { formatPreciseScore } from "../../output/scores.js";
import { table, type Column } from "../../output/table.js";
import type { AttemptRecord, RunState, StageRecord } from "../checkpoint/state.js";
import type { Accuracy, RunStatus } from "../events/events.js";
import { runFiles, type RunManifest } from "./folder.js";
import { formatAccuracy, formatDuration } from "./terminal.js";

export interface RunReport {
  readonly schema: 1;
  readonly status: RunStatus;
  readonly tool: string;
  readonly model: { readonly name: string; readonly sha256: string };
  readonly data: RunManifest["data"];
  readonly settings: RunManifest["settings"];
  readonly seed: number;
  readonly attempt: number;
  /** Training and evaluation of all epochs, in seconds. */
  readonly seconds: number;
  readonly stages: readonly StageRecord[];
  /** Attempts that missed the goal. */
  readonly missed: readonly AttemptRecord[];
}

/** Writes `report.json`. */
export function writeReport(folder: string, report: RunReport): void {
  writeFileAtomic(path.join(folder, runFiles.report), `${JSON.stringify(report, undefined, 2)}\n`);
}

export function reportOf(
  manifest: RunManifest,
  { seed, attempt, stages, missed }: RunState,
  { status, seconds }: { readonly status: RunStatus; readonly seconds: number },
): RunReport {
  const { tool, data, settings } = manifest;
  const { name, sha256 } = manifest.model;
  return { schema: 1, status, tool, model: { name, sha256 }, data, settings, seed, attempt, seconds, stages, missed };
}

/** A row per stage, with the columns of the challenge winner's table: accuracy after pruning and at its best, and the cost. */
export function reportTable({ stages, settings, seconds }: RunReport): string {
  const rows = table(columns(settings.flavor), stages);
  return [...rows, "", `${formatDuration(seconds)} of training and evaluation`].join("\n");
}

function columns(flavor: CostFlavor): readonly Column<StageRecord>[] {
  const price = ({ network }: StageRecord) => network.cost[flavor];
  const share = (part: keyof Accuracy, accuracy: Accuracy | undefined) => {
    const value = accuracy?.[part];
    return value === undefined ? "" : formatAccuracy(value);
  };
  return [
    { title: "stage", align: "left", shorten: "end", cell: ({ name }) => name },
    { title: "epochs", align: "right", spare: 4, cell: ({ epochs }) => (epochs === 0 ? "" : String(epochs)) },
    {
      title: "pruned: validation",
      align: "right",
      spare: 1,
      cell: ({ pruned }) => share("validation", pruned.at(-1)?.accuracy),
    },
    { title: "pruned: test", align: "right", spare: 3, cell: ({ pruned }) => share("test", pruned.at(-1)?.accuracy) },
    {
      title: "best: validation",
      align: "right",
      spare: 2,
      cell: ({ bestAccuracy }) => share("validation", bestAccuracy),
    },
    { title: "best: test", align: "right", spare: 6, cell: ({ bestAccuracy }) => share("test", bestAccuracy) },
    { title: "last: test", align: "right", cell: ({ accuracy }) => share("test", accuracy) },
    { title: "density", align: "right", spare: 5, cell: ({ network }) => formatShare(network.density) },
    { title: "bit-ops", align: "right", cell: (stage) => formatCount(price(stage).bops) },
    { title: "weight bits", align: "right", cell: (stage) => formatCount(price(stage).memWBits) },
    { title: "score", align: "right", cell: (stage) => formatPreciseScore(price(stage).score) },
  ];
}
