/** A difference of two models as a table and as JSON. */
import { formatChange, formatCount } from "../../shared/format.js";
import type { CostedModel } from "../../shared/analysis/cost-layers.js";
import { formatPreciseScore, formatScoreDifference } from "./scores.js";
import type { Amounts, LayerChange, ModelDifference } from "./diff-models.js";
import type { Colors } from "./colors.js";
import { table, type Column } from "./table.js";

/** The changed layers, the totals and the score. */
export function diffTable({ before, after, changed, unchanged }: ModelDifference, colors: Colors): string {
  const total: LayerChange = {
    name: "total",
    before: before.cost.totals,
    after: after.cost.totals,
    score: after.score - before.score,
  };
  const [titles = "", ...lines] = table(columns, [...changed, total]);
  const totals = lines.pop() ?? "";
  return [
    `${colors.bold("before")}  ${before.file}`,
    `${colors.bold("after ")}  ${after.file}`,
    "",
    colors.dim(titles),
    ...lines,
    colors.bold(totals),
    "",
    `${changed.length} of ${changed.length + unchanged} layers changed`,
    scoreLine(before, after, colors),
  ].join("\n");
}

const columns: Column<LayerChange>[] = [
  { title: "layer", align: "left", shorten: "middle", cell: ({ name }) => name },
  { title: "", align: "left", cell: ({ before, after }) => (before ? (after ? "" : "removed") : "added") },
  ...amountColumns("bops", "bit-ops", { before: 4, change: 2 }),
  ...amountColumns("memWBits", "weight bits", { before: 3, change: 1 }),
  { title: "score", align: "right", cell: ({ score }) => formatScoreDifference(score) },
];

function amountColumns(
  key: keyof Amounts,
  title: string,
  spare: { readonly before: number; readonly change: number },
): Column<LayerChange>[] {
  return [
    {
      title: `${title} before`,
      align: "right",
      spare: spare.before,
      cell: ({ before }) => (before ? formatCount(before[key]) : ""),
    },
    { title: `${title} after`, align: "right", cell: ({ after }) => (after ? formatCount(after[key]) : "") },
    {
      title: "",
      align: "right",
      spare: spare.change,
      cell: ({ before, after }) =>
        before && after && before[key] > 0 ? formatChange(after[key] / before[key] - 1) : "",
    },
  ];
}

function scoreLine(before: CostedModel, after: CostedModel, colors: Colors): string {
  const text = `score ${formatPreciseScore(before.score)} → ${formatPreciseScore(after.score)}`;
  const change = before.score > 0 ? ` (${formatChange(after.score / before.score - 1)})` : "";
  const paint = after.score > before.score ? colors.red : colors.green;
  return after.score === before.score ? `${text}${change}` : paint(`${text}${change}`);
}

/** Everything of the table as numbers. */
export function diffJson({ before, after, changed, unchanged }: ModelDifference): string {
  return JSON.stringify(
    {
      before: summary(before),
      after: summary(after),
      change: {
        score: after.score - before.score,
        bops: after.cost.totals.bops - before.cost.totals.bops,
        memWBits: after.cost.totals.memWBits - before.cost.totals.memWBits,
      },
      layers: changed.map(({ name, before: old, after: current, score }) => ({
        name,
        before: old ?? null,
        after: current ?? null,
        score,
      })),
      unchanged,
    },
    undefined,
    2,
  );
}

function summary({ file, graph, score, cost: { flavor, discountSparsity, totals } }: CostedModel): object {
  return { file, model: graph.name, flavor, discountSparsity, score, ...totals };
}
