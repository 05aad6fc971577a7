/**
 * The extension in a real VS Code: from opening a model and from a keystroke to hints on the screen, and how quick its
 * panels are. test/vscode/measure takes the samples.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { largeOnnx } from "./lib/large-onnx.js";
import { median, ms, percentile, print, table } from "./lib/stats.js";

/** In milliseconds: from opening a file to its table, and the longest time in which the extension host answered nobody. */
interface OnnxSamples {
  readonly table: readonly number[];
  readonly late: readonly number[];
}

interface Samples {
  readonly skipped?: string;
  readonly firstHint?: readonly number[];
  readonly keystroke?: readonly number[];
  readonly load?: readonly number[];
  readonly activate?: readonly number[];
  readonly inQueue?: readonly number[];
  readonly explorer?: readonly number[];
  /** In milliseconds, and bytes. */
  readonly dashboardTasks?: readonly number[];
  readonly dashboardHeap?: number;
  readonly onnx?: { readonly small: OnnxSamples; readonly large: OnnxSamples };
}

/** Further arguments are those of the measuring program: `--only onnx`. */
function measure(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "quantlens-bench-"));
  try {
    const file = path.join(folder, "large.onnx");
    writeFileSync(file, largeOnnx(100));
    const args = ["test/vscode/measure/run.mjs", "--onnx", file, ...process.argv.slice(2)];
    return execFileSync(process.execPath, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      maxBuffer: 64 * 1024 * 1024,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const output = measure();
const samples = JSON.parse(output.trim().split("\n").at(-1) ?? "") as Samples;

/** One row of the table: what, median, 95th percentile, goal for the median. */
function row(what: string, values: readonly number[] | undefined, goal: string): string[][] {
  if (values === undefined) return [];
  return [[what, ms(median(values)), ms(percentile(values, 0.95)), String(values.length), goal]];
}

function sums(first: readonly number[] = [], second: readonly number[] = []): readonly number[] | undefined {
  return first.length === 0 ? undefined : first.map((value, index) => value + (second[index] ?? 0));
}

if (samples.skipped === undefined) {
  print("In a real VS Code. The server's part of a keystroke is what the benchmark `server` measures.\n");
  table(
    ["what", "median", "p95", "samples", "goal"],
    [
      ...row("opening a model to its first hint, warm window", samples.firstHint, "2000 ms"),
      ...row("keystroke to updated hints on the screen", samples.keystroke, "150 ms"),
      ...row("loading and activating the extension", sums(samples.load, samples.activate), "60 ms"),
      ...row("of that, activating", samples.activate, "-"),
      ...row("the same as VS Code shows it, with what it loads before", samples.inQueue, "-"),
      ...row("an ONNX file of 68 KB, to its table", samples.onnx?.small.table, ""),
      ...row("the same, longest silence of the extension host", samples.onnx?.small.late, ""),
      ...row("an ONNX file of 100 MB, to its table", samples.onnx?.large.table, ""),
      ...row("the same, longest silence of the extension host", samples.onnx?.large.late, "100 ms"),
      ...row("explorer of 200 layers, from the answer to the frame", samples.explorer, "50 ms"),
      ...row("dashboard, 60 events a second onto 100,000: a task", samples.dashboardTasks, "p95 50 ms"),
    ],
  );
  if (samples.dashboardHeap !== undefined) {
    print(`In that minute the window's heap has grown by ${(samples.dashboardHeap / 1e6).toFixed(1)} MB (goal: 5 MB).`);
  }
} else {
  print(`skipped: ${samples.skipped}`);
}
