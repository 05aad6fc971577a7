/**
 * A tree-structured Parzen estimator: densities of the good rows and of the others, and a new row where their ratio is highest.
 * Sources: Bergstra, Bardenet, Bengio and Kegl, Algorithms for hyper-parameter optimization (2011); for several objectives, which
 * rows are good is decided by fronts, as in Ozaki, Tanigaki, Watanabe and Onishi, Multiobjective TPE (2020). Parameters are taken
 * to be independent of each other.
 */
import { RandomStream } from "../../data/random/stream.js";
import { parametersKey, type RowParameters } from "../rows.js";
import { rankRows } from "./dominance.js";
import { genesOf, newRow, pointOf, totalOf, type Gene } from "./genes.js";
import type { Sampler, SamplerInput } from "./sampler.js";

/** Rows at random, before there is anything to learn from; twice as many as parameters, if that is more. */
const leastStart = 10;

/** Share of the rows that count as good, and the most of them. Optuna's and hyperopt's choice. */
const goodShare = 0.15;
const mostGood = 25;

/** Points of which the best is taken. Hyperopt's and Optuna's choice. */
const candidates = 24;

export const tpeSampler: Sampler = {
  total: totalOf,
  propose(input) {
    const { rows, options, wanted } = input;
    const chosen: RowParameters[] = [];
    while (chosen.length < wanted && rows.length + chosen.length < Number(options.rows)) {
      const proposal = proposeRow(input, chosen);
      if (proposal === "wait") break;
      if (proposal === undefined) return chosen.length > 0 ? { kind: "rows", rows: chosen } : { kind: "done" };
      chosen.push(proposal);
    }
    if (chosen.length > 0) return { kind: "rows", rows: chosen };
    return rows.length >= Number(options.rows) ? { kind: "done" } : { kind: "wait" };
  },
};

/**
 * The next row. It knows the results of all rows but the last `parallel` before it, no more and no less: which of those happen to be
 * over depends on the machine, and the choice must not.
 */
function proposeRow(
  { vary, options, rows }: SamplerInput,
  chosen: readonly RowParameters[],
): RowParameters | "wait" | undefined {
  const genes = genesOf(vary);
  const number = rows.length + chosen.length;
  const start = Math.max(leastStart, 2 * genes.length);
  const random = new RandomStream(Number(options.seed), number);
  const known = new Set([...rows.map(({ parameters }) => parameters), ...chosen].map(parametersKey));
  const anywhere = (): readonly number[] => genes.map(() => random.uniform());
  if (number < start) return newRow(genes, known, anywhere);
  const seen = rows.slice(0, Math.max(0, number - Number(options.parallel)));
  if (seen.length < number - Number(options.parallel) || seen.some(({ state }) => state === "pending")) return "wait";
  const ranked = rankRows(seen);
  const count = Math.min(mostGood, Math.max(2, Math.ceil(goodShare * ranked.length)));
  const points = (part: readonly (typeof ranked)[number][]) => part.map(({ row }) => pointOf(genes, row.parameters));
  const good = densitiesOf(genes, points(ranked.slice(0, count)));
  // What is under way is not worth asking for again.
  const under = [...rows.slice(seen.length).map(({ parameters }) => parameters), ...chosen];
  const others = densitiesOf(genes, [...points(ranked.slice(count)), ...under.map((row) => pointOf(genes, row))]);
  return newRow(genes, known, (tries) => (tries >= candidates ? anywhere() : best(good, others, random)));
}

function best(good: readonly Density[], others: readonly Density[], random: RandomStream): readonly number[] {
  let found: { readonly point: readonly number[]; readonly ratio: number } | undefined;
  for (let index = 0; index < candidates; index++) {
    const point = good.map((density) => density.sample(random));
    const ratio = point.reduce(
      (sum, share, gene) => sum + Math.log(good[gene]?.at(share) ?? 1) - Math.log(others[gene]?.at(share) ?? 1),
      0,
    );
    if (found === undefined || ratio > found.ratio) found = { point, ratio };
  }
  return found?.point ?? [];
}

/** Of one parameter, over the unit interval. Never 0. */
interface Density {
  readonly at: (share: number) => number;
  readonly sample: (random: RandomStream) => number;
}

function densitiesOf(genes: readonly Gene[], points: readonly (readonly number[])[]): readonly Density[] {
  return genes.map((gene, index) => {
    const shares = points.map((point) => point[index] ?? 0);
    return gene.isOrdered ? parzen(shares) : categorical(gene.count ?? 1, shares);
  });
}

/** A Gaussian at each point, as wide as the points lie apart, and a flat part that stands for what nobody has tried. */
function parzen(shares: readonly number[]): Density {
  const centers = shares.toSorted((a, b) => a - b);
  const least = 1 / Math.min(100, centers.length + 2);
  const widths = centers.map((center, index) => {
    const [left, right] = [center - (centers[index - 1] ?? 0), (centers[index + 1] ?? 1) - center];
    return Math.min(1, Math.max(least, left, right));
  });
  const kernels = centers.map((center, index) => truncated(center, widths[index] ?? 1));
  const weight = 1 / (kernels.length + 1);
  return {
    at: (share) => weight * (1 + kernels.reduce((sum, kernel) => sum + kernel.at(share), 0)),
    sample: (random) => {
      const kernel = kernels[random.below(kernels.length + 1)];
      return kernel ? kernel.sample(random) : random.uniform();
    },
  };
}

/** A Gaussian without what lies outside the unit interval. */
function truncated(center: number, width: number): Density {
  const mass = normalBelow((1 - center) / width) - normalBelow(-center / width);
  return {
    at: (share) => Math.exp(-0.5 * ((share - center) / width) ** 2) / (Math.sqrt(2 * Math.PI) * width * mass),
    sample: (random) => {
      for (;;) {
        const share = center + width * random.gaussian();
        if (share >= 0 && share < 1) return share;
      }
    },
  };
}

/** The normal distribution's share below `z`. Source: Abramowitz and Stegun, 7.1.26, within 1.5e-7. */
function normalBelow(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - tail * Math.exp(-x * x);
  return 0.5 * (1 + Math.sign(z) * erf);
}

/** Counts, one more for each value. */
function categorical(count: number, shares: readonly number[]): Density {
  const counts = Array.from({ length: count }, () => 1);
  const placeOf = (share: number): number => Math.min(count - 1, Math.floor(share * count));
  for (const share of shares) counts[placeOf(share)] = (counts[placeOf(share)] ?? 0) + 1;
  const total = shares.length + count;
  return {
    at: (share) => (count * (counts[placeOf(share)] ?? 0)) / total,
    sample: (random) => {
      let left = random.below(total);
      const place = counts.findIndex((own) => (left -= own) < 0);
      return (place + 0.5) / count;
    },
  };
}
