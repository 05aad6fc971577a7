/** `// quantlens-disable-next-line a, b` and `// quantlens-disable-line a, b`. */

const comment = /\/\/[ \t]*quantlens-disable-(next-line|line)\b([^\n\r]*)/g;

/** 0-based line -> the codes that are switched off on it; an empty list stands for all. */
export function disabledLines(text: string): Map<number, readonly string[]> {
  const lines = new Map<number, readonly string[]>();
  if (!text.includes("quantlens-disable")) return lines;
  for (const match of text.matchAll(comment)) {
    const line = lineAt(text, match.index) + (match[1] === "next-line" ? 1 : 0);
    // What follows `--` is a remark.
    const codes =
      (match[2] ?? "")
        .split("--", 1)[0]
        ?.split(/[\s,]+/)
        .filter((code) => code !== "") ?? [];
    const before = lines.get(line);
    const all = codes.length === 0 || before?.length === 0;
    lines.set(line, all ? [] : [...(before ?? []), ...codes]);
  }
  return lines;
}

function lineAt(text: string, offset: number): number {
  let line = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}
