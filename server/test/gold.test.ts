/** The example with the winning team's weights: the numbers that the challenge published. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { goldenPath, hasGolden } from "../../shared/testing/golden.js";
import { codeLenses } from "../src/features/code-lens.js";
import { diagnostics } from "../src/features/diagnostics.js";
import { createFiles } from "../src/host/files.js";
import { WeightsStore } from "../src/models/weights-store.js";
import { OpenDocuments } from "../src/text/documents.js";
import { modelUri, OpenModel } from "./open-model.js";

const example = path.resolve(import.meta.dirname, "../../examples/bacalhaunet/bacalhaunet.model.ts");

describe.skipIf(!hasGolden)("BacalhauNet with its published weights", () => {
  const open = async (): Promise<OpenModel> => {
    const weights = new WeightsStore(createFiles(new OpenDocuments(), undefined));
    const gold = pathToFileURL(goldenPath("onnx", "bacalhaunet_gold.onnx")).href;
    return OpenModel.open(readFileSync(example, "utf8"), { weights: await weights.of(modelUri, gold) });
  };

  it("scores 0.016211 and is within its budget", async () => {
    const opened = await open();
    const state = await opened.state();
    expect(state.shown?.analysis.cost.totals).toMatchObject({ bops: 19_242_864, memWBits: 10_704 });
    expect(state.shown?.analysis.score).toBeCloseTo(0.016211, 6);
    const [lens] = codeLenses(state, { file: modelUri, commands: "client", base: undefined });
    expect(lens?.command?.title).toBe(
      "score 0.0162 (bacalhaunet_gold.onnx) · 19.2 Mbop · 10.7 kb · 18.9 % below budget",
    );
  });

  it("is told what its two residual sums cost", async () => {
    const opened = await open();
    const found = diagnostics(await opened.state(), modelUri, () => undefined);
    const residual = found.find(({ code }) => code === "residual-not-requantised");
    expect(residual?.message).toContain("46.9 %");
    expect(residual?.message).toContain("0.011675");
    expect(opened.text.split("\n")[residual?.range.start.line ?? 0]).toContain("add(y, x)");
    expect(residual?.relatedInformation).toHaveLength(2);
  });
});
