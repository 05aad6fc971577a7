import { describe, expect, it } from "vitest";
import type { ModelExport } from "../../models/export-store.js";
import { exportCommands, exportTitle } from "./export.js";

const exported: ModelExport = {
  record: {
    model: "bacalhaunet.model.ts",
    output: "bacalhaunet.onnx",
    outputSha256: "ab",
    weightsSha256: "cd",
    weights: "gold.safetensors",
    format: "qonnx",
    sources: {},
    parameters: {},
    score: 0.016211,
    bops: 19_242_864,
    memWBits: 10_704,
    exportedAt: "2026-01-02T03:04:05.000Z",
  },
  outputUri: "file:///p/bacalhaunet.onnx",
  weightsUri: "file:///p/gold.safetensors",
  age: 150_000,
  changed: [],
};

describe("the export's lens", () => {
  it.each<[Partial<ModelExport>, string]>([
    [{}, "exported bacalhaunet.onnx 2 min ago · score 0.01621 · 19.24 Mbop · 10.7 kb · unchanged since"],
    [{ age: 0, changed: ["model"], change: 0.031 }, "just now · … · model changed since export: +3.1 %"],
    [{ age: 3.6e6, changed: ["model"], change: 0 }, "1 h ago · … · model changed since export: ±0 %"],
    [{ age: 8.64e7, changed: ["weights"], change: -0.2 }, "1 day ago · … · weights changed since export: −20 %"],
    [{ age: -5e9, changed: ["parameters"] }, "just now · … · parameters changed since export"],
    [{ age: 3e8, changed: ["model", "weights"] }, "3 days ago · … · model and weights changed since export"],
  ])("%# says what became of the model", (more, expected) => {
    const title = exportTitle({ ...exported, ...more });
    const [start = "", end = start] = expected.split(" · … · ");
    expect(title.startsWith(start) || title.startsWith(`exported bacalhaunet.onnx ${start}`)).toBe(true);
    expect(title.endsWith(end)).toBe(true);
  });

  it("shows the file, and offers to export again what has changed", () => {
    const model = "file:///p/bacalhaunet.model.ts";
    expect(exportCommands(exported, model)).toMatchObject([
      { command: "quantlens.openOnnx", arguments: [{ uri: exported.outputUri }] },
    ]);
    const again = { uri: model, output: exported.outputUri, weights: exported.weightsUri, format: "qonnx" };
    expect(exportCommands({ ...exported, changed: ["model"] }, model)[1]).toEqual({
      title: "Export Again",
      command: "quantlens.export",
      arguments: [again],
    });
  });
});
