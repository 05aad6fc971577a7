/* eslint-disable no-control-regex -- the codes that move a terminal are what is looked at */
import { describe, expect, it } from "vitest";
import { createColors } from "../../output/colors.js";
import type { SweepEvent } from "../events.js";
import { applyEvent, newSweepView } from "../folder/sweep-view.js";
import { createSweepTerminal } from "./sweep-terminal.js";

/** What is written for events, each a second after the one before. */
function written(events: readonly SweepEvent[], width?: number): string {
  let [text, time] = ["", 0];
  const view = newSweepView();
  const terminal = createSweepTerminal({
    write: (part) => (text += part),
    colors: createColors(false),
    ...(width !== undefined && { width }),
    clock: () => time,
  });
  for (const event of events) {
    time++;
    applyEvent(view, event);
    terminal.show(event, view);
  }
  return text;
}

const about = { schema: 1, tool: "t", model: "Tones", sampler: "grid", engine: "local" } as const;
const begin: SweepEvent = { event: "sweep", ...about, rows: 2, varied: ["bits"], workers: 2 };
const stages = [{ name: "train 1", kind: "train", epochs: 4, key: "a" }];
const row = (number: number): SweepEvent => ({
  event: "row",
  row: number,
  parameters: { bits: number, lr: 1 },
  stages,
});
const job = (number: number, state: "started" | "done" | "lost", message?: string): SweepEvent => ({
  ...{ event: "job", row: number, key: "a", stage: 1, name: "train 1", state, attempt: 1 },
  ...(message !== undefined && { message }),
});
const epoch: SweepEvent = { event: "epoch", row: 1, stage: 1, epoch: 2, epochs: 4, loss: 1, accuracy: { test: 0.5 } };
const measured = { accuracy: 0.5, score: 0.02, bops: 1, memWBits: 1, density: 1 };
const result: SweepEvent = { event: "result", row: 1, seconds: 3, ...measured };
const failed: SweepEvent = { event: "failed", row: 2, message: "no luck" };

describe("the terminal of a sweep", () => {
  it("says in plain lines what begins, ends and fails", () => {
    const text = written([begin, row(1), job(1, "started"), epoch, job(1, "done"), result, row(2), failed]);
    expect(text.split("\n")).toEqual([
      "Tones: 2 rows (grid), 2 workers (local)",
      "row 1 (bits=1)  train 1",
      "row 1 (bits=1)  50.00 %  score 0.02  on the front",
      "row 2 (bits=2)  failed: no luck",
      "",
    ]);
  });

  it("moves a table on a terminal: a bar for each row that runs, and the time left at the pace so far", () => {
    const text = written([begin, row(1), job(1, "started"), epoch], 100);
    const last = text.split("\u001b[J").at(-1);
    // Two of four epochs in three seconds; another row like this one is not planned yet.
    expect(last?.split("\n")).toEqual([
      "row    1  ━━━━━━━━━━──────────  train 1  bits=1",
      "0/2 rows done, 9.0 s left",
      "",
    ]);
  });

  it("takes the table away at the end, and before each line", () => {
    const text = written(
      [begin, row(1), job(1, "started"), job(1, "lost", "gone"), { event: "end", status: "done" }],
      100,
    );
    const lines = text.replace(/\r\u001b\[\d+A\u001b\[J/g, "<gone>").split("\n");
    expect(lines).toContain("<gone>row 1 (bits=1)  train 1 was lost: gone");
    expect(lines.at(-1)).toBe("<gone>");
  });

  it("cuts lines to the terminal's width", () => {
    const lines = written([begin, row(1), job(1, "started")], 30).split("\n");
    expect(Math.max(...lines.slice(2).map((line) => line.replace(/\r?\u001b\[\d*[AJK]/g, "").length))).toBeLessThan(30);
  });
});
