/**
 * Training and evaluating on the built-in backend beside the PyTorch of the first Python that has one (`python3` on the path,
 * then Debian's), which runs the same networks with Brevitas's quantisers written in plain PyTorch, compiled where PyTorch can
 * (version 2), and without any quantisers. All take turns in one run: a shared machine is
 * as slow for one as for the other, and what counts is the ratio.
 */
import { availableParallelism } from "node:os";
import path from "node:path";
import { pythonWith, runPython } from "../shared/testing/python.js";
import { Contestant, type Turn } from "./lib/contestant.js";
import { median, print, table } from "./lib/stats.js";
import { answerTurns, type Profile } from "./lib/train-process.js";

const root = process.cwd();
const threads = availableParallelism();
const turns = 9;
const secondsPerTurn = 1;

/** Steps before anything is measured: quantisers take their thresholds from the first 30 batches, as Brevitas's do. */
const warmUpSteps = 32;

/** Stages of a training step that are shown; the rest is summed up. */
const shownStages = 10;

const subjects = [
  { name: "bacalhaunet", batch: 256 },
  { name: "bacalhaunet", batch: 1024 },
  { name: "vgg10", batch: 256 },
] as const;

type Subject = (typeof subjects)[number];

interface Peer {
  readonly python: string;
  readonly version: string;
  readonly compiles: boolean;
}

interface Entrant {
  readonly name: string;
  readonly process: Contestant;
}

function findPeer(): Peer | undefined {
  const python = pythonWith("torch");
  if (python === undefined) return undefined;
  const script = 'import torch; print(torch.__version__, hasattr(torch, "compile"))';
  const [version = "", compiles] = runPython(python, ["-c", script]).trim().split(" ");
  return { python, version, compiles: compiles === "True" };
}

function entrants({ name, batch }: Subject, found: Peer | undefined): readonly [Entrant, ...Entrant[]] {
  const model = path.join(root, "examples", name, `${name}.model.ts`);
  const command = [process.argv[1] ?? "", "ours", model, String(batch), String(threads)];
  const ours = { name: "ours", process: Contestant.start(process.execPath, command) };
  if (found === undefined) return [ours];
  const script = path.join(root, "bench/peers/pytorch.py");
  const peer = (arithmetic: string, env: NodeJS.ProcessEnv = {}) =>
    Contestant.start(found.python, [script, name, arithmetic, String(batch), String(threads)], {
      PYTHONDONTWRITEBYTECODE: "1",
      // Threads that spin while they wait are four times slower on a machine that others use, too.
      OMP_WAIT_POLICY: "passive",
      ...env,
    });
  // glibc gives large blocks back to the system at once, and PyTorch asks for them anew at every step.
  const keeping = { MALLOC_MMAP_MAX_: "0", MALLOC_TRIM_THRESHOLD_: "17179869184" };
  return [
    ours,
    { name: "PyTorch", process: peer("quantised") },
    { name: "PyTorch, malloc tuned", process: peer("quantised", keeping) },
    ...(found.compiles ? [{ name: "PyTorch, compiled, malloc tuned", process: peer("compiled", keeping) }] : []),
    { name: "PyTorch, float", process: peer("float") },
  ];
}

interface Measured {
  /** Samples per second, median of the turns. */
  readonly rate: number;
  readonly peakBytes: number;
}

/** All take turns at a task; gives what each did, in their order. */
async function compete(all: readonly Entrant[], task: string): Promise<Measured[]> {
  const steps: number[] = [];
  for (const { process: entrant } of all) {
    const { seconds } = await entrant.take(task, 1);
    steps.push(Math.max(1, Math.round(secondsPerTurn / seconds)));
  }
  const results = all.map((): Turn[] => []);
  for (let turn = 0; turn < turns; turn++) {
    for (const [index, { process: entrant }] of all.entries()) {
      results[index]?.push(await entrant.take(task, steps[index] ?? 1));
    }
  }
  return results.map((made) => ({
    rate: median(made.map(({ samples, seconds }) => samples / seconds)),
    peakBytes: Math.max(...made.map(({ peakBytes }) => peakBytes)),
  }));
}

async function measure(subject: Subject, found: Peer | undefined): Promise<void> {
  const all = entrants(subject, found);
  const [{ process: ours }, peer] = all;
  for (const { name, process: entrant } of all) await entrant.take("train", name === "ours" ? warmUpSteps : 2);
  const before = (await ours.ask("profile")) as Profile;
  const trained = await compete(all, "train");
  const after = (await ours.ask("profile")) as Profile;
  for (const { process: entrant } of all) await entrant.take("evaluate", 2);
  const evaluated = await compete(all, "evaluate");
  print(`### ${subject.name}, batch ${subject.batch}\n`);
  table(
    ["", "training", "ours / it", "evaluation", "ours / it", "peak memory"],
    all.map(({ name }, index) => [
      name,
      perSecond(trained[index]),
      ratio(trained, index),
      perSecond(evaluated[index]),
      ratio(evaluated, index),
      `${((evaluated[index]?.peakBytes ?? 0) / 1e6).toFixed(0)} MB`,
    ]),
  );
  if (peer) await reportMachine(peer.process, after.macs, trained[0]?.rate ?? 0);
  reportStages(before, after);
  await Promise.all(all.map(({ process: entrant }) => entrant.stop()));
}

function perSecond(measured: Measured | undefined): string {
  return `${Math.round(measured?.rate ?? 0).toLocaleString("en")}/s`;
}

/** Of ours, which is the first, to another. */
function ratio([ours, ...peers]: readonly Measured[], index: number): string {
  const peer = peers[index - 1];
  return ours && peer ? `${(ours.rate / peer.rate).toFixed(2)} x` : "";
}

/** What the machine can do right now, and how much of it training uses: each multiply-accumulate is met three times. */
async function reportMachine(peer: Contestant, macs: number, samplesPerSecond: number): Promise<void> {
  const best = async (task: string) => {
    const made: number[] = [];
    for (let turn = 0; turn < turns; turn++) {
      const { samples, seconds } = await peer.take(task, 5);
      made.push(samples / seconds / 1e9);
    }
    return Math.max(...made);
  };
  const [peak, copy] = [await best("convolution"), await best("copy")];
  const achieved = (6 * macs * samplesPerSecond) / 1e9;
  print(
    `This machine: ${peak.toFixed(0)} GFLOP/s (PyTorch's convolution, 512 channels), ${copy.toFixed(0)} GB/s (its copy). ` +
      `Ours: ${((6 * macs) / 1e6).toFixed(1)} MFLOP a sample, ${achieved.toFixed(1)} GFLOP/s, ${((100 * achieved) / peak).toFixed(0)} % of it.\n`,
  );
}

/** Where the time of our training steps goes. */
function reportStages(before: Profile, after: Profile): void {
  const spent = after.stages.map(({ name, milliseconds }, index) => ({
    name,
    milliseconds: milliseconds - (before.stages[index]?.milliseconds ?? 0),
  }));
  const total = spent.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const sorted = spent.toSorted((a, b) => b.milliseconds - a.milliseconds);
  const rest = sorted.slice(shownStages).reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  table(
    ["stage of a step", "time"],
    [...sorted.slice(0, shownStages), { name: "all others", milliseconds: rest }].map(({ name, milliseconds }) => [
      name,
      `${((100 * milliseconds) / total).toFixed(1)} %`,
    ]),
  );
}

async function main(): Promise<void> {
  const found = findPeer();
  print(
    `Samples per second with ${threads} threads, median of ${turns} turns${found ? `; PyTorch ${found.version}` : ""}.\n`,
  );
  for (const subject of subjects) await measure(subject, found);
}

const [mode, model = "", batch, threadCount] = process.argv.slice(2);
if (mode === "ours") await answerTurns(model, Number(batch), Number(threadCount));
else await main();
