/**
 * Reading frames beside h5py, in bounded memory; opening a file of RadioML's size; generating.
 *
 * The files are warm: what is measured is the software and not the disk. Each reader runs in a process of its own, so
 * that its memory is its own; the best of some runs counts, because others use this machine too.
 */
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openDataset } from "../cli/data/open.js";
import { createLoader, sequentialOrder, shuffledOrder } from "../cli/data/loader.js";
import { modulations } from "../shared/dsl/data.js";
import { pythonWith } from "../shared/testing/python.js";
import { groupAt, groupCount, radiomlFramesPerGroup } from "../cli/data/frames/grid.js";
import { startDataWorker } from "../cli/data/worker/client.js";
import { frameGenerator } from "../cli/data/synthetic/generator.js";
import { print, table } from "./lib/stats.js";

/** What one process measured. */
interface Reading {
  readonly framesPerSecond: number;
  /** Of all threads, for a frame. On a machine that others use this is steadier than time. */
  readonly cpuMicroseconds: number;
  readonly openMs: number;
  /** Largest resident memory, MB. */
  readonly memoryMb: number;
}

/** Processes, and passes over the file in each; the best counts. */
const rounds = 4;
const passes = 6;
const framesPerGroup = 64;
const batchSize = 1024;

/** Reads the training part in a fresh process. */
function readOurs(file: string, order: Order): Reading {
  return JSON.parse(
    execFileSync(process.execPath, [import.meta.filename, file, order], { encoding: "utf8" }),
  ) as Reading;
}

type Order = "sequential" | "shuffled" | "some batches";

/** The child's part: opens a file and reads all batches, or some. */
async function measure(file: string, order: Order): Promise<Reading> {
  const started = performance.now();
  const data = await openDataset(undefined, { folder: ".", override: file });
  const openMs = performance.now() - started;
  const { size } = data.train;
  const positions = order === "sequential" ? sortedBySource(data.train.indices) : shuffledOrder(size, 1, 0);
  const wanted = order === "some batches" ? positions.subarray(0, 40 * batchSize) : positions;
  const rates: number[] = [];
  const cpu: number[] = [];
  for (let pass = 0; pass < passes; pass++) {
    const begun = performance.now();
    const before = process.cpuUsage();
    let frames = 0;
    for await (const batch of createLoader(data.train, { batchSize, order: wanted })) frames += batch.size;
    rates.push((1000 * frames) / (performance.now() - begun));
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / frames);
  }
  await data.close();
  const memoryMb = process.resourceUsage().maxRSS / 1000;
  return { framesPerSecond: Math.max(...rates), cpuMicroseconds: Math.min(...cpu), openMs, memoryMb };
}

/** Positions in the order of the file. */
function sortedBySource(indices: Uint32Array): Uint32Array {
  return sequentialOrder(indices.length).sort((a, b) => (indices[a] ?? 0) - (indices[b] ?? 0));
}

/** h5py as people use it: batches of neighbours; a frame at a time; batches of sorted numbers. Frames in the model's order. */
const h5pyScript = `
import h5py, json, numpy, resource, sys, time
file, order = sys.argv[1:]
with h5py.File(file, "r") as f:
    x = f["X"]
    n = len(x)
    rng = numpy.random.RandomState(1)
    picked = numpy.arange(n) if order == "sequential" else rng.permutation(n)[:20480]
    rates, cpu = [], []
    for _ in range(${passes}):
        start, before = time.perf_counter(), time.process_time()
        for at in range(0, len(picked), ${batchSize}):
            frames = picked[at:at + ${batchSize}]
            if order == "sequential": batch = x[frames[0]:frames[-1] + 1]
            elif order == "one": batch = numpy.stack([x[i] for i in frames])
            else: batch = x[numpy.sort(frames)]
            numpy.ascontiguousarray(batch.transpose(0, 2, 1))
        rates.append(len(picked) / (time.perf_counter() - start))
        cpu.append(1e6 * (time.process_time() - before) / len(picked))
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
print(json.dumps(dict(framesPerSecond=max(rates), cpuMicroseconds=min(cpu), openMs=0, memoryMb=memory)))`;

function readH5py(python: string, file: string, order: "sequential" | "one" | "sorted"): Reading {
  return JSON.parse(execFileSync(python, ["-c", h5pyScript, file, order], { encoding: "utf8" })) as Reading;
}

/** The best of several processes, each figure for itself. */
function best(read: () => Reading): Reading {
  const readings = Array.from({ length: rounds }, read);
  return {
    framesPerSecond: Math.max(...readings.map(({ framesPerSecond }) => framesPerSecond)),
    cpuMicroseconds: Math.min(...readings.map(({ cpuMicroseconds }) => cpuMicroseconds)),
    openMs: Math.min(...readings.map(({ openMs }) => openMs)),
    memoryMb: Math.max(...readings.map(({ memoryMb }) => memoryMb)),
  };
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString("en");
}

function compare(file: string, python: string | undefined): void {
  const rows = (["sequential", "shuffled"] as const).map((order) => {
    const ours = best(() => readOurs(file, order));
    const peers = order === "sequential" ? (["sequential"] as const) : (["one", "sorted"] as const);
    const theirs = python === undefined ? [] : peers.map((peer) => best(() => readH5py(python, file, peer)));
    const measured = `${thousands(ours.framesPerSecond)} (${ours.cpuMicroseconds.toFixed(1)} µs)`;
    const memory = `${ours.memoryMb.toFixed(0)} MB`;
    if (theirs.length === 0) return [order, measured, memory, "not installed", "", ""];
    const rate = Math.max(...theirs.map(({ framesPerSecond }) => framesPerSecond));
    const cpu = Math.min(...theirs.map(({ cpuMicroseconds }) => cpuMicroseconds));
    const peer = `${thousands(rate)} (${cpu.toFixed(1)} µs)`;
    const ratios = [ours.framesPerSecond / rate, cpu / ours.cpuMicroseconds].map((ratio) => `${ratio.toFixed(2)} x`);
    return [order, measured, memory, peer, ...ratios];
  });
  print(
    `Frames per second (processor time of a frame), batches of ${batchSize}, transposed; goal: h5py's speed, less than 300 MB`,
  );
  table(["order", "ours", "our memory", "h5py, its best way", "in time", "in processor time"], rows);
}

/** Generates a file with the command, and a few frames of every modulation on this thread alone. */
function generate(file: string): void {
  const started = performance.now();
  const cli = path.join(process.cwd(), "dist/cli.cjs");
  execFileSync(process.execPath, [cli, "data", "generate", file, "--frames-per-class-and-snr", String(framesPerGroup)]);
  const frames = framesPerGroup * groupCount;
  const rate = (1000 * frames) / (performance.now() - started);
  const generator = frameGenerator(1);
  const cpu = Array.from({ length: passes }, (_, pass) => {
    const before = process.cpuUsage();
    for (let index = 0; index < 1200; index++) generator({ modulation: index % modulations.length, snr: pass, index });
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1200;
  });
  print(
    `Generated ${thousands(frames)} frames into a file, ${thousands(rate)} per second on all threads; one thread makes ` +
      `${thousands(1e6 / Math.min(...cpu))} per second of processor time (goal 5,000)\n`,
  );
}

/** A file of RadioML's size whose samples are a hole that takes no room; labels and SNRs are there. */
async function writeSparse(file: string): Promise<void> {
  const worker = startDataWorker(file);
  const offsets = await worker.ask({ kind: "createFile", file, framesPerGroup: radiomlFramesPerGroup });
  await worker.close();
  const handle = openSync(file, "r+");
  const labels = new BigInt64Array(radiomlFramesPerGroup * modulations.length);
  const snrs = new BigInt64Array(radiomlFramesPerGroup);
  for (let group = 0; group < groupCount; group++) {
    const { modulation, snr, start } = groupAt(group * radiomlFramesPerGroup, radiomlFramesPerGroup);
    labels.forEach((_, index) => (labels[index] = index % modulations.length === modulation ? 1n : 0n));
    writeSync(handle, labels, 0, labels.byteLength, offsets.Y + start * modulations.length * 8);
    writeSync(handle, snrs.fill(BigInt(snr)), 0, snrs.byteLength, offsets.Z + start * 8);
  }
  closeSync(handle);
}

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "quantlens-bench-"));
  try {
    const file = path.join(folder, "frames.hdf5");
    generate(file);
    compare(file, pythonWith("h5py"));
    const sparse = path.join(folder, "sparse.hdf5");
    await writeSparse(sparse);
    const some = best(() => readOurs(sparse, "some batches"));
    print("A file of RadioML 2018.01A's size, 21 GB (its samples are a hole, so that no disk is measured)");
    table(
      ["what", "measured", "goal"],
      [
        ["opened, checked and divided", `${some.openMs.toFixed(0)} ms`, "2 s to the first batch"],
        ["40 batches from all over it", `${thousands(some.framesPerSecond)} per second`, "2,200 (the trainer)"],
        ["memory of that", `${some.memoryMb.toFixed(0)} MB`, "300 MB"],
      ],
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [, , file, order] = process.argv;
if (file === undefined) await main();
else process.stdout.write(JSON.stringify(await measure(file, order as Order)));
