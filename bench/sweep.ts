/**
 * Sweeps: rows per hour of two workers beside one, what a sweep adds to its trainings, how fast rows are planned and stages found,
 * and a hundred thousand rows on a thousand nodes by a fake clock.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { defaultAnalysisOptions } from "../shared/analysis/analyze.js";
import { loadAnalysis } from "../cli/input/load.js";
import { stageFolder } from "../cli/sweep/folder/files.js";
import type { SweepManifest } from "../cli/sweep/folder/manifest.js";
import { newSweepView } from "../cli/sweep/folder/sweep-view.js";
import { rowSource } from "../cli/sweep/next-row.js";
import { createResolver } from "../cli/sweep/plan/resolve.js";
import { sourcesDigest } from "../cli/sweep/plan/sources.js";
import { stageKeys } from "../cli/sweep/plan/stage-key.js";
import type { SweepResults } from "../cli/sweep/report/results.js";
import { loadTrainableModel } from "../cli/train/model.js";
import { planRecipe } from "../cli/train/run/plan.js";
import { simulateSweep } from "./lib/sweep-simulation.js";
import { print, table } from "./lib/stats.js";

const folder = mkdtempSync(path.join(tmpdir(), "quantlens-bench-"));
const program = path.join(process.cwd(), "dist/cli.cjs");
const example = path.join(process.cwd(), "examples/quick/six-modulations.model.ts");

/** The quick example with all its epochs, a row per seed: no two rows have a stage in common. */
function rowsModel(rows: number): string {
  const file = path.join(folder, "rows.model.ts");
  const seeds = Array.from({ length: rows }, (_, seed) => seed).join(", ");
  const text = readFileSync(example, "utf8")
    .replace("defineModel,", "defineModel, param, sweep,")
    .replace("train({ epochs: 16,", 'train({ seed: param("seed", 0), epochs: 16,')
    .replace("  recipe: [", `  sweep: sweep({ vary: { seed: [${seeds}] } }),\n  recipe: [`);
  writeFileSync(file, text);
  return file;
}

interface SweepRun {
  readonly seconds: number;
  /** Trainings, evaluations and exports by their own clocks, for all workers together. */
  readonly workSeconds: number;
}

function runSweep(file: string, out: string, workers: number): SweepRun {
  const started = performance.now();
  const args = ["sweep", file, "--out", out, "--workers", String(workers), "--threads", "1"];
  const data = ["--data", "synthetic:framesPerClassAndSnr=64"];
  execFileSync(process.execPath, [program, ...args, ...data], { cwd: folder, stdio: "ignore" });
  const seconds = (performance.now() - started) / 1000;
  const results = JSON.parse(readFileSync(path.join(out, "results.json"), "utf8")) as SweepResults;
  const events = readFileSync(path.join(out, "events.jsonl"), "utf8").trim().split("\n");
  const jobs = events.map((line) => JSON.parse(line) as { event: string; state?: string; seconds?: number });
  if (results.rows.some(({ state }) => state !== "done")) throw new Error("a row was not done");
  const own = jobs.filter(({ event, state }) => event === "job" && state === "done");
  return { seconds, workSeconds: own.reduce((sum, job) => sum + (job.seconds ?? 0), 0) };
}

/** Long enough for what a sweep does once to count little: half a minute a row. */
function workersAndOverhead(): void {
  const rows = 4;
  const file = rowsModel(rows);
  const one = runSweep(file, path.join(folder, "one"), 1);
  const two = runSweep(file, path.join(folder, "two"), 2);
  const hourly = ({ seconds }: SweepRun): number => (3600 * rows) / seconds;
  const overhead = (one.seconds - one.workSeconds) / rows;
  print(`${rows} rows of the quick example with all its epochs, one thread each`);
  table(
    ["what", "measured", "goal"],
    [
      ["a row with one worker", `${(one.seconds / rows).toFixed(1)} s`, ""],
      ["one worker, rows per hour", hourly(one).toFixed(0), ""],
      ["two workers, rows per hour", hourly(two).toFixed(0), ""],
      ["two by one", `${(one.seconds / two.seconds).toFixed(2)} x`, ">= 1.8 x"],
      ["a row besides its jobs' own work", `${(1000 * overhead).toFixed(0)} ms`, ""],
      ["that, of a row of a minute", `${((100 * overhead) / 60).toFixed(2)} %`, "<= 2 %"],
    ],
  );
}

function manifestOf(file: string, rows: number): SweepManifest {
  const values = Array.from({ length: Math.round(rows ** 0.25) }, (_, index) => index + 1);
  const axis = { kind: "choices", values } as const;
  return {
    schema: 1,
    tool: "bench",
    model: { name: "bench", file, sources: [file], sha256: sourcesDigest([file]) },
    sweep: { vary: { a: axis, b: axis, c: axis, d: axis }, sampler: { kind: "grid", options: {} } },
    settings: { run: "sandbox", backend: "wasm", flavor: "finn-base", retries: 1, store: path.join(folder, "store") },
  };
}

/** Rows with their parameters on the disk, ready to be run; a key for each of their stages by a model that is known. */
async function planning(): Promise<void> {
  const rows = 10_000;
  const bacalhaunet = path.join(process.cwd(), "examples/bacalhaunet/bacalhaunet.model.ts");
  const manifest = manifestOf(bacalhaunet, rows);
  const model = await loadTrainableModel(bacalhaunet, { run: "sandbox" });
  const settings = { ...manifest.settings, data: "synthetic" };
  await loadAnalysis(bacalhaunet, { run: "sandbox", flavor: "finn-base", sparsity: true }, defaultAnalysisOptions);
  const [before, cpuBefore] = [performance.now(), process.cpuUsage()];
  const source = rowSource(folder, manifest, newSweepView());
  let planned = 0;
  while (typeof source.next() !== "string") planned++;
  const listed = performance.now();
  const keys = new Set<string>();
  for (let row = 0; row < planned; row++) {
    const stages = planRecipe(model.definition, { seed: row % 1000 });
    for (const key of stageKeys(model, stages, { ...settings, seed: row % 1000 }, "bench")) keys.add(key);
  }
  const keyed = performance.now();
  // Of this process alone: on a machine that others use this is steadier than time.
  const { user, system } = process.cpuUsage(cpuBefore);
  const resolve = createResolver({ ...manifest, settings });
  const resolved = 100;
  const cpuAtRuns = process.cpuUsage();
  for (let row = 0; row < resolved; row++) await resolve({});
  const run = (performance.now() - keyed) / resolved;
  const runCpu = process.cpuUsage(cpuAtRuns);
  const runProcessor = (runCpu.user + runCpu.system) / 1000 / resolved;
  const megabytes = (process.resourceUsage().maxRSS * 1024) / 1e6;
  print(`Planning ${planned} rows of BacalhauNet's recipe (4 stages), ${keys.size} stages that differ`);
  table(
    ["what", "measured", "goal"],
    [
      ["rows on the disk", `${(listed - before).toFixed(0)} ms`, ""],
      [
        "rows on the disk, and keys of all stages",
        `${((keyed - before) / 1000).toFixed(2)} s (${((user + system) / 1e6).toFixed(2)} s of processor)`,
        "<= 2 s",
      ],
      ["largest resident memory", `${megabytes.toFixed(0)} MB`, "<= 300 MB"],
      [
        "running the model file of a row, when its turn comes",
        `${run.toFixed(1)} ms (${runProcessor.toFixed(1)} ms of processor)`,
        "",
      ],
    ],
  );
}

/** Finding a stage among few and among many. */
function storeLookups(): void {
  const nanoseconds = [100, 10_000].map((stored) => {
    const store = path.join(folder, `store-${stored}`);
    const keys = Array.from({ length: stored }, (_, index) => (index * 2654435761).toString(16).padStart(64, "0"));
    const names = keys.map((key) => key.slice(-4).split("").reverse().join("") + key);
    for (const name of names) {
      mkdirSync(stageFolder(store, name), { recursive: true });
      writeFileSync(path.join(stageFolder(store, name), "done.json"), "{}");
    }
    const lookups = 100_000;
    const started = performance.now();
    for (let index = 0; index < lookups; index++) {
      const name = names[(index * 7919) % stored] ?? "";
      if (!existsSync(path.join(stageFolder(store, index % 2 ? name : `${name}x`), "done.json")) && index % 2)
        throw new Error(name);
    }
    return (1e6 * (performance.now() - started)) / lookups;
  });
  const [few = 0, many = 0] = nanoseconds;
  print("Looking a stage up in the store: one file name, whatever lies there");
  table(
    ["stages in the store", "a lookup"],
    [
      ["100", `${few.toFixed(0)} ns`],
      ["10,000", `${many.toFixed(0)} ns (${(many / few).toFixed(2)} x)`],
    ],
  );
}

async function simulation(): Promise<void> {
  print(
    "100,000 rows of 4 stages and an end, 10 rows to a first stage, by a fake clock; one job in 1,000 is lost with its node",
  );
  const spec = { rows: 100_000, sharing: 10, stages: 4, lostPerMille: 1 };
  const cases = [
    { nodes: 1000, jobSeconds: 60, planSeconds: 0.01 },
    { nodes: 1000, jobSeconds: 60, planSeconds: 0 },
    { nodes: 1000, jobSeconds: 5, planSeconds: 0.01 },
    { nodes: 10_000, jobSeconds: 60, planSeconds: 0.01 },
  ];
  const rows: string[][] = [];
  for (const each of cases) {
    const { seconds, utilisation, jobs, rowsDone, realMicrosecondsPerJob, events } = await simulateSweep({
      ...spec,
      ...each,
    });
    if (rowsDone !== spec.rows) throw new Error(`${rowsDone} rows ended, expected ${spec.rows}`);
    rows.push([
      String(each.nodes),
      `${each.jobSeconds} s`,
      `${1000 * each.planSeconds} ms`,
      `${(seconds / 3600).toFixed(2)} h`,
      `${(100 * utilisation).toFixed(1)} %`,
      String(jobs),
      `${realMicrosecondsPerJob.toFixed(0)} us`,
      `${(events / seconds).toFixed(0)}/s`,
    ]);
  }
  table(
    ["nodes", "job", "planning a row", "whole sweep", "nodes busy", "jobs", "schedule, real time per job", "journal"],
    rows,
  );
}

try {
  workersAndOverhead();
  await planning();
  storeLookups();
  await simulation();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
