/** Findings for a person at a terminal: place, severity, code, sentence, and the line of source with a marker. */
import type { Severity } from "../../shared/problems.js";
import type { CheckedFile, Finding } from "./findings.js";
import { lineText } from "./positions.js";
import type { Colors } from "./colors.js";
import { printable } from "../../shared/printable.js";
import { resultWidth } from "./streams.js";

/** Longer lines are not quoted: they are generated code. */
const longestQuotedLine = 200;

/** What a tab takes at the most beside its own character. */
const TAB = 7;

/** Of a line of source, however narrow the terminal. */
const SHORTEST = 16;

interface ReportStyle {
  readonly colors: Colors;
  /** Characters of a line, for the lines of source; sentences are left to the terminal. */
  readonly width: number;
}

/** All findings and a closing count. `textOf` gives the source of a shown path. */
export function prettyReport(
  files: readonly CheckedFile[],
  colors: Colors,
  textOf: (file: string) => string | undefined,
  { width = resultWidth() }: { readonly width?: number } = {},
): string {
  const findings = files.flatMap((file) => file.findings);
  const blocks = findings.map((finding) => block(finding, { colors, width }, textOf(finding.file)));
  return [...blocks, summary(findings, colors)].join("\n");
}

function block(finding: Finding, style: ReportStyle, text: string | undefined): string {
  const { colors } = style;
  const place = placeText(finding);
  const paint = painter(finding.severity, colors);
  const lines = [
    `${colors.bold(printable(place))} ${paint(finding.severity)} ${colors.dim(finding.code)}`,
    `  ${printable(finding.message)}`,
    ...(text === undefined ? [] : quote(finding, text, paint, style)),
    ...finding.fixes.map((title) => `  ${colors.dim("fix:")} ${printable(title)}`),
  ];
  return `${lines.join("\n")}\n`;
}

function placeText({ file, range, node }: Finding): string {
  if (range) return `${file}:${range.start.line}:${range.start.column}`;
  return node === undefined ? file : `${file} (${node})`;
}

/** The line that the finding begins on, and a marker below the range; of a long line what is around the range. */
function quote(
  finding: Finding,
  text: string,
  paint: (text: string) => string,
  { colors, width }: ReportStyle,
): string[] {
  if (finding.range === undefined) return [];
  const { start, end } = finding.range;
  const line = lineText(text, start.line);
  if (line.length > longestQuotedLine) return [];
  const number = String(start.line);
  const endColumn = end.line === start.line ? end.column : line.length + 1;
  const range = { start: start.column - 1, end: Math.max(start.column, endColumn - 1) };
  const beside = `  ${number} | `.length + TAB * (line.split("\t").length - 1);
  const part = excerpt(line, range, Math.max(SHORTEST, width - beside));
  return [
    `  ${colors.dim(`${number} |`)} ${printable(part.text)}`,
    `  ${colors.dim(`${" ".repeat(number.length)} |`)} ${part.text.slice(0, part.start).replace(/[^\t]/g, " ")}${paint("^".repeat(part.end - part.start))}`,
  ];
}

interface Excerpt {
  readonly text: string;
  /** Where the range is in the text. */
  readonly start: number;
  readonly end: number;
}

/** So much of a line as fits, with as much of the range as does, and ellipses for what is missing. Offsets count from 0. */
function excerpt(
  line: string,
  { start, end }: { readonly start: number; readonly end: number },
  width: number,
): Excerpt {
  if (line.length <= width) return { text: line, start, end };
  const first = Math.max(0, Math.min(start - Math.floor(width / 4), line.length - width));
  const last = Math.min(line.length, first + width);
  const head = first === 0 ? line.slice(0, 1) : "…";
  const tail = last === line.length ? line.slice(last - 1) : "…";
  return {
    text: head + line.slice(first + 1, last - 1) + tail,
    start: start - first,
    end: Math.max(start - first + 1, Math.min(end, last) - first),
  };
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
