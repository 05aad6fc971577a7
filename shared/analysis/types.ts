/** The façade's results: everything that hints, diagnostics and the terminal show about one model. */
import type { Baseline, CostReport } from "../cost/types.js";
import type { ModelDefinition } from "../dsl/definition.js";
import type { CostFlavor } from "../graph/datatype.js";
import type { Graph } from "../graph/graph.js";
import type { Problem, Severity } from "../problems.js";
import type { Profile } from "../rules/types.js";
import type { Program } from "../sandbox/program.js";

export interface AnalysisOptions {
  readonly flavor: CostFlavor;
  readonly discountSparsity: boolean;
  readonly profile: Profile;
  /** Overrides per rule code. */
  readonly severities: Readonly<Record<string, Severity | "off">>;
  /** Overrides for the model's parameters. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** The weights that the numbers stand for. */
export interface WeightsState {
  readonly source: string;
  /** "fresh" when every weight tensor found its values, "stale" when the architecture differs. */
  readonly state: "fresh" | "stale";
  /** One sentence each: what did not fit. */
  readonly mismatches: readonly string[];
}

export interface Analysis {
  /** Absent for an ONNX file. */
  readonly program?: Program;
  /** Absent for an ONNX file and where the model file did not run. */
  readonly definition?: ModelDefinition;
  /** Absent when the file did not run. Has the selected weights in it. */
  readonly graph?: Graph;
  /** Without weights, no discount: what the architecture costs. */
  readonly dense?: CostReport;
  /** With the selected weights and the asked discount (equals `dense` without weights). */
  readonly cost?: CostReport;
  readonly baseline: Baseline;
  readonly score?: number;
  readonly denseScore?: number;
  readonly weights?: WeightsState;
  /** Everything found: parse errors, sandbox errors, DSL problems, rules; severities resolved, disabled ones left out. */
  readonly problems: readonly Problem[];
}
