/**
 * What `defineModel` gives back: the graph and everything else the file says about the experiment, as
 * plain JSON. It crosses the sandbox, so nothing here is a function or a class.
 */
import type { GraphJson, Origin } from "../graph/graph.js";
import type { ParameterValue } from "./plain-values.js";
import type { OptionPath, Problem } from "../problems.js";

export interface ModelDefinition {
  readonly name: string;
  readonly graph: GraphJson;
  /** Shape of the input, batch first. */
  readonly inputShape: readonly number[];
  readonly challenge?: ChallengeDefinition;
  readonly budget?: BudgetDefinition;
  readonly data?: DataDefinition;
  readonly recipe: readonly RecipeStage[];
  /** Which values of the parameters are to be tried. */
  readonly sweep?: SweepDefinition;
  /** Parameters that the file exposes, with the values in force. */
  readonly parameters: readonly {
    readonly name: string;
    readonly value: unknown;
    readonly default: unknown;
    readonly origin?: Origin;
  }[];
  /** Found while the model was built; `severity` is set by the engine. */
  readonly problems: readonly DslProblem[];
  /** Site of the `defineModel` call. */
  readonly origin?: Origin;
}

/** A problem that a DSL function reports instead of throwing. */
export interface DslProblem {
  readonly code: string;
  readonly message: string;
  readonly origin?: Origin;
  readonly path?: OptionPath;
  readonly fixes?: Problem["fixes"];
}

export interface ChallengeDefinition {
  readonly name: string;
  readonly baseline: {
    readonly name: string;
    readonly bops: number;
    readonly memWBits: number;
    readonly bopsWeight: number;
    readonly memWWeight: number;
  };
  /** Least accuracy of a valid submission, 0..1. */
  readonly minAccuracy?: number;
  /** The only valid input shape. */
  readonly inputShape?: readonly number[];
  readonly origin?: Origin;
}

export interface BudgetDefinition {
  readonly score?: number;
  readonly bops?: number;
  readonly memWBits?: number;
}

export interface DataDefinition {
  /** `radioml2018`, `synthetic`, ... */
  readonly source: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly origin?: Origin;
}

export interface SweepDefinition {
  /** By name of a parameter. */
  readonly vary: Readonly<Record<string, VariedDefinition>>;
  readonly sampler: SamplerDefinition;
  /** Rows that cannot become so cheap are not trained. Absent: the model's. */
  readonly budget?: BudgetDefinition;
  readonly origin?: Origin;
}

export type VariedDefinition =
  | { readonly kind: "choices"; readonly values: readonly ParameterValue[] }
  | {
      readonly kind: "range";
      readonly min: number;
      readonly max: number;
      /** On a log scale a ratio. Absent: every number between. */
      readonly step?: number;
      readonly scale: "linear" | "log";
    };

export interface SamplerDefinition {
  readonly kind: "grid" | "random" | "tpe" | "evolution" | "halving" | "list";
  readonly options: Readonly<Record<string, unknown>>;
}

export interface OptimizerDefinition {
  readonly kind: "adam" | "adamw" | "sgd";
  readonly lr: number;
  readonly weightDecay: number;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface ScheduleDefinition {
  readonly kind: "cosineWarmRestarts" | "step" | "plateau" | "constant";
  readonly options: Readonly<Record<string, unknown>>;
}

export type RecipeStage =
  | {
      readonly kind: "train";
      readonly epochs: number;
      readonly batchSize: number;
      readonly optimizer: OptimizerDefinition;
      readonly schedule: ScheduleDefinition;
      readonly options: Readonly<Record<string, unknown>>;
      readonly origin?: Origin;
    }
  | {
      readonly kind: "prune";
      readonly options: Readonly<Record<string, unknown>>;
      readonly origin?: Origin;
    };
