/** Which of a tensor's elements share a scale. */
export interface Groups {
  readonly count: number;
  /** Element `i` of PyTorch's order is in group `floor(i / inner) % count`. */
  readonly inner: number;
}

/** One scale per slice of `axis`, or one for everything. */
export function groupsOf(shape: readonly number[], axis: number | undefined): Groups {
  if (axis === undefined) return { count: 1, inner: 1 };
  const inner = shape.slice(axis + 1).reduce((total, size) => total * size, 1);
  return { count: shape[axis] ?? 1, inner };
}

export function groupOf({ count, inner }: Groups, index: number): number {
  return count === 1 ? 0 : Math.floor(index / inner) % count;
}
