/** The rules on the real networks: the challenge's winner, its baseline, and other exports. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { analyzeOnnx, defaultAnalysisOptions } from "../analysis/analyze.js";
import type { Analysis } from "../analysis/types.js";
import { computeCost } from "../cost/cost.js";
import { score } from "../cost/score.js";
import { readOnnx } from "../onnx/read.js";
import type { Problem } from "../problems.js";
import { analyzeText, checkFix } from "../testing/fixture.js";
import { goldenPath, hasGolden } from "../testing/golden.js";
import { readWeightsFromOnnx } from "../weights/weights-from-onnx.js";

const examples = path.resolve(import.meta.dirname, "../../examples");
const bacalhaunet = readFileSync(path.join(examples, "bacalhaunet/bacalhaunet.model.ts"), "utf8");

function golden(name: string, options: Partial<typeof defaultAnalysisOptions> = {}): Analysis {
  const { value } = readOnnx(readFileSync(goldenPath("onnx", name)));
  return analyzeOnnx(value!, { ...defaultAnalysisOptions, ...options });
}

function withCode({ problems }: Analysis, code: string): readonly Problem[] {
  return problems.filter((problem) => problem.code === code);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

describe.skipIf(!hasGolden)("the winner's gold model", () => {
  describe.each(["finn-base", "qonnx"] as const)("with %s", (flavor) => {
    const analysis = hasGolden ? golden("bacalhaunet_gold.onnx", { flavor }) : undefined;
    const sums = analysis ? withCode(analysis, "residual-not-requantised") : [];

    it("pays 46.9 % of its bit-ops for two sums that nothing quantises", () => {
      expect(sums.map(({ target }) => target)).toEqual([
        { kind: "node", node: "Add_48" },
        { kind: "node", node: "Add_93" },
      ]);
      for (const { message } of sums) {
        expect(message).toContain(
          "46.9 % of all bit-ops come from multiplications that read the model's 2 residual sums",
        );
        expect(message).toContain("together cost +7.33 Mbop = 38.1 % (score 0.016211 → 0.011675)");
      }
    });

    it("would have the published score with both sums at 6 bits", () => {
      const saved = total(sums.map(({ price }) => price?.bops ?? 0));
      expect(saved).toBe(19_242_864 - 11_914_608);
      const { graph, cost, baseline } = analysis!;
      const mended = computeCost(graph!, {
        flavor,
        discountSparsity: true,
        changes: sums.map(({ target }) => {
          const node = graph!.nodes.find(({ name }) => target.kind === "node" && name === target.node)!;
          return { kind: "dataType", tensor: node.outputs[0]!, dataType: "SCALEDUINT6" };
        }),
      });
      expect(mended.totals.bops).toBe(11_914_608);
      expect(score(mended.totals, baseline).toFixed(6)).toBe("0.011675");
      expect(score(cost!.totals, baseline) - total(sums.map(({ price }) => price?.score ?? 0))).toBeCloseTo(
        score(mended.totals, baseline),
        12,
      );
    });

    it("is a valid submission", () => {
      expect(analysis?.problems.filter(({ severity }) => severity === "error")).toEqual([]);
    });

    it("needs 18 bits to accumulate in its classifier", () => {
      const [needed] = withCode(analysis!, "accumulator-needed");
      expect(needed?.related?.map(({ message }) => message)).toContain("Gemm_131: 18 bits");
    });

    it("has 116 weights that only rounding makes free", () => {
      expect(withCode(analysis!, "free-zeros").map(({ message }) => message)).toEqual([
        expect.stringContaining("116 of them by rounding"),
      ]);
    });
  });
});

describe.skipIf(!hasGolden)("the example with the gold weights", () => {
  it("says the same of its one place in the source, and the fix gives the published score", async () => {
    const gold = readOnnx(readFileSync(goldenPath("onnx/bacalhaunet_gold.onnx"))).value;
    const options = { weights: readWeightsFromOnnx(gold!) };
    const [sum, ...others] = withCode(await analyzeText(bacalhaunet, options), "residual-not-requantised");
    expect(others).toEqual([]);
    expect(sum?.message).toContain("costs +7.33 Mbop = 38.1 % of all bit-ops (score 0.016211 → 0.011675 without)");
    expect(sum?.message).toContain("46.9 % of all bit-ops come from multiplications that read these 2 residual sums");
    const mended = await analyzeText(
      bacalhaunet.replace("add(y, x)", "quantReLU(add(y, x), { actQuant: uint(6) })"),
      options,
    );
    expect(mended.score?.toFixed(6)).toBe("0.011675");
  });
});

describe.skipIf(!hasGolden)("other exports", () => {
  it("the baseline has nothing to requantise and no errors", () => {
    const analysis = golden("vgg10_w8a8.onnx");
    expect(analysis.problems.filter(({ severity }) => severity === "error" || severity === "warning")).toEqual([]);
  });

  it("the other team's global max pool is unknown to both tools", () => {
    for (const flavor of ["finn-base", "qonnx"] as const) {
      const [problem] = withCode(golden("aaronnet32plus.onnx", { flavor }), "unsupported-op");
      expect(problem?.message).toContain("write it as MaxPool with a fixed kernel");
    }
  });

  it("the fully connected net is no entry to the challenge", () => {
    expect(withCode(golden("tfc_2w2a.onnx", { flavor: "qonnx" }), "static-input-shape")).toHaveLength(1);
    expect(withCode(golden("tfc_2w2a.onnx", { flavor: "qonnx", profile: "finn" }), "static-input-shape")).toEqual([]);
  });
});

describe("the examples", () => {
  it.each(["bacalhaunet/bacalhaunet.model.ts", "vgg10/vgg10.model.ts", "tiny/keyword-spotting.model.ts"])(
    "%s has no errors",
    async (file) => {
      const { problems, graph } = await analyzeText(readFileSync(path.join(examples, file), "utf8"));
      expect(graph).toBeDefined();
      expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
    },
  );

  it("bacalhaunet says once what its helper does twice, and the fix mends both", async () => {
    const [sum, ...others] = withCode(await analyzeText(bacalhaunet), "residual-not-requantised");
    expect(others).toEqual([]);
    expect(sum?.related).toHaveLength(2);
    expect(sum?.price?.bops).toBeGreaterThan(0);
    await checkFix(
      "residual-not-requantised",
      bacalhaunet,
      bacalhaunet.replace("add(y, x)", "quantReLU(add(y, x), { actQuant: uint(6) })"),
    );
  });
});
