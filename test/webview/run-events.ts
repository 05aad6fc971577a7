/** Lines of an event file as `quantlens train` writes them. */
import { eventSchema, type NetworkCost, type TrainEvent } from "../../cli/train/events/events.js";

const batches = 20;

export interface RunShape {
  /** Added to losses and accuracies, so that two runs differ. */
  readonly offset?: number;
  /** Of each of the two stages. */
  readonly epochs?: readonly [number, number];
}

/** A run of two stages that is at the end of its last epoch. */
export function eventLines({ offset = 0, epochs = [4, 2] }: RunShape = {}): string[] {
  return eventsOf(offset, epochs).map((event, index) =>
    JSON.stringify({ time: new Date(Date.now() - 1000 + index).toISOString(), ...event }),
  );
}

function eventsOf(offset: number, [training, pruning]: readonly [number, number]): TrainEvent[] {
  const stages = [
    { name: "train 1", kind: "train", epochs: training },
    { name: "prune 2", kind: "prune", epochs: pruning },
  ];
  const data = { name: "synthetic", classes: 24, train: 1000, validation: 0, test: 500 };
  const model = { name: "Net", file: "net.model.ts", sha256: "0" };
  const run = {
    event: "run",
    schema: eventSchema,
    tool: "quantlens",
    model,
    data,
    backend: "wasm",
    threads: 2,
    stages,
  } as const;
  const at = (stage: number) => ({ attempt: 1, stage, round: 1, name: stages[stage - 1]?.name ?? "" });
  const accuracy = { test: 0.55 + offset };
  const files = { last: "last.safetensors", best: "best.safetensors" };
  return [
    { ...run, goal: 0.56, budget: { score: 0.02 } },
    ...epochsOf(1, training, 2.8 + offset, at(1)),
    {
      event: "measured",
      ...at(1),
      kind: "train",
      accuracy,
      bestAccuracy: accuracy,
      bestEpoch: 1,
      files,
      ...costOf(0.082, 0.99),
    },
    { event: "pruned", ...at(2), share: 1, accuracy: { test: 0.3 + offset }, ...costOf(0.016, 0.2) },
    ...epochsOf(2, pruning, 1.6 + offset, at(2)),
    {
      event: "measured",
      ...at(2),
      kind: "prune",
      accuracy,
      bestAccuracy: accuracy,
      bestEpoch: 1,
      files,
      ...costOf(0.016, 0.2),
    },
  ];
}

function costOf(score: number, density: number): NetworkCost {
  const price = { score, bops: score * 1e9, memWBits: score * 1e6 };
  return { cost: { "finn-base": price, qonnx: price }, weights: 1000, nonZero: 1000 * density, density, layers: [] };
}

function epochsOf(
  stage: number,
  epochs: number,
  from: number,
  place: { readonly attempt: number; readonly stage: number; readonly round: number; readonly name: string },
): TrainEvent[] {
  const { name, ...rest } = place;
  return Array.from({ length: epochs }, (_, index) => index + 1).flatMap((epoch): TrainEvent[] => [
    ...Array.from({ length: batches }, (_, index): TrainEvent => {
      const done = epoch - 1 + (index + 1) / batches;
      const loss = from / (1 + done / 3) + 0.2 * Math.sin(done * 40);
      const speed = { samplesPerSecond: 1234, secondsLeft: 3 };
      return { event: "progress", ...rest, epoch, batch: index + 1, batches, loss, ...speed };
    }),
    {
      event: "epoch",
      ...rest,
      name,
      epoch,
      epochs,
      lr: 0.01 / (stage * epoch),
      loss: from / (1 + epoch / 3),
      trainAccuracy: 0.5 + 0.02 * epoch,
      accuracy: { test: 0.4 + 0.03 * epoch + 0.05 * stage },
      best: true,
      seconds: 2,
      samplesPerSecond: 1234,
    },
  ]);
}
