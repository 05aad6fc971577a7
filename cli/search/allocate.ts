/**
 * From sensitivities to widths: bits are taken away where the answers change least for what the official cost falls. Costs are
 * exact at every step, products of input and weight widths among them; sensitivities are taken to add up, as in HAWQ and ZeroQ.
 */

/** A choice of widths. */
export interface Allocation {
  /** By location. */
  readonly bits: readonly number[];
  readonly cost: number;
  /** Sum of the sensitivities, in nats. */
  readonly divergence: number;
}

export interface AllocatedLocation {
  /** From the width that is written downwards. */
  readonly widths: readonly number[];
  /** Nats by width. */
  readonly sensitivity: Readonly<Record<number, number>>;
}

/**
 * Allocations from the widths that are written to the narrowest, each cheaper than the one before. A step goes to the next
 * smaller widths of one location, as far as that has the best ratio: a width that costs little accuracy hides no better one behind.
 */
export function allocationPath(
  locations: readonly AllocatedLocation[],
  cost: (bits: readonly number[]) => number,
): readonly Allocation[] {
  const bits = locations.map(({ widths }) => widths[0] ?? 0);
  const path: Allocation[] = [];
  let current: Allocation | undefined = { bits, cost: cost(bits), divergence: 0 };
  while (current !== undefined) {
    path.push(current);
    current = bestStep(locations, current, cost);
  }
  return path;
}

function bestStep(
  locations: readonly AllocatedLocation[],
  current: Allocation,
  cost: (bits: readonly number[]) => number,
): Allocation | undefined {
  let best: { readonly allocation: Allocation; readonly ratio: number } | undefined;
  for (const [index, { widths, sensitivity }] of locations.entries()) {
    const from = current.bits[index] ?? 0;
    for (const to of widths.filter((width) => width < from)) {
      const bits = current.bits.with(index, to);
      const after = cost(bits);
      const saving = current.cost - after;
      if (!(saving > 0)) continue;
      // What is measured to be better with fewer bits is noise.
      const lost = Math.max(0, (sensitivity[to] ?? 0) - (sensitivity[from] ?? 0));
      const ratio = lost / saving;
      if (best && ratio >= best.ratio) continue;
      const allocation = { bits, cost: after, divergence: current.divergence + lost };
      best = { allocation, ratio };
    }
  }
  return best?.allocation;
}
