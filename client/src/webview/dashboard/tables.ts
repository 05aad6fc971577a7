/** The numbers behind the curves, for reading. */
import { formatBits, formatBops, formatScore, formatShare } from "../../../../shared/format.js";
import type { EpochPoint, Measure } from "../../panels/dashboard-messages.js";
import { element } from "../common/dom.js";
import { createTable, type Column, type Sort } from "../common/table.js";
import type { DrawnRun } from "./curves.js";
import { nameOf } from "./measures.js";

export interface Tables {
  readonly root: HTMLElement;
  show(runs: readonly DrawnRun[]): void;
}

/** Rows that a table has at most: the latest. */
const maxRows = 500;

interface EpochRow extends EpochPoint {
  readonly label: string;
}

interface MeasureRow extends Measure {
  readonly label: string;
}

export function createTables(): Tables {
  const stages = sortedTable<MeasureRow>("stages", "Stages", stageColumns, (row) => `${row.label} ${nameOf(row)}`);
  const epochs = sortedTable<EpochRow>("epochs", "Epochs", epochColumns, ({ label, at }) => `${label} ${at}`);
  const details = element("details", {}, [element("summary", {}, ["Epochs"]), epochs.root]);
  let latest: readonly DrawnRun[] = [];
  const showEpochs = (): void => {
    if (details.open)
      epochs.show(
        latest.flatMap(({ data, label }) => data.epochs.slice(-maxRows).map((point) => ({ ...point, label }))),
      );
  };
  details.addEventListener("toggle", showEpochs);
  return {
    root: element("section", { class: "tables", "aria-label": "Numbers" }, [
      element("h2", {}, ["Stages"]),
      stages.root,
      details,
    ]),
    show(runs) {
      latest = runs;
      stages.show(runs.flatMap(({ data, label }) => data.measures.map((point) => ({ ...point, label }))));
      showEpochs();
    },
  };
}

function sortedTable<Row>(id: string, label: string, columns: readonly Column<Row>[], keyOf: (row: Row) => string) {
  let sort: Sort = { column: "", descending: false };
  let rows: readonly Row[] = [];
  const table = createTable<Row>({
    id,
    label,
    onSort(next) {
      sort = next;
      table.show({ columns, rows, sort, keyOf });
    },
  });
  return {
    root: element("div", { class: "scroll" }, [table.root]),
    show(next: readonly Row[]) {
      rows = next;
      table.show({ columns, rows, sort, keyOf });
    },
  };
}

const run: Column<{ readonly label: string }> = { key: "run", label: "Run", text: ({ label }) => label };

function share<Row>(key: string, label: string, of: (row: Row) => number | undefined): Column<Row> {
  return {
    key,
    label,
    isNumber: true,
    text: (row) => {
      const value = of(row);
      return value === undefined ? "" : formatShare(value);
    },
    value: (row) => of(row) ?? -1,
  };
}

function amount<Row>(
  key: string,
  label: string,
  of: (row: Row) => number,
  format: (value: number) => string,
): Column<Row> {
  return { key, label, isNumber: true, text: (row) => format(of(row)), value: of };
}

const stageColumns: readonly Column<MeasureRow>[] = [
  run,
  { key: "stage", label: "Stage", text: nameOf },
  share("test", "Test accuracy", ({ test }) => test),
  share("validation", "Validation accuracy", ({ validation }) => validation),
  amount("score", "Score", ({ score }) => score, formatScore),
  amount("bops", "Bit-operations", ({ bops }) => bops, formatBops),
  amount("memWBits", "Weight memory", ({ memWBits }) => memWBits, formatBits),
  share("density", "Density", ({ density }) => density),
];

const epochColumns: readonly Column<EpochRow>[] = [
  run,
  { key: "stage", label: "Stage", text: ({ name }) => name },
  amount("epoch", "Epoch", ({ epoch }) => epoch, String),
  amount(
    "loss",
    "Loss",
    ({ loss }) => loss,
    (value) => value.toPrecision(4),
  ),
  share("trainAccuracy", "Training accuracy", ({ trainAccuracy }) => trainAccuracy),
  share("test", "Test accuracy", ({ test }) => test),
  share("validation", "Validation accuracy", ({ validation }) => validation),
  amount(
    "lr",
    "Learning rate",
    ({ lr }) => lr,
    (value) => value.toPrecision(3),
  ),
];
