/** What a pruning stage aims at, and the masks that get there. */
import { masksBelow, rankWeights, type Masks, type PrunableWeight, type Ranking } from "./masks.js";

/** A threshold of magnitudes, a share of zeros, or a score. */
export interface PruneAim {
  readonly kind: "minAbs" | "sparsity" | "score";
  readonly value: number;
}

/**
 * The masks with the fewest zeros that reach an aim. `scoreOf` prices masks; it falls as zeros are added.
 * `undefined` when not even zeros everywhere reach a score. A score also masks what the quantisers make zero: those
 * weights are free now, and would cost again when fine-tuning moves them.
 */
export function masksFor(
  aim: PruneAim,
  weights: readonly PrunableWeight[],
  ranking: Ranking,
  scoreOf: (masks: Masks) => number,
): Masks | undefined {
  switch (aim.kind) {
    case "minAbs":
      return masksBelow(weights, aim.value);
    case "sparsity":
      return rankWeights(weights, ranking).masksAt(aim.value);
    case "score": {
      const masks = masksForScore(aim.value, weights, ranking, scoreOf);
      return masks && withFreeWeights(masks, weights);
    }
  }
}

/** Bisection over the number of zeros. */
function masksForScore(
  score: number,
  weights: readonly PrunableWeight[],
  ranking: Ranking,
  scoreOf: (masks: Masks) => number,
): Masks | undefined {
  const { elements, masksAt } = rankWeights(weights, ranking);
  const masksOf = (zeros: number) => masksAt(elements === 0 ? 0 : zeros / elements);
  let enough = elements;
  if (scoreOf(masksOf(enough)) > score) return undefined;
  for (let least = 0; least < enough;) {
    const middle = Math.floor((least + enough) / 2);
    if (scoreOf(masksOf(middle)) <= score) enough = middle;
    else least = middle + 1;
  }
  return masksOf(enough);
}

function withFreeWeights(masks: Masks, weights: readonly PrunableWeight[]): Masks {
  return new Map(
    weights.map(({ name, isFree }) => [
      name,
      Uint8Array.from(isFree, (free, index) => (free === 1 ? 0 : (masks.get(name)?.[index] ?? 1))),
    ]),
  );
}

/**
 * The aim of a step that goes `share` (0 to 1) of the way from where the network stands: `from` is its share of zeros or
 * its score. A threshold grows from 0.
 */
export function aimAt(
  aim: PruneAim,
  from: { readonly sparsity: number; readonly score: number },
  share: number,
): PruneAim {
  if (share >= 1) return aim;
  const start = aim.kind === "minAbs" ? 0 : from[aim.kind];
  return { ...aim, value: start + (aim.value - start) * share };
}
