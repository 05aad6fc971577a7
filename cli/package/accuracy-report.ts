/** The accuracy of a submission for readers: overall, by signal-to-noise ratio and by modulation. */
import { formatPercent } from "./criteria.js";
import type { EvaluationDocument, Tally } from "./evaluation-document.js";

/** Markdown. The numbers with their confusion matrices are in `evaluation.json`. */
export function accuracyReport({ model, data, accuracy, bySnr, byClass }: EvaluationDocument): string {
  return [
    `# Accuracy of ${cell(model)}`,
    "",
    `Measured by QuantLens on ${cell(data.name)}, ${accuracy.samples} of ${data.testSize} test frames: **${share(accuracy)}** (${accuracy.correct} correct).`,
    "",
    ...rows(
      "SNR (dB)",
      bySnr.map((row) => [String(row.snr), row]),
    ),
    "",
    ...rows(
      "modulation",
      byClass.map((row) => [row.class, row]),
    ),
    "",
  ].join("\n");
}

function rows(title: string, tallies: readonly (readonly [string, Tally])[]): readonly string[] {
  return [
    `| ${title} | frames | correct | accuracy |`,
    "| --- | ---: | ---: | ---: |",
    ...tallies.map(([name, row]) => `| ${cell(name)} | ${row.samples} | ${row.correct} | ${share(row)} |`),
  ];
}

function share({ correct, samples }: Tally): string {
  return formatPercent(samples === 0 ? 0 : correct / samples);
}

/** Names come from files: they must not end the cell or the line. */
function cell(text: string): string {
  return text.replace(/[\\|`*_<>[\]]/g, "\\$&").replace(/\s+/g, " ");
}
