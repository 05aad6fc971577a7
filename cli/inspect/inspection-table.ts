/** An inspection for a person at a terminal. */
import type { Colors } from "../output/colors.js";
import { table, type Column } from "../output/table.js";
import { notesText } from "../evaluate/sentences.js";
import { leftOutText, unseenText } from "./sentences.js";
import { accumulatorColumns, activationColumns, weightColumns } from "./columns.js";
import type { Inspection } from "./inspect.js";

/** Weights, activations and accumulators, and what would need floating point on integer hardware. */
export function inspectionTable(inspection: Inspection, colors: Colors): string {
  const { samples, notFinite, weights, activations, accumulators, notes } = inspection;
  const section = <Row>(title: string, columns: readonly Column<Row>[], rows: readonly Row[]): string[] => {
    const [titles = "", ...lines] = rows.length === 0 ? [] : table([...columns], rows);
    return lines.length === 0 ? [] : [colors.bold(title), colors.dim(titles), ...lines, ""];
  };
  return [
    ...section("Weights", weightColumns, weights),
    ...section(`Activations, over ${samples} samples`, activationColumns, activations),
    ...(notFinite.length > 0 ? [colors.red(leftOutText(notFinite)), ""] : []),
    ...(samples === 0 ? [unseenText(notFinite), ""] : []),
    ...section("Accumulators", accumulatorColumns, accumulators),
    ...(notes.length > 0 ? [colors.bold("Not all integers"), ...notesText(notes), ""] : []),
  ].join("\n");
}
