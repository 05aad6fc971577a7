/** Each criterion on its own: one thing is changed about a submission that is valid. */
import { beforeAll, describe, expect, it } from "vitest";
import { analyzeOnnx } from "../../shared/analysis/analyze.js";
import { computeCost } from "../../shared/cost/cost.js";
import { quantlensDomain } from "../../shared/graph/custom-op.js";
import type { Graph } from "../../shared/graph/graph.js";
import { formatPercent, judge, type Submission } from "./criteria.js";
import { madeEvaluation } from "./testing/evaluation.js";

const shape = [1, 2, 1024];
const graph: Graph = {
  name: "net",
  nodes: [{ name: "relu", opType: "Relu", domain: "", inputs: ["x"], outputs: ["y"], attributes: {} }],
  tensors: new Map(["x", "y"].map((name) => [name, { name, shape, elementType: "float32" as const, constant: false }])),
  inputs: ["x"],
  outputs: ["y"],
  layers: [],
};

const costed = (of: Graph) => computeCost(of, { flavor: "finn-base", discountSparsity: true });
let valid: Submission;

beforeAll(() => {
  const evaluation = madeEvaluation("net", { bops: 0, memWBits: 0 }, 150_000);
  valid = { name: "net", graph, analysis: analyzeOnnx(graph), cost: costed(graph), evaluation };
});

/** The criteria that fail, as `name: sentence`. */
const failures = (submission: Submission) =>
  judge(submission).flatMap(({ verdict, name, sentence }) => (verdict === "failed" ? [`${name}: ${sentence}`] : []));

const evaluated = (changes: object): Submission => ({ ...valid, evaluation: { ...valid.evaluation, ...changes } });

describe("judge", () => {
  it("finds nothing wrong with a valid submission", () => {
    expect(failures(valid)).toEqual([]);
  });

  it("says what a person must do in one sentence each", () => {
    const open = judge(valid).filter(({ verdict }) => verdict === "open");
    expect(open.map(({ name }) => name)).toEqual(["repository", "official cost", "accuracy in PyTorch", "end to end"]);
    for (const { sentence } of open) expect(sentence).toMatch(/^[a-z].*[^.]\.$/);
  });

  it.each([
    ["other data", { name: "synthetic" }, /^split: .* measured on synthetic, where RadioML 2018\.01A is prescribed\.$/],
    ["other frames", { testSha256: "12" }, /^split: the test frames have the SHA-256 12, where the prescribed split/],
    ["frames that nobody named", { testSha256: undefined }, /^split: the test frames have the SHA-256 \(none\)/],
    ["fewer frames", { testSize: 100 }, /^split: .* of 100 test frames, where all 255,840 .* are expected\.$/],
  ])("fails %s", (_, data, sentence) => {
    expect(failures(evaluated({ data: { ...valid.evaluation.data, ...data } }))).toEqual([
      expect.stringMatching(sentence),
    ]);
  });

  it("fails an accuracy on a part of the frames, and numbers that do not add up", () => {
    expect(failures(evaluated({ accuracy: { correct: 90, samples: 100 } })).join()).toMatch(
      /^split: .* on 100 of 255,840/,
    );
    expect(failures(evaluated({ accuracy: { correct: 150_001, samples: 255_840 } })).join()).toMatch(/do not add up/);
    expect(failures(evaluated({ bySnr: valid.evaluation.bySnr.slice(1) })).join()).toMatch(/those of 26 ratios/);
    expect(failures(evaluated({ byClass: valid.evaluation.byClass.slice(1) })).join()).toMatch(
      /those of 24 modulations/,
    );
    expect(failures(evaluated({ accuracy: { correct: 0, samples: 0 } })).join()).toMatch(/accuracy is 0\.000 %/);
  });

  it("fails an evaluation of another model or of other weights", () => {
    expect(failures({ ...valid, name: "other" }).join()).toMatch(/^evaluated network: .* model net, where other/);
    const cost = { bops: 5, memWBits: 6, flavor: "finn-base" };
    expect(failures(evaluated({ cost })).join()).toMatch(
      /costs 5 bit-operations and 6 bits and the packaged one 0 and 0/,
    );
  });

  it("fails another input and an operator without a price", () => {
    const [relu] = graph.nodes;
    const softmax: Graph = {
      ...graph,
      nodes: [{ ...relu!, opType: "Softmax" }],
      tensors: new Map([...graph.tensors].map(([name, tensor]) => [name, { ...tensor, shape: [2, 2, 1024] }])),
    };
    const found = failures({ ...valid, graph: softmax, cost: costed(softmax) });
    expect(found).toEqual([
      expect.stringMatching(/^input: the ONNX file's input is \(2, 2, 1024\), where \(1, 2, 1024\) is prescribed\.$/),
      expect.stringMatching(/^cost: the official cost function does not know Softmax/),
    ]);
  });

  it("leaves a custom operator to people, with what it is charged", () => {
    const [relu] = graph.nodes;
    const attributes = { outputShape: shape, macs: 1000, weightElements: 4 };
    const custom: Graph = { ...graph, nodes: [{ ...relu!, opType: "CustomOp", domain: quantlensDomain, attributes }] };
    const open = judge({ ...valid, graph: custom }).find(({ name }) => name === "custom operator");
    expect(open?.verdict).toBe("open");
    expect(open?.sentence).toContain("1,000 multiply-accumulates");
  });
});

it.each([
  [0.56, "56.000 %"],
  [0.5599999, "55.999 %"],
  [1, "100.000 %"],
])("%d is cut off as %s", (share, text) => {
  expect(formatPercent(share)).toBe(text);
});
