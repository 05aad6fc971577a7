import { describe, expect, it } from "vitest";
import { RunLog } from "./run-log.js";

const place = { attempt: 1, stage: 1, round: 1 };
const line = (event: string, fields: object = {}): string =>
  JSON.stringify({ time: "2026-01-01T00:00:00.000Z", event, ...place, ...fields });
const run = line("run", {
  model: { name: "Net" },
  data: { name: "frames" },
  stages: [
    { name: "train 1", kind: "train", epochs: 2 },
    { name: "prune 2", kind: "prune", epochs: 1 },
  ],
  goal: 0.56,
  budget: { score: 0.02 },
});
const progress = (epoch: number, batch: number, loss: number, fields: object = {}): string =>
  line("progress", { epoch, batch, batches: 4, loss, samplesPerSecond: 100, secondsLeft: 3, ...fields });
const epoch = (number: number, test: number, fields: object = {}): string =>
  line("epoch", {
    name: "train 1",
    epoch: number,
    epochs: 2,
    lr: 0.01,
    loss: 1,
    trainAccuracy: 0.5,
    accuracy: { test },
    ...fields,
  });
const measured = (fields: object = {}): string =>
  line("measured", {
    name: "train 1",
    accuracy: { test: 0.6 },
    cost: { "finn-base": { score: 0.08, bops: 10, memWBits: 20 }, qonnx: { score: 1, bops: 1, memWBits: 1 } },
    density: 0.9,
    ...fields,
  });

function logOf(...lines: string[]): RunLog {
  const log = new RunLog();
  log.add(lines, false);
  return log;
}

describe("a run's events", () => {
  it("give curves over epochs, stages one after the other", () => {
    const second = { stage: 2, name: "prune 2" };
    const update = logOf(
      run,
      progress(1, 2, 3),
      epoch(1, 0.3),
      progress(2, 4, 2),
      epoch(2, 0.4),
      measured(),
      line("pruned", { ...second, accuracy: { test: 0.2 }, cost: { "finn-base": { score: 0.02 } }, density: 0.3 }),
      progress(1, 1, 1.5, second),
      epoch(1, 0.5, second),
    ).take();
    expect(update.reset).toBe(true);
    expect([...update.steps]).toEqual([0.5, 3, 2, 2, 2.25, 1.5]);
    expect(update.epochs.map(({ at, test, name }) => [at, test, name])).toEqual([
      [1, 0.3, "train 1"],
      [2, 0.4, "train 1"],
      [3, 0.5, "prune 2"],
    ]);
    expect(update.measures?.map(({ kind, at, score, density }) => [kind, at, score, density])).toEqual([
      ["measured", 2, 0.08, 0.9],
      ["pruned", 2, 0.02, 0.3],
    ]);
    expect(update.info).toMatchObject({ model: "Net", goal: 0.56, scoreBudget: 0.02, now: { epoch: 1, batch: 1 } });
  });

  it("are sent once", () => {
    const log = logOf(run, progress(1, 1, 3));
    log.take();
    log.add([progress(1, 2, 2)], false);
    const update = log.take();
    expect(update.reset).toBe(false);
    expect([...update.steps]).toEqual([0.5, 2]);
    expect(update.measures).toBeUndefined();
    expect(log.take().steps).toHaveLength(0);
    log.resend();
    expect([...log.take().steps]).toEqual([0.25, 3, 0.5, 2]);
  });

  it("that a resumed run repeats count once, the later ones", () => {
    const log = logOf(
      run,
      progress(1, 2, 3),
      epoch(1, 0.3),
      progress(2, 1, 2),
      progress(2, 3, 1.8),
      epoch(2, 0.4),
      measured(),
    );
    log.take();
    log.add(
      [line("resume", { epoch: 2, batch: 1 }), progress(2, 2, 1.9), epoch(2, 0.45), measured({ density: 0.8 })],
      false,
    );
    const update = log.take();
    expect(update.reset).toBe(true);
    expect([...update.steps]).toEqual([0.5, 3, 1.25, 2, 1.5, 1.9]);
    expect(update.epochs.map(({ test }) => test)).toEqual([0.3, 0.45]);
    expect(update.measures?.map(({ density }) => density)).toEqual([0.8]);
  });

  it("of a pruning that is repeated count once", () => {
    const pruned = (density: number): string =>
      line("pruned", { stage: 2, accuracy: { test: 0.2 }, cost: { "finn-base": { score: 0.02 } }, density });
    const log = logOf(
      run,
      epoch(1, 0.3),
      measured(),
      pruned(0.5),
      line("resume", { stage: 2, epoch: 1, batch: 0 }),
      pruned(0.4),
    );
    expect(log.take().measures?.map(({ kind, density }) => [kind, density])).toEqual([
      ["measured", 0.9],
      ["pruned", 0.4],
    ]);
  });

  it("tell how the run ended, and that it goes on after a resume", () => {
    const log = logOf(run, progress(1, 1, 3), line("end", { status: "interrupted", message: "Ctrl-C." }));
    expect(log.take().info.ended).toEqual({ status: "interrupted", message: "Ctrl-C." });
    log.add([line("resume", { epoch: 1, batch: 1 })], false);
    expect(log.take().info.ended).toBeUndefined();
  });

  it("go on with another attempt behind the one before", () => {
    const again = { attempt: 2 };
    const update = logOf(run, epoch(1, 0.3), epoch(2, 0.3), line("attempt", again), epoch(1, 0.4, again)).take();
    expect(update.epochs.map(({ at }) => at)).toEqual([1, 2, 3]);
  });

  it.each([
    "",
    "{",
    '"text"',
    "null",
    "[]",
    '{"event":"epoch"}',
    '{"event":"progress","loss":"x"}',
    '{"event":"measured","cost":3}',
  ])("survive a line such as %s", (bad) => {
    const log = logOf(run, bad, progress(1, 1, 3), line("warning", { message: "hot" }));
    expect(log.take().info.warnings).toEqual(["hot"]);
  });

  it("begin anew with a new file", () => {
    const log = logOf(run, progress(1, 1, 3));
    log.take();
    log.add([run, progress(1, 2, 1)], true);
    const update = log.take();
    expect(update.reset).toBe(true);
    expect([...update.steps]).toEqual([0.5, 1]);
  });
});
