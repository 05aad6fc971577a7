import { describe, expect, it } from "vitest";
import type { QuantLensTask } from "./definition.js";
import { outcomeOf } from "./outcome.js";

const train: QuantLensTask = { type: "quantlens", command: "train", model: "a.model.ts" };
const check: QuantLensTask = { type: "quantlens", command: "check", model: "a.model.ts" };
const sweep: QuantLensTask = { type: "quantlens", command: "sweep", model: "a.model.ts" };
const run = "runs/a-1";
const rows = "sweeps/a-1";

describe("outcomeOf", () => {
  it.each([
    ["a training that is done", train, 0, run, "info", "useWeights,showDashboard"],
    ["one that missed its goal", train, 1, run, "warning", "useWeights,showDashboard,showTerminal"],
    ["one that Ctrl-C ended", train, 130, run, "warning", "resume,useWeights"],
    ["one that was terminated", train, undefined, run, "warning", "resume,useWeights"],
    ["one that could not begin", train, 2, undefined, "error", "showTerminal"],
    ["one that failed in the midst", train, 2, run, "error", "showTerminal,resume"],
    ["one that crashed", train, 139, run, "error", "showTerminal,resume"],
    ["a sweep that is done", sweep, 0, rows, "info", "showSweep"],
    ["a sweep with rows that failed", sweep, 1, rows, "warning", "showSweep,showTerminal"],
    ["a sweep that Ctrl-C ended", sweep, 130, rows, "warning", "resume,showSweep"],
    ["a sweep that was terminated", sweep, undefined, rows, "warning", "resume,showSweep"],
    ["a sweep that failed in the midst", sweep, 2, rows, "error", "showTerminal,showSweep,resume"],
    ["a sweep that could not begin", sweep, 2, undefined, "error", "showTerminal"],
    ["a check that could not run", check, 2, undefined, "error", "showTerminal"],
  ] as const)("of %s", (_name, definition, exitCode, folder, severity, actions) => {
    const outcome = outcomeOf({ definition, name: "train a.model.ts", exitCode, run: folder });
    expect(outcome?.severity).toBe(severity);
    expect(outcome?.actions.join()).toBe(actions);
    expect(outcome?.message).toMatch(/^quantlens train a\.model\.ts .*\.$/);
  });

  it.each([
    ["that found something", check, 1],
    ["that found nothing", check, 0],
    ["that was interrupted before it began anything", train, 130],
  ] as const)("says nothing of a task %s", (_name, definition, exitCode) => {
    expect(outcomeOf({ definition, name: "x", exitCode })).toBeUndefined();
  });
});
