/** `report.html`: a sweep as one page that needs nothing else. */
import { formatCount } from "../../../shared/format.js";
import { formatPreciseScore } from "../../output/scores.js";
import type { Column } from "../../output/table.js";
import { html, type Html } from "../../report/html.js";
import { dataTable, facts, figure, page, type Section } from "../../report/page.js";
import { scatterChart, type ScatterPoint } from "../../report/scatter-chart.js";
import { formatAccuracy, formatDuration } from "../../train/run/terminal.js";
import { parametersText } from "../rows.js";
import { shownColumns } from "./columns.js";
import type { ResultRow, SweepResults } from "./results.js";

/** More rows are in the tables beside the page. */
const mostRows = 2000;

type DoneRow = ResultRow & Required<Pick<ResultRow, "accuracy" | "score" | "bops" | "memWBits" | "density">>;

/** `varied`: the parameters in which rows differ. */
export function sweepReport(results: SweepResults, varied: readonly string[]): string {
  const done = results.rows.filter(isDone);
  const front = done.filter(({ pareto }) => pareto).toSorted((a, b) => a.score - b.score);
  const lead = html`<p class="faint">${results.rows.length} rows by ${results.sampler}, ${results.status}</p>
    ${facts(headline(results, done, front))}`;
  const sections: Section[] = [
    ...(front.length > 0 ? [frontSection(done, front, varied)] : []),
    { id: "rows", title: "All rows", content: rowsTable(results, varied) },
    ...messagesSection(results, varied),
  ];
  return page(`Sweep of ${results.model}`, lead, sections);
}

function headline({ rows, total }: SweepResults, done: readonly DoneRow[], front: readonly DoneRow[]) {
  const count = (state: ResultRow["state"]): string => formatCount(rows.filter((row) => row.state === state).length);
  const [cheapest, best] = [front[0], front.at(-1)];
  return [
    {
      name: "rows done",
      value: formatCount(done.length),
      ...(total !== undefined && { more: `of ${formatCount(total)}` }),
    },
    { name: "skipped / failed", value: `${count("skipped")} / ${count("failed")}` },
    ...(best ? [{ name: "highest accuracy", value: formatAccuracy(best.accuracy), more: `row ${best.row}` }] : []),
    ...(cheapest
      ? [{ name: "lowest score", value: formatPreciseScore(cheapest.score), more: `row ${cheapest.row}` }]
      : []),
    { name: "computing", value: formatDuration(secondsOf(rows)), more: "stages that rows share counted once" },
  ];
}

function secondsOf(rows: readonly ResultRow[]): number {
  return rows.reduce((sum, { stages }) => sum + stages.reduce((own, { seconds = 0 }) => own + seconds, 0), 0);
}

function frontSection(done: readonly DoneRow[], front: readonly DoneRow[], varied: readonly string[]): Section {
  const point = (row: DoneRow): ScatterPoint => ({
    x: row.score,
    y: row.accuracy,
    label: String(row.row),
    title: `row ${row.row} (${parametersText(row.parameters, varied)}): ${formatAccuracy(row.accuracy)}, score ${formatPreciseScore(row.score)}`,
  });
  const [cheapest, best] = [front[0], front.at(-1)];
  const chart = scatterChart({
    xTitle: "score (lower is better)",
    yTitle: "accuracy",
    description: `Accuracy over score of ${done.length} rows; the front goes from row ${cheapest?.row ?? 0} to row ${best?.row ?? 0}.`,
    others: { name: "rows", points: done.filter(({ pareto }) => !pareto).map(point) },
    front: { name: "Pareto front", points: front.map(point) },
  });
  const links = front.map(({ row, folder = "" }) => html`<a href="${folder}/report.html">row ${row}</a> `);
  return {
    id: "front",
    title: "Pareto front",
    content: html`${figure("Rows that no other row beats in accuracy and score, by their numbers", chart)}
      ${dataTable("From the cheapest to the most accurate", columns(varied), front)}
      <p>Reports: ${links}</p>`,
  };
}

function columns(varied: readonly string[]): readonly Column<ResultRow>[] {
  return shownColumns<ResultRow>(varied, (row) => (isDone(row) ? row : undefined));
}

function isDone(row: ResultRow): row is DoneRow {
  return row.accuracy !== undefined && row.score !== undefined;
}

function rowsTable({ rows }: SweepResults, varied: readonly string[]): Html {
  const all: readonly Column<ResultRow>[] = [
    ...columns(varied),
    { title: "state", align: "left", cell: ({ state }) => state },
    { title: "front", align: "left", cell: ({ pareto }) => (pareto ? "yes" : "") },
  ];
  const note =
    rows.length > mostRows
      ? html`<p>The first ${formatCount(mostRows)} rows; all are in results.csv and results.ods.</p>`
      : undefined;
  return html`${note}${dataTable("In the order in which they were chosen", all, rows.slice(0, mostRows))}`;
}

function messagesSection({ rows }: SweepResults, varied: readonly string[]): readonly Section[] {
  const told = rows.filter(({ message }) => message !== undefined).slice(0, mostRows);
  if (told.length === 0) return [];
  const table: readonly Column<ResultRow>[] = [
    { title: "row", align: "right", cell: ({ row }) => String(row) },
    { title: "parameters", align: "left", cell: ({ parameters }) => parametersText(parameters, varied) },
    { title: "state", align: "left", cell: ({ state }) => state },
    { title: "why", align: "left", cell: ({ message }) => message ?? "" },
  ];
  return [
    { id: "messages", title: "Skipped and failed", content: dataTable("What did not run to its end", table, told) },
  ];
}
