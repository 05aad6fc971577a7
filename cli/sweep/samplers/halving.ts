/**
 * Successive halving: many rows with little training, the best of them with more, and so on. Sources: Jamieson and Talwalkar (2016);
 * which rows go on is decided by fronts, as in Schmucker et al., Multi-objective asynchronous successive halving (2021). Rungs are
 * rows of their own, with another value of one parameter; stages that rungs have in common are in the store and done once.
 */
import { RandomStream } from "../../data/random/stream.js";
import type { ParameterValue } from "../../../shared/dsl/plain-values.js";
import { CliError } from "../../errors.js";
import type { RowParameters } from "../rows.js";
import { rankRows } from "./dominance.js";
import { genesOf, newRow, totalOf } from "./genes.js";
import type { Sampler, SamplerInput } from "./sampler.js";
import { valuesOf } from "./space.js";

export const halvingSampler: Sampler = {
  total: (input) => rungsOf(input).reduce((sum, { rows }) => sum + rows, 0),
  propose(input) {
    const { rows, wanted } = input;
    let rung: readonly RowParameters[] = [];
    let begin = 0;
    for (const [index, plan] of rungsOf(input).entries()) {
      const before = rows.slice(begin, begin + rung.length);
      if (before.some(({ state }) => state === "pending")) return { kind: "wait" };
      begin += rung.length;
      rung = index === 0 ? firstRows(input, plan) : survivors(input, before, plan);
      if (rung.length === 0) break;
      const next = rung.slice(rows.length - begin, rows.length - begin + wanted);
      if (rows.length < begin + rung.length) return { kind: "rows", rows: next };
    }
    return { kind: "done" };
  },
};

interface Rung {
  /** How many. */
  readonly rows: number;
  readonly value: ParameterValue;
}

/** `rows`, `rows / eta`, `rows / eta^2`, ... rows, one rung for each value of the parameter that says how much is trained. */
function rungsOf({ vary, options }: Pick<SamplerInput, "vary" | "options">): readonly Rung[] {
  const { over } = options;
  const varied = typeof over === "string" ? vary[over] : undefined;
  const values = varied && valuesOf(varied);
  if (values === undefined) {
    throw new CliError(
      `The sampler halving goes over ${String(over)}, which the sweep does not vary in steps: add vary: { ${String(over)}: [2, 6, 18] }.`,
    );
  }
  const first = totalOf({ vary: withoutOver(vary, options), options });
  return values.map((value, rung) => ({
    value,
    // Rounding alone must not take a row away: 27 / 3^3 is 0.9999999999999998 for some powers.
    rows: Math.max(1, Math.floor(first / Number(options.eta) ** rung + 1e-9)),
  }));
}

function withoutOver(vary: SamplerInput["vary"], { over }: SamplerInput["options"]): SamplerInput["vary"] {
  return Object.fromEntries(Object.entries(vary).filter(([name]) => name !== over));
}

/** All rows of the first rung, the same whenever they are asked for. */
function firstRows({ vary, options }: SamplerInput, rung: Rung): readonly RowParameters[] {
  const genes = genesOf(withoutOver(vary, options));
  const known = new Set<string>();
  const chosen: RowParameters[] = [];
  while (chosen.length < rung.rows) {
    const random = new RandomStream(Number(options.seed), chosen.length);
    const row = newRow(genes, known, () => genes.map(() => random.uniform()));
    if (row === undefined) break;
    chosen.push({ ...row, [String(options.over)]: rung.value });
  }
  return chosen;
}

function survivors({ options }: SamplerInput, before: SamplerInput["rows"], rung: Rung): readonly RowParameters[] {
  return rankRows(before)
    .filter(({ row }) => row.result !== undefined)
    .slice(0, rung.rows)
    .map(({ row }) => ({ ...row.parameters, [String(options.over)]: rung.value }));
}
