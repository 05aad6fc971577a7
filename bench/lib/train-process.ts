/** Our side of the training benchmark: the built-in backend, driven as `quantlens train` drives it. */
import { createInterface } from "node:readline";
import { computeTotals } from "../../shared/cost/cost.js";
import { endRunner } from "../../cli/input/host.js";
import { RandomStream } from "../../cli/data/random/stream.js";
import type { Batch } from "../../cli/train/backend.js";
import { initialize } from "../../cli/train/initialize.js";
import { crossEntropy } from "../../cli/train/loss.js";
import { loadTrainableModel } from "../../cli/train/model.js";
import { newOptimizerState, updateParameters } from "../../cli/train/optimizers/optimizer.js";
import { wasmBackend } from "../../cli/train/wasm/backend.js";
import type { Turn } from "./contestant.js";
import { print } from "./stats.js";

const optimizer = { kind: "adam", lr: 0.01, weightDecay: 1e-4, options: {} } as const;

/** What our process says of itself. */
export interface Profile {
  /** Multiply-accumulates of one sample, forward. */
  readonly macs: number;
  /** Milliseconds of all steps so far. */
  readonly stages: readonly { readonly name: string; readonly milliseconds: number }[];
}

/** Answers lines `train STEPS`, `evaluate STEPS` and `profile`. */
export async function answerTurns(modelFile: string, batchSize: number, threads: number): Promise<void> {
  const { program, graph } = await loadTrainableModel(modelFile, { run: "sandbox" });
  await endRunner("sandbox");
  const { macs } = computeTotals(graph, { flavor: "qonnx", discountSparsity: false });
  const session = await wasmBackend.open(program, { batchSize, threads });
  for (const [name, values] of initialize(program, 2018)) session.parameters.get(name)?.set(values);
  const batch = randomBatch(batchSize);
  const state = newOptimizerState();
  let step = 0;
  const tasks = {
    train: async () => {
      const { loss } = await session.trainStep(batch, { step: step++ });
      updateParameters(optimizer, session, state, { lr: optimizer.lr });
      return loss;
    },
    evaluate: async () => {
      const logits = await session.predict(batch.x, batchSize);
      return crossEntropy(logits, batch.labels, batchSize, {}).loss;
    },
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const [task, steps] = line.split(" ");
    const work = tasks[task as keyof typeof tasks] as (() => Promise<number>) | undefined;
    const answer: Turn | Profile = work
      ? await turn(work, Number(steps), batchSize)
      : { macs, stages: session.stageTimes() };
    print(JSON.stringify(answer));
  }
  await session.close();
}

async function turn(task: () => Promise<number>, steps: number, batchSize: number): Promise<Turn> {
  let loss = Number.NaN;
  const started = performance.now();
  for (let index = 0; index < steps; index++) loss = await task();
  const seconds = (performance.now() - started) / 1000;
  return { seconds, samples: steps * batchSize, peakBytes: process.resourceUsage().maxRSS * 1024, loss };
}

/** As noisy as frames are: values around 0 of unit power. */
function randomBatch(size: number): Batch {
  const stream = new RandomStream(2018);
  const x = Float32Array.from({ length: size * 2 * 1024 }, () => stream.gaussian());
  const labels = Int32Array.from({ length: size }, () => stream.below(24));
  return { x, labels, size };
}
