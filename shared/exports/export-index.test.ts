import { describe, expect, it } from "vitest";
import { formatExportIndex, parseExportIndex, type ExportRecord } from "./export-index.js";

const record: ExportRecord = {
  model: "net.model.ts",
  output: "out/net.onnx",
  outputSha256: "cd",
  weightsSha256: "ef",
  weights: "net.safetensors",
  format: "qonnx",
  sources: { "net.model.ts": "ab" },
  parameters: { bits: 4 },
  score: 0.5,
  bops: 1,
  memWBits: 2,
  exportedAt: "2026-01-02T03:04:05.000Z",
};

describe("the index of exports", () => {
  it("is read as it was written", () => {
    expect(parseExportIndex(formatExportIndex([record]))).toEqual([record]);
  });

  it.each(["", "{", "null", "[]", '{"schema":2,"exports":[]}', '{"schema":1,"exports":{}}'])(
    "has nothing in it where the file is %j",
    (text) => {
      expect(parseExportIndex(text)).toEqual([]);
    },
  );

  it.each([
    ["no output", { output: undefined }],
    ["a score that is a text", { score: "0.5" }],
    ["a negative cost", { bops: -1 }],
    ["parameters that are a list", { parameters: [] }],
    ["a time that is none", { exportedAt: "yesterday" }],
    ["digests that are numbers", { sources: { a: 1 } }],
  ])("leaves out a record with %s", (_name, wrong) => {
    const text = JSON.stringify({ schema: 1, exports: [{ ...record, ...wrong }, null, record] });
    expect(parseExportIndex(text)).toEqual([record]);
  });

  it("keeps the newest 100", () => {
    const many = Array.from({ length: 130 }, (_value, index) => ({ ...record, score: index }));
    const text = formatExportIndex(many);
    expect(parseExportIndex(text).map(({ score }) => score)).toEqual(many.slice(30).map(({ score }) => score));
    expect(parseExportIndex(JSON.stringify({ schema: 1, exports: many }))).toHaveLength(100);
  });
});
