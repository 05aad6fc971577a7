/** Combinations at random, each at most once. */
import { RandomStream } from "../../data/random/stream.js";
import { parametersKey, type RowParameters } from "../rows.js";
import type { Sampler, SamplerInput } from "./sampler.js";
import { valueAtShare, valuesOf } from "./space.js";

/** So many draws in a row that were there already mean that little is left. */
const mostDraws = 1000;

export const randomSampler: Sampler = {
  total: (input) => Math.min(rowsOf(input), combinations(input)),
  propose(input) {
    const { rows, wanted } = input;
    const known = new Set(rows.map(({ parameters }) => parametersKey(parameters)));
    const chosen: RowParameters[] = [];
    while (chosen.length < wanted && rows.length + chosen.length < rowsOf(input)) {
      const next = draw(input, rows.length + chosen.length, known);
      if (next === undefined) break;
      chosen.push(next);
    }
    return chosen.length === 0 ? { kind: "done" } : { kind: "rows", rows: chosen };
  },
};

/** A combination that is not known yet; `undefined` when none is found. */
function draw({ vary, options }: SamplerInput, index: number, known: Set<string>): RowParameters | undefined {
  const random = new RandomStream(Number(options.seed ?? 0), index);
  for (let tries = 0; tries < mostDraws; tries++) {
    const row = Object.fromEntries(
      Object.entries(vary).map(([name, varied]) => [name, valueAtShare(varied, random.uniform())] as const),
    );
    const key = parametersKey(row);
    if (known.has(key)) continue;
    known.add(key);
    return row;
  }
  return undefined;
}

function rowsOf({ options }: Pick<SamplerInput, "options">): number {
  return typeof options.rows === "number" ? options.rows : 0;
}

function combinations({ vary }: Pick<SamplerInput, "vary">): number {
  return Object.values(vary).reduce((product, varied) => product * (valuesOf(varied)?.length ?? Infinity), 1);
}
