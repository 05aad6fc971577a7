/**
 * How far pruning goes at equal accuracy: the smallest magnitudes of each layer, the smallest of all layers (global L1), feedback
 * magnitude pruning, and the smallest for what they save of the score. All go on from the same trained network, on generated
 * frames, with one thread, and have as many epochs of fine-tuning at each step.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { RunReport } from "../cli/train/run/report.js";
import type { StageRecord } from "../cli/train/checkpoint/state.js";
import { print, table } from "./lib/stats.js";

const root = process.cwd();
const example = path.join(root, "examples/quick/six-modulations.model.ts");

/** Shares of the dense score that are aimed at, one after the other. */
const steps = Array.from({ length: 11 }, (_, index) => 0.8 ** (index + 1));

/** Accuracy that may be lost: what a step must keep to count. */
const tolerance = 0.01;

const finetune =
  "finetune: { epochs: 3, batchSize: 64, optimizer: adam({ lr: 0.01 }), schedule: cosineWarmRestarts({ t0: 3 }) }";

interface Method {
  readonly name: string;
  /** Options of `prune`. */
  readonly options: string;
  readonly isFeedback?: boolean;
}

const methods: readonly Method[] = [
  { name: "magnitude, each layer", options: "" },
  { name: "magnitude, all layers (global L1)", options: 'scope: "global", ' },
  { name: "magnitude, feedback", options: 'scope: "global", ', isFeedback: true },
  { name: "cost-aware", options: 'by: "cost", ' },
  { name: "cost-aware, feedback", options: 'by: "cost", ', isFeedback: true },
];

/** Runs a recipe on the example's network with the built terminal program; gives what its stages came to. */
function run(folder: string, name: string, recipe: readonly string[], from?: string): readonly StageRecord[] {
  const text = readFileSync(example, "utf8");
  const file = path.join(folder, `${name}.model.ts`);
  writeFileSync(file, text.replace(/ {2}recipe: \[[^]*\n {2}\],/, `  recipe: [${recipe.join(",\n")}],`));
  const out = path.join(folder, name);
  const options = ["--data", path.join(folder, "frames.hdf5"), "--threads", "1", "--out", out];
  const start = from === undefined ? [] : ["--from", from];
  quantlens("train", file, ...options, ...start);
  return (JSON.parse(readFileSync(path.join(out, "report.json"), "utf8")) as RunReport).stages;
}

function quantlens(...args: string[]): void {
  execFileSync(process.execPath, [path.join(root, "dist/cli.cjs"), ...args], { cwd: root, stdio: "ignore" });
}

function scoreOf({ network }: StageRecord): number {
  return network.cost["finn-base"].score;
}

function accuracyOf({ accuracy }: StageRecord): number {
  return accuracy.test ?? 0;
}

/** The stages that a method takes from the trained network on. */
function recipeOf({ options, isFeedback = false }: Method, dense: number, goal: number): readonly string[] {
  const aims = isFeedback ? [steps.at(-1) ?? 1] : steps;
  const feedback = isFeedback ? `schedule: "feedback", steps: ${steps.length}, minAccuracy: ${goal}, ` : "";
  return aims.map((share) => `prune({ target: { score: ${dense * share} }, ${options}${feedback}${finetune} })`);
}

function main(folder: string): void {
  quantlens("data", "generate", path.join(folder, "frames.hdf5"), "--frames-per-class-and-snr", "128");
  const training = "epochs: 16, batchSize: 64, optimizer: adam({ lr: 0.01 }), schedule: cosineWarmRestarts({ t0: 16 })";
  const [trained] = run(folder, "trained", [`train({ ${training} })`]);
  if (trained === undefined) throw new Error("the training has no result");
  const [dense, accuracy] = [scoreOf(trained), accuracyOf(trained)];
  const goal = accuracy - tolerance;
  const found = methods.map((method, index) => ({
    method,
    stages: run(
      folder,
      `method-${index}`,
      recipeOf(method, dense, goal),
      path.join(folder, "trained", "last.safetensors"),
    ),
  }));
  print(
    `Trained: score ${dense.toPrecision(4)}, accuracy ${percent(accuracy)}. ` +
      `Kept: ${percent(goal)} after ${tolerance * 100} point less.\n`,
  );
  table(
    ["method", "lowest score that keeps the accuracy", "of the trained", "accuracy", "density"],
    found.map(({ method, stages }) => {
      const best = [trained, ...stages]
        .filter((stage) => accuracyOf(stage) >= goal)
        .reduce((lowest, stage) => (scoreOf(stage) < scoreOf(lowest) ? stage : lowest));
      const score = scoreOf(best);
      return [
        method.name,
        score.toPrecision(4),
        percent(score / dense),
        percent(accuracyOf(best)),
        percent(best.network.density),
      ];
    }),
  );
  const gradual = found.filter(({ method }) => method.isFeedback !== true);
  table(
    ["share of the trained score", ...gradual.map(({ method }) => method.name)],
    steps.map((share, index) => [
      percent(share),
      ...gradual.map(({ stages }) => percent(stages[index] ? accuracyOf(stages[index]) : NaN)),
    ]),
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

const folder = mkdtempSync(path.join(tmpdir(), "quantlens-pruning-"));
try {
  main(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
