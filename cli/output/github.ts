/** Workflow commands of GitHub Actions: each finding becomes an annotation of the pull request. */
import type { Severity } from "../../shared/problems.js";
import type { CheckedFile, Finding } from "./findings.js";

const commands: Readonly<Record<Severity, string>> = {
  error: "error",
  warning: "warning",
  info: "notice",
  hint: "notice",
};

/** One `::error file=...,line=...::message` line per finding. */
export function githubReport(files: readonly CheckedFile[]): string {
  return files.flatMap(({ findings }) => findings.map(annotation)).join("\n");
}

function annotation(finding: Finding): string {
  const { range } = finding;
  const properties = {
    file: finding.file,
    ...(range && { line: range.start.line, endLine: range.end.line }),
    // GitHub refuses columns for an annotation of several lines.
    ...(range && range.start.line === range.end.line && { col: range.start.column, endColumn: range.end.column }),
    title: finding.code,
  };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  const place = finding.node === undefined ? "" : `${finding.node}: `;
  return `::${commands[finding.severity]} ${list.join(",")}::${escapeData(place + finding.message)}`;
}

/** The runner unescapes these three in a message. */
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** And these two more in a property, where they are separators. */
function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
