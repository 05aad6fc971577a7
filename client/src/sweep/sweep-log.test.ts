import { describe, expect, it } from "vitest";
import { SweepLog } from "./sweep-log.js";

const line = (event: string, fields: object = {}): string => JSON.stringify({ event, ...fields });
const begin = line("sweep", { schema: 1, model: "Net", rows: 2, engine: "local", workers: 2 });
const row = (number: number): string =>
  line("row", {
    row: number,
    parameters: { bits: number },
    stages: [{ name: "train 1", kind: "train", epochs: 4, key: "k" }],
  });
const job = (number: number, state: string, stage: number | null = 1): string =>
  line("job", { row: number, stage, state, name: "x" });
const result = (number: number): string =>
  line("result", { row: number, accuracy: 0.5, score: 0.02, bops: 1, memWBits: 2, density: 0.3, seconds: 1 });

function rowsOf(...lines: string[]) {
  const log = new SweepLog();
  log.add(lines, false);
  return log.record(new Set([1])).rows;
}

describe("a sweep's journal", () => {
  it("tells where each row is", () => {
    const lines = [
      begin,
      row(1),
      row(2),
      job(1, "started"),
      line("progress", { row: 1, stage: 1, epoch: 2, epochs: 4, share: 0.5 }),
    ];
    expect(rowsOf(...lines)).toEqual([
      {
        row: 1,
        parameters: { bits: 1 },
        state: "running",
        stage: { name: "train 1", epoch: 2, epochs: 4 },
        stagesDone: 0,
        stages: 1,
        pareto: true,
      },
      { row: 2, parameters: { bits: 2 }, state: "waiting", stagesDone: 0, stages: 1, pareto: false },
    ]);
  });

  it.each([
    [
      "a result",
      [job(1, "started"), job(1, "done"), result(1)],
      { state: "done", accuracy: 0.5, score: 0.02, stagesDone: 1 },
    ],
    [
      "the epochs of a stage during its first one",
      [job(1, "started"), line("progress", { row: 1, stage: 1, epoch: 1, epochs: 0, share: 0.5 })],
      { stage: { name: "train 1", epoch: 1, epochs: 4 } },
    ],
    ["a stage that was there already", [job(1, "shared")], { state: "waiting", stagesDone: 1 }],
    [
      "a failure",
      [job(1, "started"), line("failed", { row: 1, message: "No data." })],
      { state: "failed", message: "No data." },
    ],
    ["a lost job", [job(1, "started"), job(1, "lost")], { state: "waiting" }],
    ["a sweep that was killed and goes on", [job(1, "started"), begin], { state: "waiting" }],
  ])("knows %s", (_name, lines, expected) => {
    expect(rowsOf(begin, row(1), ...lines)[0]).toMatchObject(expected);
  });

  it("survives what it does not understand", () => {
    expect(rowsOf(begin, "{", "[]", line("new event"), line("job", { row: "x" }), row(1))).toHaveLength(1);
  });
});
