/** The dictionaries that the official tools print, beside each other. */
import type { NetworkRecord } from "../../../../shared/network-messages.js";
import { element } from "../common/dom.js";
import { createTable, type Column, type Sort } from "../common/table.js";
import { flavors, type Flavor } from "./view.js";

interface Row {
  readonly key: string;
  readonly values: Readonly<Record<Flavor, number | string | boolean | undefined>>;
}

export interface Official {
  readonly root: HTMLElement;
  show(network: NetworkRecord): void;
}

const unsorted: Sort = { column: "key", descending: false };

export function createOfficial(): Official {
  let sort = unsorted;
  let shown: NetworkRecord | undefined;
  const table = createTable<Row>({
    id: "official",
    label: "Official cost",
    onSort(next) {
      sort = next;
      render();
    },
  });
  const render = (): void => {
    if (shown) table.show({ columns, rows: rowsOf(shown), sort, keyOf: ({ key }) => key });
  };
  return {
    root: element("section", { class: "tab" }, [element("div", { class: "scroll rows" }, [table.root])]),
    show(network) {
      shown = network;
      render();
    },
  };
}

const columns: readonly Column<Row>[] = [
  { key: "key", label: "Entry", text: ({ key }) => key },
  ...flavors.map((flavor): Column<Row> => ({
    key: flavor,
    label: flavor,
    isNumber: true,
    text: ({ values }) => String(values[flavor] ?? ""),
  })),
];

/** The tools name scaled types differently, so that most entries are of one of them. */
function rowsOf({ costs }: NetworkRecord): Row[] {
  const keys = new Set(flavors.flatMap((flavor) => Object.keys(costs[flavor].official)));
  const valueOf = (flavor: Flavor, key: string) => costs[flavor].official[key];
  return [...keys].map((key) => ({
    key,
    values: { "finn-base": valueOf("finn-base", key), qonnx: valueOf("qonnx", key) },
  }));
}
