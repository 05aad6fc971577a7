/** Diagnostics as comments with carets below the line: `//   ^^^ error code`. */
import { DiagnosticSeverity, type Diagnostic } from "vscode-languageserver";

const caretLine = /^\/\/ *\^+ .*\n?/gm;
const severities = {
  [DiagnosticSeverity.Error]: "error",
  [DiagnosticSeverity.Warning]: "warning",
  [DiagnosticSeverity.Information]: "info",
  [DiagnosticSeverity.Hint]: "hint",
};

/** The text without its expectations. */
export function withoutCarets(text: string): string {
  return text.replace(caretLine, "");
}

/** The text with its diagnostics below each line; one over several lines is marked to the end of its first. */
export function withCarets(text: string, diagnostics: readonly Diagnostic[]): string {
  return text
    .split("\n")
    .flatMap((content, line) => [
      content,
      ...diagnostics
        .filter(({ range }) => range.start.line === line)
        .sort((a, b) => a.range.start.character - b.range.start.character)
        .map((diagnostic) => caretsOf(diagnostic, content)),
    ])
    .join("\n");
}

function caretsOf({ range, severity = DiagnosticSeverity.Error, code }: Diagnostic, content: string): string {
  const { start, end } = range;
  if (start.character < 2) throw new Error("a caret needs two columns of indentation for its comment");
  const stop = end.line === start.line ? end.character : content.length;
  const carets = "^".repeat(Math.max(1, stop - start.character));
  return `//${" ".repeat(start.character - 2)}${carets} ${severities[severity]} ${code ?? ""}`;
}
