/** What the status bar says, as plain text. */
import { formatBits, formatBops, formatScore } from "../../shared/format.js";
import { showValue } from "./parameter-values.js";
import type { ModelSummary, ServerStatus } from "../../shared/messages.js";

export interface StatusText {
  readonly text: string;
  /** Markdown. */
  readonly tooltip: string;
  readonly isError: boolean;
}

/** `summary` is of the model in the active editor; it is absent while the model has never run. */
export function statusText(server: ServerStatus, summary: ModelSummary | undefined, fresh: boolean): StatusText {
  if (server.state === "error") {
    const message = server.message ?? "The language server does not work.";
    return { text: "$(error) QuantLens", tooltip: `${message} Click for the log.`, isError: true };
  }
  if (server.state === "starting") {
    return { text: "$(loading~spin) QuantLens", tooltip: "The language server is starting.", isError: false };
  }
  if (summary === undefined) {
    return { text: "$(graph) QuantLens", tooltip: "The model in this editor has no cost yet.", isError: false };
  }
  const limit = summary.budget?.score === undefined ? "" : ` / ${formatScore(summary.budget.score)}`;
  const icon = server.state === "busy" ? "$(loading~spin)" : "$(graph)";
  const text = `${icon} ${formatScore(summary.score)}${limit}`;
  return { text, tooltip: modelTooltip(summary, fresh), isError: false };
}

function modelTooltip(summary: ModelSummary, fresh: boolean): string {
  const { name, score, bops, memWBits, weights, budget, parameters } = summary;
  const lines = [
    `**${name}**${fresh ? "" : " (as of the last text that ran)"}`,
    `Score ${formatScore(score)}${budget?.score === undefined ? "" : ` of a budget of ${formatScore(budget.score)}`}`,
    `${formatBops(bops)}, ${formatBits(memWBits)} of weights`,
    ...(parameters
      ? [`Parameters: ${parameters.map((each) => `${each.name} ${showValue(each.value)}`).join(", ")}`]
      : []),
    weights === undefined ? "Dense: no weights are selected." : weightsLine(weights),
  ];
  return lines.join("\n\n");
}

function weightsLine({ uri, stale }: NonNullable<ModelSummary["weights"]>): string {
  const name = decodeURIComponent(uri.slice(uri.lastIndexOf("/") + 1));
  return `Weights: ${name}${stale ? " (stale: the architecture has changed since)" : ""}`;
}
