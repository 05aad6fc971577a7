/**
 * `quantlens cost` on real ONNX files beside the official Python tools, and on a 100 MB file.
 * finn-base and qonnx cannot be installed everywhere (they are not on npm or in Debian): where `python3` can import
 * them they run here, otherwise the times recorded on a 2-core machine of the same kind stand beside ours.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { computeCost } from "../shared/cost/cost.js";
import { readOnnx } from "../shared/onnx/read.js";
import { largeOnnx } from "./lib/large-onnx.js";
import { median, ms, print, table } from "./lib/stats.js";

const root = process.cwd();
const folder = mkdtempSync(path.join(tmpdir(), "quantlens-bench-"));
const cli = path.join(root, "dist/cli.cjs");

/** Seconds: whole process and in process, from the reference machine. */
const recorded = {
  bacalhaunet_gold: { "finn-base": [0.99, 0.64], qonnx: [1.5, 1.13] },
  vgg10_w8a8: { "finn-base": [0.99, 0.75], qonnx: [1.38, 0.73] },
} as const;

type Flavor = "finn-base" | "qonnx";

/** Node 20 reads the certificates of this file at every start, 40 ms that no part of the work asks for. */
const env = { ...process.env, NODE_EXTRA_CA_CERTS: undefined };

function processTime(...args: readonly string[]): number {
  const started = performance.now();
  execFileSync(process.execPath, args, { env });
  return performance.now() - started;
}

/** Times of the command and, in turn with it, of Node when it has nothing to do. */
function wholeProcess(
  file: string,
  flavor: Flavor,
): { readonly ours: readonly number[]; readonly node: readonly number[] } {
  const run = () => processTime(cli, "cost", file, "--flavor", flavor, "--format", "json");
  run();
  const pairs = Array.from({ length: 25 }, () => ({ ours: run(), node: processTime("-e", "0") }));
  return { ours: pairs.map(({ ours }) => ours), node: pairs.map(({ node }) => node) };
}

function medianAndBest(samples: readonly number[]): string {
  return `${ms(median(samples))} (${ms(Math.min(...samples))})`;
}

function inProcess(file: string, flavor: Flavor): number {
  const bytes = readFileSync(file);
  const samples: number[] = [];
  for (let index = 0; index < 120; index++) {
    const started = performance.now();
    const graph = readOnnx(bytes).value;
    if (!graph) throw new Error(`${file} could not be read`);
    computeCost(graph, { flavor, discountSparsity: true });
    samples.push(performance.now() - started);
  }
  return median(samples.slice(20));
}

/** The official tool's own whole-process time here, when this machine has it. */
function officialHere(file: string, flavor: Flavor): number | undefined {
  const module = flavor === "qonnx" ? "qonnx.util.inference_cost" : "finn.util.inference_cost";
  const started = performance.now();
  const run = spawnSync("python3", [
    "-c",
    `import sys; from ${module} import inference_cost; inference_cost(sys.argv[1])`,
    file,
  ]);
  return run.status === 0 ? performance.now() - started : undefined;
}

function compareWithOfficial(): void {
  const golden = path.resolve(root, "../shared/golden/onnx");
  if (!existsSync(golden)) {
    print("The golden ONNX files are not beside the checkout: the comparison with the official tools is skipped.\n");
    return;
  }
  const rows: string[][] = [];
  for (const [name, flavors] of Object.entries(recorded)) {
    const file = path.join(golden, `${name}.onnx`);
    for (const [flavor, [whole, within]] of Object.entries(flavors) as [Flavor, readonly [number, number]][]) {
      const here = officialHere(file, flavor);
      const peer = here ?? whole * 1000;
      const { ours, node } = wholeProcess(file, flavor);
      const oursWithin = inProcess(file, flavor);
      rows.push([
        `${name} (${flavor})`,
        medianAndBest(ours),
        medianAndBest(node),
        `${ms(peer)}${here === undefined ? " recorded" : ""}`,
        `${(peer / median(ours)).toFixed(1)} x`,
        ms(oursWithin),
        `${ms(within * 1000)} recorded`,
        `${((within * 1000) / oursWithin).toFixed(0)} x`,
      ]);
    }
  }
  print("quantlens cost beside the official Python tools (goals: 20 x as a whole process, 200 x in process)");
  table(
    ["file", "ours, process (best)", "node -e 0 (best)", "official", "ratio", "ours, in process", "official", "ratio"],
    rows,
  );
}

function largeFile(): void {
  const file = path.join(folder, "large.onnx");
  writeFileSync(file, largeOnnx(100));
  const size = statSync(file).size;
  const probe = path.join(folder, "rss.cjs");
  const report = path.join(folder, "rss.txt");
  writeFileSync(
    probe,
    `process.on("exit", () => require("node:fs").writeFileSync(${JSON.stringify(report)}, String(process.resourceUsage().maxRSS)));`,
  );
  const elapsed = processTime("--require", probe, cli, "cost", file, "--format", "json");
  const rss = Number(readFileSync(report, "utf8")) * 1024;
  print("A large ONNX file (goals: 2 s, 3 x its size in memory)");
  table(
    ["size", "time", "peak memory", "memory / size"],
    [[`${(size / 1e6).toFixed(1)} MB`, ms(elapsed), `${(rss / 1e6).toFixed(0)} MB`, `${(rss / size).toFixed(2)} x`]],
  );
}

try {
  compareWithOfficial();
  largeFile();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
