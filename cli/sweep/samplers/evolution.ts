/**
 * Generations of rows: the best so far are crossed and changed a little. NSGA-II by Deb, Pratap, Agarwal and Meyarivan (2002),
 * with its operators: tournaments of two, simulated binary crossover and polynomial mutation. Parents are the best of all rows
 * so far, so that nothing good is forgotten. The next generation begins when the one before is over.
 */
import { RandomStream } from "../../data/random/stream.js";
import { parametersKey, type RowParameters } from "../rows.js";
import { rankRows, type RankedRow } from "./dominance.js";
import { genesOf, newRow, pointOf, totalOf, type Gene } from "./genes.js";
import type { Sampler, SamplerInput } from "./sampler.js";

/**
 * Shape of the operators: the larger, the nearer are children to their parents. Deb's 15 and 20 are for tens of thousands of
 * evaluations; with the hundreds of a sweep these find more of ZDT1's front.
 */
const crossoverIndex = 2;
const mutationIndex = 5;
const crossoverShare = 0.9;

/** After so many children in vain anything new will do. */
const mostChildren = 100;

export const evolutionSampler: Sampler = {
  total: totalOf,
  propose(input) {
    const { rows, options } = input;
    const population = Number(options.population);
    const generation = Math.floor(rows.length / population);
    const begin = generation * population;
    if (rows.slice(0, begin).some(({ state }) => state === "pending")) return { kind: "wait" };
    const end = Math.min(begin + population, Number(options.rows));
    const chosen = proposeRows(input, rows.length, Math.min(end, rows.length + input.wanted));
    return chosen.length === 0 ? { kind: "done" } : { kind: "rows", rows: chosen };
  },
};

/** The rows of a generation from a number to another. Each has random numbers of its own, whatever was asked at once. */
function proposeRows({ vary, options, rows }: SamplerInput, from: number, to: number): readonly RowParameters[] {
  const genes = genesOf(vary);
  const population = Number(options.population);
  const begin = from - (from % population);
  const parents = rankRows(rows.slice(0, begin)).slice(0, population);
  const known = new Set(rows.map(({ parameters }) => parametersKey(parameters)));
  const chosen: RowParameters[] = [];
  for (let number = from; number < to; number++) {
    const random = new RandomStream(Number(options.seed), number);
    const row = newRow(genes, known, (tries) =>
      parents.length === 0 || tries >= mostChildren
        ? genes.map(() => random.uniform())
        : child(genes, pick(parents, random), pick(parents, random), random),
    );
    if (row === undefined) break;
    chosen.push(row);
  }
  return chosen;
}

/** The better of two that chance brings together: the rows stand in the order of their rank. */
function pick(parents: readonly RankedRow[], random: RandomStream): RowParameters {
  const [one, other] = [random.below(parents.length), random.below(parents.length)];
  return parents[Math.min(one, other)]?.row.parameters ?? {};
}

function child(
  genes: readonly Gene[],
  mother: RowParameters,
  father: RowParameters,
  random: RandomStream,
): readonly number[] {
  const [one, other] = [pointOf(genes, mother), pointOf(genes, father)];
  const isCrossed = random.uniform() < crossoverShare;
  return genes.map((gene, index) => {
    const [first, second] = [one[index] ?? 0, other[index] ?? 0];
    const inherited = isCrossed ? crossed(gene, first, second, random) : first;
    return random.uniform() < 1 / genes.length ? mutated(gene, inherited, random) : inherited;
  });
}

/** Simulated binary crossover; of two names one. */
function crossed({ isOrdered }: Gene, first: number, second: number, random: RandomStream): number {
  const u = random.uniform();
  if (random.uniform() < 0.5) return first;
  if (!isOrdered) return second;
  const beta = (u <= 0.5 ? 2 * u : 1 / (2 * (1 - u))) ** (1 / (crossoverIndex + 1));
  return inside(0.5 * ((1 + beta) * first + (1 - beta) * second));
}

/** Polynomial mutation, at least to the next value; of names any. */
function mutated({ isOrdered, count }: Gene, share: number, random: RandomStream): number {
  const u = random.uniform();
  if (!isOrdered) return u;
  const delta = u < 0.5 ? (2 * u) ** (1 / (mutationIndex + 1)) - 1 : 1 - (2 * (1 - u)) ** (1 / (mutationIndex + 1));
  if (count === undefined || Math.abs(delta) >= 1 / count) return inside(share + delta);
  return inside(share + Math.sign(delta) / count);
}

/** The largest number below 1 that values are asked at. */
const end = 1 - 2 ** -32;

function inside(share: number): number {
  return Math.min(end, Math.max(0, share));
}
