/** How a sweep chooses its rows. */
import type { BudgetDefinition, VariedDefinition } from "../../../shared/dsl/definition.js";
import type { Measured, RowParameters } from "../rows.js";

/** A row that was chosen before, and what has become of it. */
export interface SampledRow {
  readonly row: number;
  readonly parameters: RowParameters;
  readonly state: "pending" | "done" | "failed" | "skipped";
  /** Of a row that is done. */
  readonly result?: Measured;
}

export interface SamplerInput {
  readonly vary: Readonly<Record<string, VariedDefinition>>;
  /** Of the sampler, as the DSL has checked them. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly budget?: BudgetDefinition;
  /** All rows so far, in their order. */
  readonly rows: readonly SampledRow[];
  /** At most so many new rows. */
  readonly wanted: number;
}

export type Proposal =
  | { readonly kind: "rows"; readonly rows: readonly RowParameters[] }
  /** The next rows depend on results that are not there yet. */
  | { readonly kind: "wait" }
  | { readonly kind: "done" };

/**
 * Has no state of its own: a proposal depends on the rows so far alone, and random numbers are drawn from a stream that the
 * seed and the number of rows name. So a sweep that was killed goes on as if it had not been.
 */
export interface Sampler {
  propose(input: SamplerInput): Proposal;
  /** How many rows it will propose in all; `undefined`: that depends on the results. Throws a `CliError` for too many. */
  total(input: Pick<SamplerInput, "vary" | "options">): number | undefined;
}
