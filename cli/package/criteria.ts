/** What makes a submission valid (ITU-ML5G-PS-007): each criterion, checked where it can be. */
import { analyzeOnnx } from "../../shared/analysis/analyze.js";
import type { Analysis } from "../../shared/analysis/types.js";
import { computeCost } from "../../shared/cost/cost.js";
import type { CostReport } from "../../shared/cost/types.js";
import { formatCount } from "../../shared/format.js";
import { customOpCost } from "../../shared/graph/custom-op.js";
import type { Graph } from "../../shared/graph/graph.js";
import type { EvaluationDocument } from "./evaluation-document.js";
import { otherTest } from "./prescribed-test.js";

/** `open`: nothing here can know it, and the sentence says what a person must do. */
export type Verdict = "met" | "failed" | "open";

export interface Criterion {
  readonly name: string;
  readonly verdict: Verdict;
  /** One sentence: what was found, what is wrong, or what is to be done. */
  readonly sentence: string;
}

export interface Submission {
  readonly name: string;
  /** Of the model file, with its own findings. */
  readonly analysis: Analysis;
  /** As read back from the ONNX file. */
  readonly graph: Graph;
  /** finn-base's, of that graph. */
  readonly cost: CostReport;
  readonly evaluation: EvaluationDocument;
  readonly brevitasProblem?: string;
  readonly repository?: string;
}

/** The least accuracy of a valid submission: 56.000 %. */
export const minAccuracy = 0.56;

const inputShape = [1, 2, 1024];

const quantisationRules: ReadonlySet<string> = new Set(["nonzero-zero-point", "non-uniform-quantiser"]);
/** Criteria of their own judge what these rules find. */
const otherRules: ReadonlySet<string> = new Set(["static-input-shape", "unsupported-op", "split-changed"]);

/** All criteria, in the order of the challenge's rules. */
export function judge(submission: Submission): readonly Criterion[] {
  return [
    accuracy(submission),
    split(submission),
    sameNetwork(submission),
    input(submission),
    ...rules(submission),
    cost(submission),
    ...customOps(submission),
    source(submission),
    repository(submission),
    ...byPeople,
  ];
}

function criterion(name: string, problem: string | undefined, met: string): Criterion {
  return problem === undefined
    ? { name, verdict: "met", sentence: met }
    : { name, verdict: "failed", sentence: `${problem}.` };
}

function accuracy({ evaluation }: Submission): Criterion {
  const { correct, samples } = evaluation.accuracy;
  const share = samples === 0 ? 0 : correct / samples;
  // Cut off, not rounded: 55.9996 % is not 56.000 %.
  const found = `${formatPercent(share)} (${formatCount(correct)} of ${formatCount(samples)} test frames)`;
  const problem =
    share >= minAccuracy && share <= 1
      ? undefined
      : `the accuracy is ${found}, where at least ${formatPercent(minAccuracy)} over all modulations and SNRs is needed`;
  return criterion("accuracy", problem, `${found}.`);
}

/** Three decimals, cut off. */
export function formatPercent(share: number): string {
  return `${(Math.floor(share * 100_000 + 1e-7) / 1000).toFixed(3)} %`;
}

function split({ evaluation, analysis }: Submission): Criterion {
  const changed = analysis.problems.find(({ code, severity }) => code === "split-changed" && severity === "error");
  const problem = otherTest(evaluation) ?? changed?.message.replace(/\.$/, "");
  return criterion("split", problem, "all test frames of the prescribed split, by their SHA-256.");
}

/** An evaluation of other weights has another cost, as far as a number can tell. */
function sameNetwork({ name, graph, cost: report, evaluation }: Submission): Criterion {
  const { model, cost: measured } = evaluation;
  const inFlavor =
    measured.flavor === "qonnx" ? computeCost(graph, { flavor: "qonnx", discountSparsity: true }) : report;
  const { bops, memWBits } = inFlavor.totals;
  const sameCost = measured.bops === bops && measured.memWBits === memWBits;
  const otherCost = `the evaluated network costs ${formatCount(measured.bops)} bit-operations and ${formatCount(measured.memWBits)} bits and the packaged one ${formatCount(bops)} and ${formatCount(memWBits)}, so evaluate these weights`;
  const otherModel = `the evaluation is that of the model ${model}, where ${name} is packaged`;
  const problem = model !== name ? otherModel : sameCost ? undefined : otherCost;
  return criterion("evaluated network", problem, "the evaluation is of a network with this name and this cost.");
}

function input({ graph }: Submission): Criterion {
  const found = graph.inputs.map((name) => `(${(graph.tensors.get(name)?.shape ?? ["?"]).join(", ")})`).join(", ");
  const wanted = `(${inputShape.join(", ")})`;
  const problem = found === wanted ? undefined : `the ONNX file's input is ${found}, where ${wanted} is prescribed`;
  return criterion("input", problem, `one input ${wanted}, batch 1.`);
}

/** The rules of the profile itu2021, in the model file and, whatever comments switch off there, in the ONNX file. */
function rules({ analysis, graph }: Submission): readonly Criterion[] {
  const errors = (of: Analysis) =>
    of.problems.filter(({ severity, code }) => severity === "error" && !otherRules.has(code));
  const inFile = errors(analysis);
  const known = new Set(inFile.map(({ code }) => code));
  const found = [...inFile, ...errors(analyzeOnnx(graph)).filter(({ code }) => !known.has(code))];
  const failed = found.map(({ code, message }) => ({
    name: quantisationRules.has(code) ? "quantisation" : "rules",
    verdict: "failed" as const,
    sentence: `${message} (${code})`,
  }));
  const met = [
    { name: "quantisation", verdict: "met" as const, sentence: "every quantiser is uniform with zero point 0." },
    { name: "rules", verdict: "met" as const, sentence: "no error by the rules of the profile itu2021." },
  ];
  return [...met.filter(({ name }) => failed.every((each) => each.name !== name)), ...failed];
}

function cost({ cost: { unsupported, totals } }: Submission): Criterion {
  const problem =
    unsupported.length === 0
      ? undefined
      : `the official cost function does not know ${unsupported.join(", ")}, so the cost is not the whole cost; use other layers, or agree on a formula and use customOp`;
  return criterion(
    "cost",
    problem,
    `${formatCount(totals.bops)} bit-operations and ${formatCount(totals.memWBits)} bits of weights, every operator known.`,
  );
}

function customOps({ graph }: Submission): readonly Criterion[] {
  return graph.nodes.flatMap((node) => {
    const stated = customOpCost(node);
    if (stated === undefined) return [];
    const { macs, weightElements } = stated;
    const sentence = `${node.name} is charged as stated, ${formatCount(macs)} multiply-accumulates and ${formatCount(weightElements)} weights: agree on this formula with the organisers and name the agreement in the form.`;
    return [{ name: "custom operator", verdict: "open" as const, sentence }];
  });
}

function source({ brevitasProblem }: Submission): Criterion {
  const problem =
    brevitasProblem && `there is no PyTorch and Brevitas source of it: ${brevitasProblem.replace(/\.$/, "")}`;
  return criterion("source", problem, "PyTorch and Brevitas source with its weights, and the model file.");
}

function repository({ repository: address }: Submission): Criterion {
  const name = "repository";
  const publish = "make it public after the deadline";
  return {
    name,
    verdict: "open",
    sentence:
      address === undefined
        ? `name the public repository in the form (or package with --repository ADDRESS), and ${publish}.`
        : `${address} holds the source: see that it does, and ${publish}.`,
  };
}

/** What needs Docker, Brevitas or the data. */
const byPeople: readonly Criterion[] = [
  {
    name: "official cost",
    verdict: "open",
    sentence:
      "build the image and run it (README.md, steps 1 and 2), and compare the dictionary that it prints with the form's: Brevitas and the official function did not run here.",
  },
  {
    name: "accuracy in PyTorch",
    verdict: "open",
    sentence: "measure the accuracy with Brevitas (README.md, step 3) and see that it is the form's.",
  },
  {
    name: "end to end",
    verdict: "open",
    sentence:
      "repeat the training from the packaged source (README.md, step 4), and put in whatever of your own it needs.",
  },
];
