import { describe, expect, it } from "vitest";
import type { ModelSummary } from "../../shared/messages.js";
import { statusText } from "./status-text.js";

const summary: ModelSummary = {
  name: "BacalhauNetV1",
  score: 0.016211,
  bops: 19_242_864,
  memWBits: 10_704,
  macs: 1_000,
};

describe("statusText", () => {
  it("shows the score, and everything else in the tooltip", () => {
    const { text, tooltip, isError } = statusText({ state: "ready" }, summary, true);
    expect({ text, isError }).toEqual({ text: "$(graph) 0.0162", isError: false });
    expect(tooltip.split("\n\n")).toEqual([
      "**BacalhauNetV1**",
      "Score 0.0162",
      "19.2 Mbop, 10.7 kb of weights",
      "Dense: no weights are selected.",
    ]);
  });

  it("keeps the score while the server is busy", () => {
    expect(statusText({ state: "busy" }, summary, true).text).toBe("$(loading~spin) 0.0162");
  });

  it("shows the budget, and the parameters that the numbers stand for", () => {
    const parameters = [{ name: "bits", value: 4, default: 6 }];
    const { text, tooltip } = statusText({ state: "ready" }, { ...summary, parameters, budget: { score: 0.02 } }, true);
    expect(text).toBe("$(graph) 0.0162 / 0.0200");
    expect(tooltip).toContain("Parameters: bits 4");
  });

  it("names budget and weights, and says when something is not current", () => {
    const weights = { uri: "file:///models/gold%20run.onnx", stale: true };
    const { tooltip } = statusText({ state: "ready" }, { ...summary, weights, budget: { score: 0.02 } }, false);
    expect(tooltip.split("\n\n")).toEqual([
      "**BacalhauNetV1** (as of the last text that ran)",
      "Score 0.0162 of a budget of 0.0200",
      "19.2 Mbop, 10.7 kb of weights",
      "Weights: gold run.onnx (stale: the architecture has changed since)",
    ]);
  });

  it("says that there is no cost yet", () => {
    expect(statusText({ state: "ready" }, undefined, true).tooltip).toBe("The model in this editor has no cost yet.");
  });

  it("shows the server's start and its errors before any number", () => {
    expect(statusText({ state: "starting" }, summary, true).text).toBe("$(loading~spin) QuantLens");
    const failed = statusText({ state: "error", message: "The server has stopped." }, summary, true);
    expect(failed).toEqual({
      text: "$(error) QuantLens",
      tooltip: "The server has stopped. Click for the log.",
      isError: true,
    });
  });
});
