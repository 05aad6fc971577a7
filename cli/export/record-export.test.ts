import { createHash } from "node:crypto";
import { readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseExportIndex } from "../../shared/exports/export-index.js";
import { makeFolder } from "../testing/folder.js";
import { recordExport, type FinishedExport } from "./record-export.js";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const time = new Date("2026-01-02T03:04:05.000Z");

const files = { "p/net.model.ts": "model", "p/parts/a.ts": "a", "p/net.onnx": "onnx", "w.pth": "weights" };

function finished(root: string, more: Partial<FinishedExport> = {}, name = "net.model.ts"): FinishedExport {
  const parameters = [{ name: "bits", value: 4, default: 8 }];
  const imports = [path.join(root, "p/parts/a.ts")];
  const definition = { parameters } as unknown as FinishedExport["model"]["definition"];
  return {
    model: { file: path.join(root, "p", name), sha256: sha256("model"), imports, definition },
    output: path.join(root, "p/net.onnx"),
    weights: path.join(root, "w.pth"),
    format: "qonnx",
    score: 0.5,
    totals: { bops: 10, memWBits: 20 },
    ...more,
  };
}

const indexIn = (root: string) => parseExportIndex(readFileSync(path.join(root, "p/.quantlens/exports.json"), "utf8"));

describe("recordExport", () => {
  it("notes relative paths and digests of all that went in", async () => {
    const root = makeFolder(files);
    await recordExport(finished(root), time);
    expect(indexIn(root)).toEqual([
      {
        model: "net.model.ts",
        output: "net.onnx",
        outputSha256: sha256("onnx"),
        weights: "../w.pth",
        weightsSha256: sha256("weights"),
        format: "qonnx",
        sources: { "net.model.ts": sha256("model"), "parts/a.ts": sha256("a") },
        parameters: { bits: 4 },
        score: 0.5,
        bops: 10,
        memWBits: 20,
        exportedAt: time.toISOString(),
      },
    ]);
  });

  it("keeps other files, and forgets what was at the same place, of whichever model", async () => {
    const root = makeFolder({ ...files, "p/other.model.ts": "model", "p/other.onnx": "onnx" });
    await recordExport(finished(root), time);
    await recordExport(finished(root, { output: path.join(root, "p/other.onnx") }), time);
    await recordExport(finished(root, {}, "other.model.ts"), time);
    expect(indexIn(root).map(({ model, output }) => [model, output])).toEqual([
      ["net.model.ts", "other.onnx"],
      ["other.model.ts", "net.onnx"],
    ]);
  });

  it("writes paths that hold where the model was opened by another name", async () => {
    const root = makeFolder(files);
    symlinkSync(path.join(root, "p"), path.join(root, "link"));
    const { model } = finished(root);
    await recordExport(finished(root, { model: { ...model, file: path.join(root, "link/net.model.ts") } }), time);
    expect(indexIn(root)[0]).toMatchObject({ output: "net.onnx", weights: "../w.pth" });
  });

  it("replaces an index that is none", async () => {
    const root = makeFolder({ ...files, "p/.quantlens/exports.json": "{" });
    await recordExport(finished(root), time);
    expect(indexIn(root)).toHaveLength(1);
  });
});
