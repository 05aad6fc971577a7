/** What an item of the model tree says, as plain text and Markdown. */
import { formatBits, formatBops, formatMacs, formatScore, formatShape, formatShare } from "../../../shared/format.js";
import type { ModelSummary, ModelTree, ModelTreeNode, TreeFinding } from "../../../shared/messages.js";

export interface FindingCounts {
  readonly errors: number;
  readonly warnings: number;
}

/** Behind the name: shape, costs and share. */
export function nodeDescription({ outputShape, bops, memWBits, share }: ModelTreeNode): string {
  return [
    ...(outputShape ? [formatShape(outputShape)] : []),
    ...(bops > 0 ? [formatBops(bops), formatShare(share)] : []),
    ...(memWBits > 0 ? [formatBits(memWBits)] : []),
  ].join(" · ");
}

/** Markdown, without the finding's own text being read as such: see `escape`. */
export function nodeTooltip(node: ModelTreeNode): string {
  const { label, macs, bops, memWBits, share } = node;
  const cost =
    bops === 0 && memWBits === 0
      ? "Costs nothing."
      : `${formatMacs(macs)}, ${formatBops(bops)} (${formatShare(share)} of the model), ${formatBits(memWBits)} of weights`;
  return [`**${escape(label)}**`, cost, ...findingLines(node.findings)].join("\n\n");
}

/** Behind the model's name: score, and budget where there is one. */
export function modelDescription({ score, budget }: ModelSummary, fresh: boolean): string {
  const limit = budget?.score === undefined ? "" : ` of ${formatScore(budget.score)}`;
  return `score ${formatScore(score)}${limit}${fresh ? "" : " · as of the last text that ran"}`;
}

/** Findings, the gravest first, each on a line of its own. */
export function findingLines(findings: readonly TreeFinding[]): string[] {
  const order = ["error", "warning", "info", "hint"] as const;
  const sorted = [...findings].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  return sorted.map(({ severity, code, message }) => `${icons[severity]} ${escape(message)} (${code})`);
}

const icons = { error: "$(error)", warning: "$(warning)", info: "$(info)", hint: "$(lightbulb)" } as const;

/** The gravest severity below a node, the node included; `undefined` where nothing is worse than a remark. */
export function worstBelow(node: ModelTreeNode): "error" | "warning" | undefined {
  const { errors, warnings } = countFindings([node], []);
  if (errors > 0) return "error";
  return warnings > 0 ? "warning" : undefined;
}

/** All errors and warnings of a model: each finding once, at however many calls it stands. */
export function findingCounts({ nodes, findings }: Pick<ModelTree, "nodes" | "findings">): FindingCounts {
  return countFindings(nodes, findings);
}

function countFindings(nodes: readonly ModelTreeNode[], findings: readonly TreeFinding[]): FindingCounts {
  const distinct = new Map<string, TreeFinding>();
  const collect = (found: readonly TreeFinding[], below: readonly ModelTreeNode[]): void => {
    for (const finding of found) distinct.set(`${finding.severity} ${finding.code} ${finding.message}`, finding);
    for (const node of below) collect(node.findings, node.children);
  };
  collect(findings, nodes);
  const count = (wanted: string) => [...distinct.values()].filter(({ severity }) => severity === wanted).length;
  return { errors: count("error"), warnings: count("warning") };
}

/** What the view's badge says. */
export function badgeTooltip({ errors, warnings }: FindingCounts): string {
  const parts = [
    ...(errors > 0 ? [plural(errors, "error")] : []),
    ...(warnings > 0 ? [plural(warnings, "warning")] : []),
  ];
  return parts.join(", ");
}

/** Names and messages come from the model file: nothing in them may be Markdown. */
export function escape(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-!|<>~$]/g, String.raw`\$&`);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
