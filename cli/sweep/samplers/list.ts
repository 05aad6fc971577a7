/** The rows that are listed, in a model file or in a table. */
import type { RowParameters } from "../rows.js";
import type { Sampler, SamplerInput } from "./sampler.js";

export const listSampler: Sampler = {
  total: (input) => rowsOf(input).length,
  propose(input) {
    const rows = rowsOf(input).slice(input.rows.length, input.rows.length + input.wanted);
    return rows.length === 0 ? { kind: "done" } : { kind: "rows", rows };
  },
};

function rowsOf({ options }: Pick<SamplerInput, "options">): readonly RowParameters[] {
  return Array.isArray(options.rows) ? (options.rows as readonly RowParameters[]) : [];
}
