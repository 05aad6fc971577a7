/**
 * The training backend's kernels, one thread and all at once: GFLOP/s beside what the processor does at best on registers alone
 * with the same instructions, GB/s for those that only pass over memory. Data come from the cache.
 */
import path from "node:path";
import { availableParallelism } from "node:os";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import type { Kernels } from "../cli/train/wasm/kernels.js";
import { createKernelMemory, instantiateKernels, loadKernels } from "../cli/train/wasm/load-kernels.js";
import { kernelCases, operandsAt, operandsSize } from "./lib/kernel-cases.js";
import { print, table } from "./lib/stats.js";

/** Best of many short runs: the machine is shared, and what is asked is what the code can do. */
const runs = 40;
const runMs = 2;

interface WorkerTask {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly base: number;
}

function secondsPerCall(call: () => void): number {
  let calls = 1;
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    for (let index = 0; index < calls; index++) call();
    const elapsed = performance.now() - started;
    if (elapsed < runMs / 2) calls *= 2;
    else best = Math.min(best, elapsed / calls / 1000);
  }
  return best;
}

/** Operations or bytes per nanosecond of every case, and of the peak first. */
function measure(kernels: Kernels, base: number): number[] {
  const at = operandsAt(base);
  const peak = secondsPerCall(() => {
    kernels.multiplyAddPeak(1000, at.x);
  });
  const rates = kernelCases.map((subject) => {
    const seconds = secondsPerCall(() => {
      subject.run(kernels, at);
    });
    return (subject.flops ?? subject.bytes ?? 0) / seconds / 1e9;
  });
  return [80_000 / peak / 1e9, ...rates];
}

function fillOperands(memory: WebAssembly.Memory, threads: number): void {
  const floats = new Float32Array(memory.buffer);
  for (let index = 0; index < (threads * operandsSize) / 4; index++) floats[16_384 + index] = Math.sin(index);
}

async function inWorkers(task: Omit<WorkerTask, "base">, threads: number): Promise<number[][]> {
  const workers = Array.from({ length: threads }, async (_, thread) => {
    const worker = new Worker(process.argv[1] ?? "", {
      workerData: { ...task, base: 65_536 + thread * operandsSize } satisfies WorkerTask,
    });
    return new Promise<number[]>((resolve, reject) => worker.once("message", resolve).once("error", reject));
  });
  return Promise.all(workers);
}

async function main(): Promise<void> {
  const folder = path.join(process.cwd(), "dist");
  const threads = Math.min(availableParallelism(), 16);
  const columns: { readonly title: string; readonly rates: readonly number[] }[] = [];
  for (const fma of [false, true]) {
    const loaded = await loadKernels({ fma, folder });
    if (loaded.fma !== fma) {
      print("This Node has no relaxed SIMD: the variant with fused multiply-add is left out.\n");
      continue;
    }
    const memory = createKernelMemory(65_536 + threads * operandsSize);
    fillOperands(memory, threads);
    const name = fma ? "fused" : "plain";
    columns.push({
      title: `${name}, 1 thread`,
      rates: measure(instantiateKernels(loaded.module, memory), 65_536),
    });
    const each = await inWorkers({ module: loaded.module, memory }, threads);
    const sum = each[0]?.map((_, index) => each.reduce((total, rates) => total + (rates[index] ?? 0), 0));
    columns.push({ title: `${name}, ${threads} threads`, rates: sum ?? [] });
  }
  report(columns);
}

function report(columns: readonly { readonly title: string; readonly rates: readonly number[] }[]): void {
  const peaks = columns.map(({ title, rates }) => `${title} ${(rates[0] ?? 0).toFixed(1)}`);
  print(`Peak of multiply-adds on registers, GFLOP/s: ${peaks.join("; ")}.\n`);
  const rows = kernelCases.map((subject, index) => [
    subject.name,
    ...columns.map(({ rates }) => {
      const rate = rates[index + 1] ?? 0;
      if (subject.flops === undefined) return `${rate.toFixed(1)} GB/s`;
      return `${rate.toFixed(1)} GFLOP/s (${((100 * rate) / (rates[0] ?? 1)).toFixed(0)} %)`;
    }),
  ]);
  table(["kernel", ...columns.map(({ title }) => title)], rows);
}

if (isMainThread) {
  await main();
} else {
  const { module, memory, base } = workerData as WorkerTask;
  parentPort?.postMessage(measure(instantiateKernels(module, memory), base));
}
