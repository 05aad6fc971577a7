/** Where offsets of an earlier text lie after edits. */

/** `[start, end)` of the text before the edit became `length` characters. */
export interface OffsetEdit {
  readonly start: number;
  readonly end: number;
  readonly length: number;
}

export interface MappedSpan {
  readonly start: number;
  readonly end: number;
}

/** Edits in the order in which they were made; each speaks of the text that the one before left. */
export class OffsetMap {
  static readonly identity = new OffsetMap([]);

  constructor(private readonly edits: readonly OffsetEdit[]) {}

  /** The edits themselves. */
  list(): readonly OffsetEdit[] {
    return this.edits;
  }

  get isIdentity(): boolean {
    return this.edits.length === 0;
  }

  /**
   * The span after all edits, or `undefined` when its start was deleted. Text typed at either edge stays
   * outside; a deletion across the end leaves the span ending where the deletion was, so that what stands
   * at the end of a call does not vanish while the call is being rewritten.
   */
  mapSpan(span: MappedSpan): MappedSpan | undefined {
    let { start, end } = span;
    for (const edit of this.edits) {
      const shift = edit.length - (edit.end - edit.start);
      const newStart = mapStart(start, edit, shift);
      if (newStart === undefined) return undefined;
      start = newStart;
      if (end >= edit.end && end > edit.start) end += shift;
      else if (end > edit.start) end = edit.start;
      if (end < start) end = start;
    }
    return { start, end };
  }
}

function mapStart(start: number, edit: OffsetEdit, shift: number): number | undefined {
  if (start < edit.start) return start;
  if (start >= edit.end) return start + shift;
  return start === edit.start && edit.length > 0 ? start : undefined;
}

/** A map made from two texts alone: all that lies between their common beginning and end counts as replaced. */
export function mapBetween(before: string, after: string): OffsetMap {
  if (before === after) return OffsetMap.identity;
  const limit = Math.min(before.length, after.length);
  let prefix = 0;
  while (prefix < limit && before.charCodeAt(prefix) === after.charCodeAt(prefix)) prefix++;
  let suffix = 0;
  while (
    suffix < limit - prefix &&
    before.charCodeAt(before.length - 1 - suffix) === after.charCodeAt(after.length - 1 - suffix)
  ) {
    suffix++;
  }
  return new OffsetMap([{ start: prefix, end: before.length - suffix, length: after.length - suffix - prefix }]);
}
