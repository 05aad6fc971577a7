/** Sortable tables whose rows are kept: showing new numbers touches only the cells that differ. */
import { element, setAttributes, setName, setText } from "./dom.js";

export interface Column<Row> {
  readonly key: string;
  readonly label: string;
  readonly text: (row: Row) => string;
  /** What the column is sorted by; its text where this is left out. */
  readonly value?: (row: Row) => number;
  readonly isNumber?: boolean;
  /** Its cells are buttons that open the row. */
  readonly isOpener?: boolean;
  readonly className?: (row: Row) => string;
}

/** A column of numbers. A row that has none (`undefined`) has an empty cell, and is sorted as `missing`. */
export function numberColumn<Row>({
  key,
  label,
  of,
  format,
  missing = -1,
}: {
  readonly key: string;
  readonly label: string;
  readonly of: (row: Row) => number | undefined;
  readonly format: (value: number) => string;
  readonly missing?: number;
}): Column<Row> {
  const text = (row: Row): string => {
    const value = of(row);
    return value === undefined ? "" : format(value);
  };
  return { key, label, isNumber: true, text, value: (row) => of(row) ?? missing };
}

export interface Sort {
  /** A column's key; rows are in their own order where there is no such column. */
  readonly column: string;
  readonly descending: boolean;
}

export interface TableContent<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly sort: Sort;
  readonly keyOf: (row: Row) => string;
  readonly isSelected?: (row: Row) => boolean;
}

export interface TableOptions<Row> {
  readonly id: string;
  /** For screen readers. */
  readonly label: string;
  readonly onSort: (sort: Sort) => void;
  readonly onOpen?: (row: Row) => void;
}

export interface Table<Row> {
  readonly root: HTMLElement;
  show(content: TableContent<Row>): void;
}

export function createTable<Row>({ id, label, onSort, onOpen }: TableOptions<Row>): Table<Row> {
  const head = element("tr");
  const body = element("tbody");
  const root = element("table", { id, "aria-label": label }, [element("thead", {}, [head]), body]);
  let shown: TableContent<Row> | undefined;
  let sorted: readonly Row[] = [];

  head.addEventListener("click", ({ target }) => {
    const column = target instanceof Element ? target.closest("th")?.dataset.column : undefined;
    if (column === undefined || !shown) return;
    const { sort: before } = shown;
    const sort = { column, descending: before.column === column ? !before.descending : false };
    // The next click may come before the next picture.
    shown = { ...shown, sort };
    onSort(sort);
  });
  body.addEventListener("click", ({ target }) => {
    const line = target instanceof Element && target.closest("button") ? target.closest("tr") : null;
    const row = line && sorted[[...body.rows].indexOf(line)];
    if (row) onOpen?.(row);
  });

  return {
    root,
    show(content) {
      const { columns, keyOf, isSelected } = content;
      showHead(head, columns, content.sort);
      shown = content;
      sorted = sortedRows(content);
      sorted.forEach((row, index) => {
        const line = body.rows[index] ?? body.insertRow();
        setAttributes(line, {
          "data-row": keyOf(row),
          "aria-selected": isSelected ? String(isSelected(row)) : undefined,
        });
        columns.forEach((column, position) => {
          showCell(line.cells[position] ?? line.insertCell(), column, row);
        });
        while (line.cells.length > columns.length) line.deleteCell(-1);
      });
      while (body.rows.length > sorted.length) body.deleteRow(-1);
    },
  };
}

/** Rows that compare equal stay in their order. */
export function sortedRows<Row>({ columns, rows, sort }: TableContent<Row>): readonly Row[] {
  const column = columns.find(({ key }) => key === sort.column);
  if (!column) return rows;
  const { value, text } = column;
  const ascending = value
    ? rows.toSorted((a, b) => value(a) - value(b))
    : rows.toSorted((a, b) => text(a).localeCompare(text(b), undefined, { numeric: true }));
  return sort.descending ? ascending.reverse() : ascending;
}

function showHead<Row>(head: HTMLTableRowElement, columns: readonly Column<Row>[], sort: Sort): void {
  columns.forEach(({ key, label, isNumber }, index) => {
    const cell = head.cells[index] ?? head.appendChild(element("th", { scope: "col" }, [element("button")]));
    const isSorted = key === sort.column;
    setAttributes(cell, {
      "data-column": key,
      "aria-sort": isSorted ? (sort.descending ? "descending" : "ascending") : "none",
      class: isNumber ? "number" : undefined,
    });
    const [button] = cell.children;
    if (button) setText(button, isSorted ? `${label} ${sort.descending ? "▾" : "▴"}` : label);
  });
  while (head.cells.length > columns.length) head.deleteCell(-1);
}

function showCell<Row>(cell: HTMLTableCellElement, column: Column<Row>, row: Row): void {
  const { text, isNumber, isOpener, className } = column;
  const names = [...(isNumber ? ["number"] : []), ...(className ? [className(row)] : [])].join(" ");
  if (cell.className !== names) cell.className = names;
  if (!isOpener) {
    if (cell.firstElementChild) cell.firstElementChild.remove();
    setText(cell, text(row));
    return;
  }
  if (!(cell.firstElementChild instanceof HTMLButtonElement)) {
    cell.replaceChildren(element("button", { class: "link", type: "button" }));
  }
  if (cell.firstElementChild) setName(cell.firstElementChild, text(row));
}
