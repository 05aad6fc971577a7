/** Findings for a person at a terminal: place, severity, code, sentence, and the line of source with a marker. */
import type { Severity } from "../../shared/problems.js";
import type { CheckedFile, Finding } from "./findings.js";
import { lineText } from "./positions.js";
import type { Colors } from "./colors.js";

/** Longer lines are not quoted: they are generated code. */
const longestQuotedLine = 200;

/** All findings and a closing count. `textOf` gives the source of a shown path. */
export function prettyReport(
  files: readonly CheckedFile[],
  colors: Colors,
  textOf: (file: string) => string | undefined,
): string {
  const findings = files.flatMap((file) => file.findings);
  const blocks = findings.map((finding) => block(finding, colors, textOf(finding.file)));
  return [...blocks, summary(findings, colors)].join("\n");
}

function block(finding: Finding, colors: Colors, text: string | undefined): string {
  const place = placeText(finding);
  const paint = painter(finding.severity, colors);
  const lines = [
    `${colors.bold(printable(place))} ${paint(finding.severity)} ${colors.dim(finding.code)}`,
    `  ${printable(finding.message)}`,
    ...(text === undefined ? [] : quote(finding, text, paint, colors)),
    ...finding.fixes.map((title) => `  ${colors.dim("fix:")} ${printable(title)}`),
  ];
  return `${lines.join("\n")}\n`;
}

function placeText({ file, range, node }: Finding): string {
  if (range) return `${file}:${range.start.line}:${range.start.column}`;
  return node === undefined ? file : `${file} (${node})`;
}

/** The line that the finding begins on, and a marker below the range. */
function quote(finding: Finding, text: string, paint: (text: string) => string, colors: Colors): string[] {
  if (finding.range === undefined) return [];
  const { start, end } = finding.range;
  const line = lineText(text, start.line);
  if (line.length > longestQuotedLine) return [];
  const endColumn = end.line === start.line ? end.column : line.length + 1;
  const number = String(start.line);
  const indent = line.slice(0, start.column - 1).replace(/[^\t]/g, " ");
  const marker = "^".repeat(Math.max(1, endColumn - start.column));
  return [
    `  ${colors.dim(`${number} |`)} ${printable(line)}`,
    `  ${colors.dim(`${" ".repeat(number.length)} |`)} ${indent}${paint(marker)}`,
  ];
}

function painter(severity: Severity, colors: Colors): (text: string) => string {
  switch (severity) {
    case "error":
      return colors.red;
    case "warning":
      return colors.yellow;
    case "info":
    case "hint":
      return colors.cyan;
  }
}

function summary(findings: readonly Finding[], colors: Colors): string {
  if (findings.length === 0) return colors.green("no problems found");
  const count = (...severities: Severity[]) => findings.filter(({ severity }) => severities.includes(severity)).length;
  const parts = [
    plural(count("error"), "error"),
    plural(count("warning"), "warning"),
    plural(count("info", "hint"), "remark"),
  ];
  return parts.join(", ");
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Text from a file with control characters (terminal escapes among them) made harmless; tabs stay. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are the point
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, "\ufffd");
}
