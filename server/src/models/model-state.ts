/** What the features see of one model file: the analysis of the current texts and, behind it, the last that ran. */
import type { Analysis } from "../../../shared/analysis/types.js";
import { attribute, type Attribution } from "../../../shared/cost/attribution.js";
import type { CostReport } from "../../../shared/cost/types.js";
import type { ModelDefinition } from "../../../shared/dsl/definition.js";
import type { Graph } from "../../../shared/graph/graph.js";
import type { Problem } from "../../../shared/problems.js";
import type { Program } from "../../../shared/sandbox/program.js";
import type { ServerConfig } from "../config.js";
import type { Sources } from "../text/sources.js";

/** An analysis of a model that ran. */
export interface RunAnalysis extends Analysis {
  readonly program: Program;
  readonly definition: ModelDefinition;
  readonly graph: Graph;
  readonly dense: CostReport;
  readonly cost: CostReport;
  readonly score: number;
  readonly denseScore: number;
}

/** A model that ran, with its positions in the current texts. */
export interface ShownModel {
  readonly analysis: RunAnalysis;
  readonly sources: Sources;
}

export interface ModelState {
  /** Unique per evaluation: lazily resolved answers and diagnostics refer to it. */
  readonly id: number;
  /** Canonical URI of the model file. */
  readonly key: string;
  readonly config: ServerConfig;
  /** Of the current texts: why the model does not run now, or what its rules say. */
  readonly analysis: Analysis;
  /** Of `analysis`: every file that was read for it. */
  readonly sources: Sources;
  /** The last analysis that ran; its `analysis` is the same object when the current texts run. */
  readonly shown: ShownModel | undefined;
  /** Files that were read or looked for. */
  readonly dependencies: ReadonlySet<string>;
  /** The selected weights' file. */
  readonly weightsUri: string | undefined;
  /** Found outside the model: weights that cannot be read. */
  readonly problems: readonly Problem[];
}

/** True when what is shown is of the current texts. */
export function isFresh(state: ModelState): boolean {
  return state.shown?.analysis === state.analysis;
}

/** The same object typed by what a run has, or `undefined` when the model did not run. */
export function asRun(analysis: Analysis): RunAnalysis | undefined {
  const { program, definition, graph, dense, cost, score, denseScore } = analysis;
  const complete = program && definition && graph && dense && cost && score !== undefined && denseScore !== undefined;
  return complete ? (analysis as RunAnalysis) : undefined;
}

const attributions = new WeakMap<RunAnalysis, Attribution>();

/** Costs along the call chains, made when first asked for. */
export function attributionOf(analysis: RunAnalysis): Attribution {
  let attribution = attributions.get(analysis);
  if (!attribution) {
    attribution = attribute(analysis.cost, analysis.graph);
    attributions.set(analysis, attribution);
  }
  return attribution;
}
