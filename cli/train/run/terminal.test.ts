import { describe, expect, it } from "vitest";
import { createColors } from "../../output/colors.js";
import type { TrainEvent } from "../events/events.js";
import { createTerminal, formatDuration, type RunTerminal } from "./terminal.js";

function terminal(width?: number): { readonly terminal: RunTerminal; readonly text: () => string } {
  let text = "";
  const write = (part: string): void => {
    text += part;
  };
  return {
    terminal: createTerminal({ write, colors: createColors(false), ...(width !== undefined && { width }) }),
    text: () => text,
  };
}

const place = { attempt: 1, stage: 2, round: 2 };
const price = { score: 0.0348, bops: 1, memWBits: 2 };
const network = { cost: { "finn-base": price, qonnx: price }, weights: 10, nonZero: 4, density: 0.4, layers: [] };

describe("the terminal of a run", () => {
  it.each<[TrainEvent, string]>([
    [
      {
        event: "epoch",
        ...place,
        name: "prune 2",
        epoch: 3,
        epochs: 20,
        lr: 0.01,
        loss: 1.25,
        trainAccuracy: 0.5,
        accuracy: { validation: 0.25, test: 0.5 },
        best: true,
        seconds: 61,
        samplesPerSecond: 2200.4,
      },
      "round 2, epoch 3/20  loss 1.2500  train 50.00 %  validation 25.00 %, test 50.00 %  lr 0.01  2,200 samples/s  1:01  best\n",
    ],
    [
      { event: "pruned", ...place, round: 1, name: "prune 2", share: 1, accuracy: { test: 0.5 }, ...network },
      "pruned: 60 % of the weights are zero, test 50.00 %\n",
    ],
    [
      { event: "undone", ...place, name: "prune 2", accuracy: 0.5, goal: 0.56 },
      "round 2, undone: 50.00 % is below 56.00 %\n",
    ],
    [
      {
        event: "measured",
        ...place,
        name: "prune 2",
        kind: "prune",
        accuracy: { test: 0.5 },
        bestAccuracy: { test: 0.55 },
        bestEpoch: 4,
        files: { last: "a", best: "b" },
        ...network,
      },
      "prune 2: test 50.00 % (best: test 55.00 % in epoch 4), 60 % of the weights are zero, score 0.0348\n",
    ],
    [{ event: "resume", ...place, epoch: 3, batch: 17 }, "goes on in stage 2, epoch 3, after batch 17\n"],
    [{ event: "end", status: "done" }, ""],
  ])("has a line for %o", (event, expected) => {
    const { terminal: shown, text } = terminal();
    shown.show(event);
    expect(text()).toBe(expected);
  });

  it("shows the score of the cost tool that the run aims at", () => {
    let text = "";
    const write = (part: string): void => {
      text += part;
    };
    const shown = createTerminal({ write, colors: createColors(false), flavor: "qonnx" });
    const accuracy = { test: 0.5 };
    shown.show({
      ...{
        event: "measured",
        ...place,
        name: "prune 2",
        kind: "prune",
        accuracy,
        bestAccuracy: accuracy,
        bestEpoch: 0,
      },
      ...{ ...network, cost: { "finn-base": price, qonnx: { ...price, score: 0.0123 } } },
      files: { last: "a", best: "b" },
    });
    expect(text).toMatch(/score 0\.0123\n$/);
  });

  const bar = {
    label: "train 1, epoch 1/2",
    done: 3,
    total: 4,
    details: ["loss 1.000", "2,200 samples/s", "0:12 left"],
  };

  it("has a bar that gives way to lines, on a terminal only", () => {
    const wide = terminal(100);
    wide.terminal.progress(bar);
    wide.terminal.show({ event: "warning", message: "careful" });
    expect(wide.text()).toBe(
      `\r\u001b[Ktrain 1, epoch 1/2  ${"━".repeat(18)}${"─".repeat(6)}  3/4  loss 1.000  2,200 samples/s  0:12 left\r\u001b[Kcareful\n`,
    );
    const none = terminal();
    none.terminal.progress(bar);
    none.terminal.clear();
    expect(none.text()).toBe("");
  });

  it("never writes a bar over the edge of the terminal", () => {
    const narrow = terminal(30);
    narrow.terminal.progress(bar);
    expect(narrow.text().replace("\r\u001b[K", "")).toHaveLength(29);
  });

  it.each([
    [0.04, "0.0 s"],
    [7.26, "7.3 s"],
    [59.6, "1:00"],
    [725, "12:05"],
    [3723, "1:02:03"],
    [-1, "0.0 s"],
  ])("writes %d seconds as %s", (seconds, expected) => {
    expect(formatDuration(seconds)).toBe(expected);
  });
});
