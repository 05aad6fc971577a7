/** The lens of the last export: what it cost, when it was made, and whether the model is still the same. */
import type { Command } from "vscode-languageserver";
import { formatAgo, formatBits, formatBops, formatChange, formatScore } from "../../../../shared/format.js";
import { clientCommands, type ExportAgainArgument } from "../../../../shared/command-messages.js";
import { baseName } from "../../host/uris.js";
import type { ModelExport } from "../../models/export-store.js";

/** `exported net.onnx 2 min ago · score 0.01621 · 19.24 Mbop · 10.7 kb · unchanged since`. */
export function exportTitle({ record, outputUri, age, changed, change }: ModelExport): string {
  const { score, bops, memWBits } = record;
  return [
    `exported ${baseName(outputUri)} ${formatAgo(age)}`,
    `score ${formatScore(score, 4)}`,
    formatBops(bops, 4),
    formatBits(memWBits, 4),
    since(changed, change),
  ].join(" · ");
}

function since(changed: ModelExport["changed"], change: number | undefined): string {
  if (changed.length === 0) return "unchanged since";
  const what = changed.join(" and ");
  return `${what} changed since export${change === undefined ? "" : `: ${formatChange(change)}`}`;
}

/** A click shows the file's costs; what has changed can be exported again. `model` is the model file's URI. */
export function exportCommands(found: ModelExport, model: string): Command[] {
  const { outputUri, weightsUri, record, changed } = found;
  const show = { title: exportTitle(found), command: clientCommands.openOnnx, arguments: [{ uri: outputUri }] };
  if (changed.length === 0) return [show];
  const again: ExportAgainArgument = {
    uri: model,
    output: outputUri,
    format: record.format,
    ...(weightsUri !== undefined && { weights: weightsUri }),
  };
  return [show, { title: "Export Again", command: clientCommands.export, arguments: [again] }];
}
