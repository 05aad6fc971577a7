/** Offsets into a text as lines and columns, both 1-based; columns count UTF-16 units, as SARIF and editors do. */

export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface LineRange {
  readonly start: Position;
  readonly end: Position;
}

/** The position of a UTF-16 offset. An offset past the end is the end. */
export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", lineStart)) {
    line++;
    lineStart = at + 1;
  }
  return { line, column: Math.min(offset, text.length) - lineStart + 1 };
}

/** The text of a 1-based line, without its line ending. */
export function lineText(text: string, line: number): string {
  return (text.split("\n", line)[line - 1] ?? "").replace(/\r$/, "");
}
