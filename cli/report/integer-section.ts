/** The report's page on the network in integers. */
import { formatCount } from "../../shared/format.js";
import { accumulatorColumns, codeColumns, disagreementColumns, tallyText } from "../evaluate/columns.js";
import type { IntegerComparison } from "../evaluate/integer/compare.js";
import type { FloatNote } from "../evaluate/integer/form.js";
import { overall } from "../evaluate/metrics.js";
import { html, type Html } from "./html.js";
import { dataTable, type Section } from "./page.js";

export function integerSection(comparison: IntegerComparison, classes: readonly string[]): Section {
  const { integer, disagreements, layers, accumulators, notes } = comparison;
  const { samples, ...rest } = overall(integer);
  return {
    id: "integer",
    title: "Integer arithmetic",
    content: html`<p>
        In integers the network recognises ${tallyText({ samples, ...rest })}. It gives another class than in floating
        point for ${formatCount(disagreements.length)} of ${formatCount(samples)} samples.
      </p>
      ${notesList(notes)} ${dataTable("Codes that differ between the two paths", codeColumns, layers)}
      ${dataTable("Accumulators", accumulatorColumns, accumulators)}
      ${
        disagreements.length === 0
          ? undefined
          : dataTable("Samples on which the paths disagree", disagreementColumns(classes), disagreements)
      }`,
  };
}

/** Where the arithmetic is not all integers. */
export function notesList(notes: readonly FloatNote[]): Html | undefined {
  if (notes.length === 0) return undefined;
  return html`<p>Not all integers:</p>
    <ul>
      ${notes.map(({ node, reason }) => html`<li><code>${node}</code>: ${reason}</li>`)}
    </ul>`;
}
