/** What a rule is. One file per rule under `shared/rules/`; `index.ts` lists them. */
import type { CostChange, CostReport, Baseline } from "../cost/types.js";
import type { Graph } from "../graph/graph.js";
import type { Fix, Price, Problem, ProblemTarget, Severity, SourceEdit } from "../problems.js";
import type { ModelDefinition } from "../dsl/definition.js";

/** Target profiles: whose rules apply. */
export type Profile = "itu2021" | "finn" | "hls4ml" | "qcdq";

export interface RuleContext {
  readonly graph: Graph;
  /** What `defineModel` said; absent for an ONNX graph. */
  readonly definition?: ModelDefinition;
  readonly profile: Profile;
  /** Cost with the weights that are selected (dense when none are). */
  readonly cost: CostReport;
  readonly baseline: Baseline;
  readonly hasWeights: boolean;
  /** Cost of the same graph with changes: how a rule prices itself. */
  whatIf(changes: readonly CostChange[]): CostReport;
  /**
   * A key that is equal for targets at the same place in the source (an option that came through a spread stands
   * elsewhere than its call). Absent: the leaf call and the option path are the place.
   */
  placeOf?(target: ProblemTarget): string | undefined;
  /** A key that is equal for edits that change the same text; absent, or `undefined`, where there is none to change. */
  editPlaceOf?(edits: readonly SourceEdit[]): string | undefined;
}

/** A finding before its severity is known: the engine adds code and severity. */
export interface Finding {
  readonly message: string;
  readonly target: ProblemTarget;
  readonly related?: NonNullable<Problem["related"]>;
  readonly price?: Price;
  readonly fixes?: readonly Fix[];
  /** Overrides the rule's severity for this one finding (e.g. worse when the export would be refused). */
  readonly severity?: Severity;
}

export interface RuleExamples {
  /** Default `ts`: a model file. */
  readonly language?: "ts" | "onnx";
  readonly bad: string;
  readonly good: string;
  /** The profile under which the bad example is reported; default: the first whose severity is not `off`. */
  readonly profile?: Profile;
  /** True for rules about trained weights: the examples run with the same fixed weights. */
  readonly weights?: boolean;
}

export interface Rule {
  readonly code: string;
  /** One line: what it demands. The page `docs/rules/<code>.md` is generated from this object. */
  readonly summary: string;
  /** Markdown: why it matters, with the public source (repository and path). */
  readonly description: string;
  /**
   * Model text that breaks it and the same mended. Tests run both. A rule that only an ONNX file can break has
   * graphs in ONNX's textual syntax instead (`language: "onnx"`).
   */
  readonly examples: RuleExamples;
  readonly severity: Readonly<Record<Profile, Severity | "off">>;
  check(context: RuleContext): Iterable<Finding>;
}
