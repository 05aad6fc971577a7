/**
 * The façade of the engine: from an evaluated model file or an ONNX graph to everything that editors and
 * terminals show. Pure functions over plain data; reading files and running the sandbox happen outside.
 */
import { baselines } from "../cost/baselines.js";
import { computeCost } from "../cost/cost.js";
import { score } from "../cost/score.js";
import type { Baseline } from "../cost/types.js";
import type { DslProblem, ModelDefinition } from "../dsl/definition.js";
import { graphFromJson, type Graph } from "../graph/graph.js";
import type { Problem } from "../problems.js";
import { dslProblemFixes } from "../rules/dsl-fixes.js";
import { dslProblemSeverity } from "../rules/dsl-problems.js";
import { runRules } from "../rules/engine.js";
import type { RuleContext } from "../rules/types.js";
import { evaluateModel, type Evaluation, type SandboxHost } from "../sandbox/evaluate.js";
import { editPlace } from "../sandbox/edits.js";
import { locate } from "../sandbox/locate.js";
import type { Program } from "../sandbox/program.js";
import { applyWeights } from "../weights/apply.js";
import type { WeightSet } from "../weights/types.js";
import { withoutDisabled } from "./disabled.js";
import type { Analysis, AnalysisOptions, WeightsState } from "./types.js";

export const defaultAnalysisOptions: AnalysisOptions = {
  flavor: "finn-base",
  discountSparsity: true,
  profile: "itu2021",
  severities: {},
  parameters: {},
};

/** Runs a model file in the sandbox and analyses what it defines. Never throws on what the file contains. */
export async function analyzeModel(
  entry: string,
  host: SandboxHost,
  limits: { readonly deadlineMs: number; readonly memoryMb: number; readonly signal?: AbortSignal },
  options: AnalysisOptions = defaultAnalysisOptions,
  weights?: WeightSet,
): Promise<Analysis> {
  const evaluation = await evaluateModel(entry, host, { ...limits, parameters: options.parameters });
  return analyzeEvaluation(evaluation, options, weights);
}

/** What the sandbox gave back, costed and checked. */
export function analyzeEvaluation(evaluation: Evaluation, options: AnalysisOptions, weights?: WeightSet): Analysis {
  const { program, definition, problems } = evaluation;
  if (definition === undefined) {
    return { ...(program && { program }), baseline: baselines.itu2021, problems };
  }
  const bare = graphFromJson(definition.graph);
  const applied = weights === undefined ? undefined : applyWeights(bare, weights);
  const weightsState: WeightsState | undefined = applied && {
    source: weights?.source ?? "",
    state: applied.mismatches.length === 0 ? "fresh" : "stale",
    mismatches: applied.mismatches,
  };
  const graph = applied?.value ?? bare;
  const found = [...problems, ...definition.problems.flatMap((problem) => fromDsl(problem, graph, options))];
  const analysis = analyzeGraph(graph, options, {
    baseline: definition.challenge?.baseline ?? baselines.itu2021,
    definition,
    ...(program && { program }),
    hasWeights: applied !== undefined,
    problems: found,
  });
  const all = memoise(() => (program ? withoutDisabled(analysis.problems, program) : analysis.problems));
  return {
    graph,
    dense: analysis.dense,
    cost: analysis.cost,
    baseline: analysis.baseline,
    score: analysis.score,
    denseScore: analysis.denseScore,
    ...(program && { program }),
    definition,
    ...(weightsState && { weights: weightsState }),
    get problems() {
      return all();
    },
  };
}

/** An ONNX graph, costed and checked. */
export function analyzeOnnx(graph: Graph, options: AnalysisOptions = defaultAnalysisOptions): Analysis {
  return analyzeGraph(graph, options, { baseline: baselines.itu2021, hasWeights: true, problems: [] });
}

interface GraphFacts {
  readonly baseline: Baseline;
  readonly definition?: ModelDefinition;
  readonly program?: Program;
  readonly hasWeights: boolean;
  readonly problems: readonly Problem[];
}

type GraphAnalysis = Analysis & Required<Pick<Analysis, "dense" | "cost" | "score" | "denseScore">>;

/** Rules run when somebody asks for the problems: hints, which everybody waits for, need the cost alone. */
function analyzeGraph(graph: Graph, options: AnalysisOptions, facts: GraphFacts): GraphAnalysis {
  const { baseline, definition, program, hasWeights } = facts;
  const costOptions = { flavor: options.flavor, discountSparsity: options.discountSparsity };
  const dense = computeCost(graph, { ...costOptions, discountSparsity: false });
  const cost = hasWeights && options.discountSparsity ? computeCost(graph, costOptions) : dense;
  const context: RuleContext = {
    graph,
    ...(definition && { definition }),
    // Findings are one when they stand at the same place, which behind a spread is not where the call is.
    ...(program && {
      placeOf: (target) => JSON.stringify(locate(program, target)),
      editPlaceOf: (edits) => editPlace(program, edits),
    }),
    profile: options.profile,
    cost,
    baseline,
    hasWeights,
    whatIf: (changes) => computeCost(graph, { ...costOptions, discountSparsity: cost.discountSparsity, changes }),
  };
  const problems = memoise(() => [...facts.problems, ...runRules(context, options.severities)]);
  return {
    graph,
    dense,
    cost,
    baseline,
    score: score(cost.totals, baseline),
    denseScore: score(dense.totals, baseline),
    get problems() {
      return problems();
    },
  };
}

function memoise<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => (known ??= { value: compute() }).value;
}

function fromDsl(problem: DslProblem, graph: Graph, options: AnalysisOptions): Problem[] {
  const severity = options.severities[problem.code] ?? dslProblemSeverity(problem.code, options.profile);
  if (severity === "off") return [];
  const { code, message, origin, path } = problem;
  const fixes = dslProblemFixes(problem, graph);
  return [
    {
      code,
      severity,
      message,
      target: origin ? { kind: "site", origin, ...(path && { path }) } : { kind: "model", ...(path && { path }) },
      ...(fixes.length > 0 && { fixes }),
    },
  ];
}
