/** What an editor's cursor stands in, of what was made by calls and rows of configuration. Pure. */
import type { MessageLocation, MessagePosition, MessageRange } from "../../../../shared/messages.js";

/** Where the cursor is. */
export interface Cursor extends MessagePosition {
  readonly uri: string;
}

/** The parts whose source is around the cursor most closely: several where a helper is called from several places. */
export function closestTo<Part extends { readonly location?: MessageLocation }>(
  parts: readonly Part[],
  cursor: Cursor,
): Part[] {
  const around = parts.flatMap((part) =>
    part.location?.uri === cursor.uri && holds(part.location.range, cursor)
      ? [{ part, range: part.location.range }]
      : [],
  );
  const isClosest = (mine: MessageRange): boolean =>
    !around.some(({ range }) => isWithin(range, mine) && !isWithin(mine, range));
  return around.filter(({ range }) => isClosest(range)).map(({ part }) => part);
}

function holds({ start, end }: MessageRange, position: MessagePosition): boolean {
  return !isBefore(position, start) && !isBefore(end, position);
}

function isWithin(inner: MessageRange, outer: MessageRange): boolean {
  return holds(outer, inner.start) && holds(outer, inner.end);
}

function isBefore(a: MessagePosition, b: MessagePosition): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}
