/** Small statistics and tables for benchmarks. */

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

/** The value below which `share` of the samples lie (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}

export function print(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** Prints rows under a header as a Markdown table, so that a run can be pasted into RESULTS.md. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  print(line(header));
  print(line(widths.map((width) => "-".repeat(width))));
  for (const row of rows) print(line(row));
  print();
}
