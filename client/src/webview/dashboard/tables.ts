/** The numbers behind the curves, for reading. */
import { formatBits, formatBops, formatScore, formatShare } from "../../../../shared/format.js";
import type { EpochPoint, Measure } from "../../panels/dashboard-messages.js";
import { element } from "../common/dom.js";
import { createTable, numberColumn, type Column, type Sort } from "../common/table.js";
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

/** Of a stage as of an epoch. */
const accuracies: readonly Column<Pick<Measure, "test" | "validation">>[] = [
  numberColumn({ key: "test", label: "Test accuracy", of: ({ test }) => test, format: formatShare }),
  numberColumn({
    key: "validation",
    label: "Validation accuracy",
    of: ({ validation }) => validation,
    format: formatShare,
  }),
];

const stageColumns: readonly Column<MeasureRow>[] = [
  run,
  { key: "stage", label: "Stage", text: nameOf },
  ...accuracies,
  numberColumn({ key: "score", label: "Score", of: ({ score }) => score, format: formatScore }),
  numberColumn({ key: "bops", label: "Bit-operations", of: ({ bops }) => bops, format: formatBops }),
  numberColumn({ key: "memWBits", label: "Weight memory", of: ({ memWBits }) => memWBits, format: formatBits }),
  numberColumn({ key: "density", label: "Density", of: ({ density }) => density, format: formatShare }),
];

const epochColumns: readonly Column<EpochRow>[] = [
  run,
  { key: "stage", label: "Stage", text: ({ name }) => name },
  numberColumn({ key: "epoch", label: "Epoch", of: ({ epoch }) => epoch, format: String }),
  numberColumn({ key: "loss", label: "Loss", of: ({ loss }) => loss, format: (value) => value.toPrecision(4) }),
  numberColumn({
    key: "trainAccuracy",
    label: "Training accuracy",
    of: ({ trainAccuracy }) => trainAccuracy,
    format: formatShare,
  }),
  ...accuracies,
  numberColumn({ key: "lr", label: "Learning rate", of: ({ lr }) => lr, format: (value) => value.toPrecision(3) }),
];
