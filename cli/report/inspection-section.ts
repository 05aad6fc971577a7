/** The report's pages on what quantisation does to each layer. */
import { formatCount } from "../../shared/format.js";
import { accumulatorColumns, activationColumns, decibels, weightColumns } from "../inspect/columns.js";
import type { Inspection } from "../inspect/inspect.js";
import { leftOutText, unseenText } from "../inspect/sentences.js";
import type { Histogram, TensorQuality } from "../inspect/tensor-quality.js";
import { histogramChart } from "./charts.js";
import { html, type Html } from "./html.js";
import { notesList } from "./integer-section.js";
import { dataTable, figure, type Section } from "./page.js";

export function inspectionSections({
  samples,
  notFinite,
  weights,
  activations,
  accumulators,
  notes,
}: Inspection): Section[] {
  const leftOut = notFinite.length > 0 ? html`<p class="missed">${leftOutText(notFinite)}</p>` : undefined;
  return [
    {
      id: "weights",
      title: "Weights",
      content: [dataTable("Weights behind their quantisers", weightColumns, weights), histograms(weights)],
    },
    {
      id: "activations",
      title: "Activations",
      content:
        samples === 0
          ? [leftOut, html`<p>${unseenText(notFinite)}</p>`]
          : [
              leftOut,
              dataTable(`Activations over ${formatCount(samples)} samples`, activationColumns, activations),
              histograms(activations),
            ],
    },
    {
      id: "accumulators",
      title: "Accumulators",
      content: [dataTable("Bits that accumulators need", accumulatorColumns, accumulators), notesList(notes)],
    },
  ];
}

function histograms(qualities: readonly (TensorQuality & { readonly layer: string })[]): Html {
  return html`<h3>Histograms of the codes, on a logarithmic scale</h3>
    <div class="grid">
      ${qualities.map((quality) => figure(`${quality.layer}: ${decibels(quality.sqnr)}`, histogram(quality)))}
    </div>`;
}

function histogram({
  layer,
  histogram: { first, width, counts },
  unused,
  codes,
}: TensorQuality & { layer: string }): Html {
  const labels = counts.map((_, bin) => binLabel({ first, width, counts }, bin));
  return histogramChart({
    description: `Histogram of the ${codes} codes of ${layer}, ${unused} of which are unused.`,
    labels: counts.map((_, bin) => String(first + bin * width)),
    counts,
    titles: counts.map((count, bin) => `${labels[bin] ?? ""}: ${formatCount(count)}`),
  });
}

function binLabel({ first, width }: Histogram, bin: number): string {
  const start = first + bin * width;
  return width === 1 ? `code ${start}` : `codes ${start} to ${start + width - 1}`;
}
