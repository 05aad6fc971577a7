/** A sweep: its rows with what has become of them, and accuracy against score. */
import { formatBits, formatBops, formatScore, formatShare } from "../../../../shared/format.js";
import type { SweepRecord, SweepRow } from "../../panels/sweep-messages.js";
import "../common/base.css";
import { createChart, formatTick, markLines, ruler, valueAxis, type ChartContent } from "../common/chart.js";
import { element, perFrame, setText } from "../common/dom.js";
import { connect } from "../common/host.js";
import { createTable, numberColumn, type Column, type Sort } from "../common/table.js";
import type { Theme } from "../common/theme.js";
import "./sweep.css";

const host = connect<"sweep">(({ sweep }) => {
  record = sweep;
  render();
});

let record: SweepRecord | undefined;
let sort = readSort(host.kept);

const title = element("h1", { id: "sweep-model" });
const status = element("p", { id: "sweep-status", role: "status", class: "muted" });
const warnings = element("div", { id: "warnings" });
const pareto = createChart({ id: "pareto", title: "Accuracy against score", nothing: "No row is done yet." });
const rows = createTable<SweepRow>({
  id: "rows",
  label: "Rows",
  onSort(next) {
    sort = next;
    host.keep(sort);
    render();
  },
  onOpen: open,
});
let drawn: readonly SweepRow[] = [];
pareto.onPick((_, index) => {
  const row = drawn[index];
  if (row) open(row);
});
host.root.append(title, status, warnings, pareto.root, element("div", { class: "scroll" }, [rows.root]));

function open({ row }: SweepRow): void {
  host.post({ kind: "open", row });
}

const render = perFrame(() => {
  if (!record) return;
  setText(title, `Sweep of ${record.model}`);
  setText(status, statusOf(record));
  warnings.replaceChildren(...record.warnings.map((text) => element("p", { class: "notice" }, [text])));
  drawn = record.rows.filter(({ accuracy, score }) => accuracy !== undefined && score !== undefined);
  pareto.show(drawn.length === 0 ? undefined : paretoChart(record, drawn));
  rows.show({
    columns: columnsOf(record),
    rows: record.rows,
    sort,
    keyOf: ({ row }) => String(row),
    isSelected: (row) => row.pareto,
  });
});

function statusOf({ status: state, rows: all, total }: SweepRecord): string {
  const count = (wanted: string): number => all.filter((row) => row.state === wanted).length;
  const parts = ["done", "running", "waiting", "failed", "skipped"].flatMap((wanted) =>
    count(wanted) > 0 ? [`${count(wanted)} ${wanted}`] : [],
  );
  return `${state}: ${parts.join(", ") || "no rows yet"}${total === undefined ? "" : ` of ${total}`}`;
}

function paretoChart({ goal, scoreBudget }: SweepRecord, points: readonly SweepRow[]): (theme: Theme) => ChartContent {
  return (theme) => ({
    points: points.length,
    description: points.map((row) => `row ${row.row}: ${textOf(row)}`).join("; "),
    option: {
      xAxis: valueAxis(theme, "score", { scale: true, format: formatTick }),
      yAxis: valueAxis(theme, "accuracy", {
        scale: true,
        format: formatShare,
      }),
      series: [
        {
          id: "rows",
          type: "scatter",
          // What no other row beats is told apart by shape and size as well.
          data: points.map((row) => ({
            value: [row.score, row.accuracy],
            name: `row ${row.row}: ${textOf(row)}`,
            symbol: row.pareto ? "diamond" : "circle",
            symbolSize: row.pareto ? 14 : 8,
            itemStyle: { color: theme.series[row.pareto ? 1 : 0] },
          })),
          markLine: markLines([
            ...(goal === undefined ? [] : [ruler(theme, { yAxis: goal }, `goal ${formatShare(goal)}`)]),
            ...(scoreBudget === undefined
              ? []
              : [ruler(theme, { xAxis: scoreBudget }, `budget ${formatScore(scoreBudget)}`)]),
          ]),
        },
      ],
      tooltip: { renderMode: "richText", confine: true, formatter: ({ name }: { readonly name: string }) => name },
    },
  });
}

function textOf({ parameters, accuracy, score, pareto: best }: SweepRow): string {
  const values = Object.entries(parameters).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  const numbers = [accuracy === undefined ? "" : formatShare(accuracy), score === undefined ? "" : formatScore(score)];
  return [...values, ...numbers, ...(best ? ["not beaten by any other row"] : [])]
    .filter((text) => text !== "")
    .join(", ");
}

function columnsOf({ rows: all }: SweepRecord): Column<SweepRow>[] {
  const names = [...new Set(all.flatMap(({ parameters }) => Object.keys(parameters)))];
  return [
    { key: "row", label: "Row", text: ({ row }) => `row ${row}`, value: ({ row }) => row, isOpener: true },
    { key: "state", label: "State", text: ({ state }) => state },
    { key: "progress", label: "Progress", text: progressOf, value: ({ stagesDone }) => stagesDone },
    ...names.map((name): Column<SweepRow> => ({
      key: `parameter ${name}`,
      label: name,
      text: ({ parameters }) => plain(parameters[name]),
    })),
    numberColumn({ key: "accuracy", label: "Accuracy", of: ({ accuracy }) => accuracy, format: formatShare }),
    numberColumn({ key: "score", label: "Score", of: ({ score }) => score, format: formatScore }),
    numberColumn({ key: "bops", label: "Bit-operations", of: ({ bops }) => bops, format: formatBops }),
    numberColumn({ key: "memWBits", label: "Weight memory", of: ({ memWBits }) => memWBits, format: formatBits }),
    numberColumn({ key: "density", label: "Density", of: ({ density }) => density, format: formatShare }),
    { key: "pareto", label: "Best trade-off", text: ({ pareto: best }) => (best ? "yes" : "") },
    { key: "message", label: "Why", text: ({ message }) => message ?? "" },
  ];
}

function progressOf({ stage, stagesDone, stages, state }: SweepRow): string {
  const whole = `${stagesDone} of ${stages} stages`;
  return state === "running" && stage ? `${whole}, ${stage.name}: epoch ${stage.epoch} of ${stage.epochs}` : whole;
}

function plain(value: unknown): string {
  return value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
}

function readSort(kept: unknown): Sort {
  const { column, descending } = (kept ?? {}) as Partial<Sort>;
  return { column: typeof column === "string" ? column : "row", descending: descending === true };
}

host.post({ kind: "ready" });
