import { describe, expect, it } from "vitest";
import type { EvaluatedModel } from "../evaluate/evaluated-model.js";
import { evaluationCounter } from "../evaluate/evaluation.js";
import { evaluationJson } from "../evaluate/evaluation-json.js";
import { evaluationTable } from "../evaluate/evaluation-table.js";
import { verdict } from "../evaluate/metrics.js";
import type { Inspection } from "../inspect/inspect.js";
import { createColors } from "../output/colors.js";
import { evaluationReport, inspectionReport } from "./report.js";

const snrs = Array.from({ length: 9 }, (_, index) => 5 * index - 20);

function evaluation(ratios: readonly number[] = snrs) {
  const counter = evaluationCounter(3, ratios);
  for (const [step, snr] of (ratios.length > 0 ? ratios : [0]).entries()) {
    for (const label of [0, 1, 2]) {
      for (let sample = 0; sample < 10; sample++) {
        const logits = new Float32Array(3);
        logits[sample < step + 1 ? label : (label + 1) % 3] = 1;
        counter.add(logits, [label], ratios.length > 0 ? [snr] : undefined);
      }
    }
  }
  return counter.result();
}

const quality = {
  ...{ quantizer: "q", bits: 2, elements: 10, scale: { min: 0.5, max: 0.5 }, range: { min: 0, max: 1 } },
  ...{ sqnr: 12.3, saturated: 0.25, zeros: 0.5, codes: 4, unused: 1, entropy: 1.2, channels: 2, dead: [1] },
  histogram: { first: 0, width: 1, counts: [5, 3, 0, 2] },
};

const inspection: Inspection = {
  samples: 20,
  notFinite: [7],
  weights: [{ ...quality, layer: "conv", parameter: "conv.weight", shape: [2, 1, 3] }],
  activations: [{ ...quality, layer: "act", shape: [2, 8], accumulatedSqnr: 9.9 }],
  accumulators: [
    { layer: "conv", node: "conv", min: -5, max: 700, bits: 11, overflows: 0, seen: { min: 0, max: 9, bits: 5 } },
  ],
  notes: [{ node: "add", reason: "it adds values that are not quantised" }],
};

/** Without verdict, integers and inspection. */
function bareModel(counts = evaluation()): EvaluatedModel {
  return {
    file: "net.model.ts",
    model: 'Net <1> & "co"',
    weights: "best.safetensors",
    data: { name: "synthetic", testSize: 300, testSha256: "" },
    backend: "wasm",
    classes: ["<script>alert(1)</script>", "BPSK", "QPSK"],
    evaluation: counts,
    topK: [1, 2],
    cost: { score: 0.016211, bops: 19242864, memWBits: 10704, baseline: "VGG10", flavor: "finn-base" },
  };
}

function model(changes: Partial<EvaluatedModel> = {}): EvaluatedModel {
  const counts = evaluation();
  return {
    ...bareModel(counts),
    verdict: { ...verdict(counts, 0.56), from: "itu2021" },
    integer: {
      ...{ float: counts, integer: counts, largestLogitDifference: 0.5, notes: inspection.notes },
      disagreements: [{ index: 17, label: 1, snr: -4, float: 1, integer: 2, first: "act.quant" }],
      layers: [{ quantizer: "act.quant", codes: 100, different: 3, samples: 2, first: 1 }],
      accumulators: inspection.accumulators,
    },
    inspection,
    ...changes,
  };
}

/** Tags that are opened and not closed, or the other way round. */
function unbalanced(document: string): string[] {
  const open: string[] = [];
  for (const [, closing, name = "", selfClosing] of document.matchAll(
    /<(\/?)([a-zA-Z][\w-]*)(?:"[^"]*"|[^>"])*?(\/?)>/g,
  )) {
    if (selfClosing === "/" || ["meta", "!doctype"].includes(name)) continue;
    if (closing === "") open.push(name);
    else if (open.pop() !== name) return [`</${name}>`];
  }
  return open;
}

describe("evaluationReport", () => {
  const report = evaluationReport(model());

  it("is one document that loads nothing and runs nothing", () => {
    expect(report.startsWith("<!doctype html>")).toBe(true);
    expect(unbalanced(report)).toEqual([]);
    expect(report).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(report).not.toMatch(/<(script|link|img|iframe|object|embed)\b/);
    expect(report).not.toMatch(/ on[a-z]+=/);
    expect(report.match(/https?:[^"]*/g)?.filter((url) => !url.startsWith("http://www.w3.org/"))).toEqual([]);
  });

  it("shows names as text, whatever is in them", () => {
    expect(report).toContain("Net &lt;1&gt; &amp; &quot;co&quot;");
    expect(report).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  });

  it("describes every picture, and every mark of the matrices", () => {
    const pictures = report.match(/<svg [^>]*>/g) ?? [];
    // Over ratios, by class and ratio, by class, confusion overall and at 6 ratios, 2 histograms.
    expect(pictures).toHaveLength(12);
    for (const picture of pictures) expect(picture).toMatch(/role="img" aria-label="[^"]{20,}"/);
    expect(report).toContain("<title>BPSK taken for QPSK: 50.00 %</title>");
    expect(report).toContain("<title>QPSK at 20 dB: 90.00 % of 10</title>");
    expect(report).not.toContain("ecmeta_");
  });

  it("has the numbers of the pictures in tables with headings", () => {
    expect(report).toMatch(/<th scope="row" class="right">-20 dB<\/th>\s*<td class="right">30<\/td>/);
    const tables = report.match(/<table>[\s\S]*?<\/table>/g) ?? [];
    expect(tables.length).toBeGreaterThan(10);
    for (const table of tables) expect(table).toMatch(/<caption>[\s\S]+<\/caption>[\s\S]*<th scope="col"/);
  });

  it("says what the verdict, the score and the integers are", () => {
    expect(report).toContain("Goal of 56.00 % (itu2021) missed");
    expect(report).toContain("0.016211");
    expect(report).toMatch(/another class than in floating\s+point\s+for\s+1 of 270 samples/);
    expect(report).toContain("it adds values that are not quantised");
  });

  it("does without ratios, integers and inspection", () => {
    const small = evaluationReport(bareModel(evaluation([])));
    expect(unbalanced(small)).toEqual([]);
    expect(small).not.toContain("signal-to-noise");
    expect(small.match(/<svg /g)).toHaveLength(2);
  });

  it("turns the names of classes only where they do not fit side by side", () => {
    const names = (classes: readonly string[]) =>
      evaluationReport({ ...bareModel(evaluation([])), classes }).match(
        /<text[^>]*matrix\([^>]*>(one|two|too long)</g,
      ) ?? [];
    expect(names(["one", "two", "one"])).toEqual([]);
    expect(names(["one", "two", "too long"]).length).toBeGreaterThan(0);
  });
});

describe("inspectionReport", () => {
  it("has a page for weights, activations and accumulators", () => {
    const report = inspectionReport("Net", "weights of w", inspection);
    expect(report).toContain(
      "Sample 7 of the data (counted from 0) has or comes to values that are not finite numbers",
    );
    expect([...report.matchAll(/<h2 id="(\w+)"/g)].map(([, id]) => id)).toEqual([
      "weights",
      "activations",
      "accumulators",
    ]);
    expect(report).toContain("<title>code 1: 3</title>");
  });
});

describe("evaluationTable", () => {
  const text = evaluationTable(model(), false, createColors(false));

  it("has accuracy, interval, verdict and score first", () => {
    expect(text.split("\n").slice(0, 7)).toEqual([
      'Net <1> & "co"  net.model.ts',
      "weights of best.safetensors, test part of synthetic, backend wasm",
      "",
      "accuracy 50.00 % (135 of 270), 95 % interval 44.08 % to 55.92 %",
      "top 2 66.67 %, mean cross-entropy 1.0514",
      "goal of 56.00 % (itu2021) missed",
      "score 0.016211: 19,242,864 bit-operations, 10,704 bits of weights (finn-base; baseline: VGG10)",
    ]);
  });

  it("says how many samples have logits that are not numbers", () => {
    const counter = evaluationCounter(3, []);
    counter.add(Float32Array.of(1, NaN, 0), [0], undefined);
    expect(evaluationTable(bareModel(counter.result()), false, createColors(false))).toContain(
      "\n1 sample gave logits that are not numbers: it counts as wrong\n",
    );
    counter.add(Float32Array.of(NaN, 1, 0), [0], undefined);
    expect(evaluationReport(bareModel(counter.result()))).toContain(
      "2 samples gave logits that are not numbers: they count as wrong.",
    );
  });

  it("says when the goal is within the interval", () => {
    const close = { ...verdict(evaluation(), 0.49), from: "--goal", remark: "on few samples" };
    expect(evaluationTable(model({ verdict: close }), false, createColors(false))).toContain(
      "goal of 49.00 % (--goal) met, but the goal lies within the 95 % interval (44.08 % to 55.92 %): on other samples it could be missed; on few samples",
    );
  });

  it("lists ratios and classes, and the matrices on request", () => {
    expect(text).toMatch(/^-20 dB +30 +3 +10\.00 %$/m);
    expect(text).toMatch(/^BPSK +90 +45 +50\.00 % +50\.00 % {2}QPSK \(50\.00 %\)$/m);
    expect(text).not.toContain("Confusion in %");
    const details = evaluationTable(model(), true, createColors(false));
    expect(details).toMatch(/^class +1 +2 +3\n.*script.* +50 +50 +0\nBPSK +0 +50 +50$/m);
    const short = evaluationTable(model({ classes: ["0", "1", "2"] }), true, createColors(false));
    expect(short).toMatch(/^class +0 +1 +2\n0 +50 +50 +0$/m);
    expect(details).toMatch(/^BPSK +10 +20 +30 +40 +50 +60 +70 +80 +90$/m);
  });

  it("names the samples on which integers disagree, the first twenty of them", () => {
    expect(text).toMatch(/^ +17 {2}-4 dB {2}BPSK +BPSK +QPSK +act\.quant$/m);
    const { integer } = model();
    const many = { ...integer!, disagreements: Array.from({ length: 25 }, () => integer!.disagreements[0]!) };
    expect(evaluationTable(model({ integer: many }), false, createColors(false))).toContain("... and 5 more");
  });
});

describe("evaluationJson", () => {
  it("has every count, and null for what is not there", () => {
    const { integer } = model();
    const evaluated = { ...bareModel(), ...(integer && { integer }) };
    const json = JSON.parse(JSON.stringify(evaluationJson(evaluated))) as Record<string, unknown>;
    expect(json).toMatchObject({
      ...{ file: "net.model.ts", goal: null, inspection: null, notFinite: 0 },
      accuracy: { correct: 135, samples: 270, accuracy: 0.5, interval: { level: 0.95 } },
      topK: [
        { k: 1, correct: 135 },
        { k: 2, correct: 180 },
      ],
      confusion: {
        overall: [
          [45, 45, 0],
          [0, 45, 45],
          [45, 0, 45],
        ],
      },
      integer: { disagreements: [{ index: 17, first: "act.quant" }] },
    });
    expect(json.byClassAndSnr).toHaveLength(3);
  });
});
