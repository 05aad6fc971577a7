/** One hint per line where calls nest. */
import type { Position } from "vscode-languageserver";
import type { HintGroup, HintSite } from "./hint-site.js";

export interface PlacedSite {
  readonly site: HintSite;
  /** In the current text. */
  readonly start: number;
  readonly end: number;
  readonly endPosition: Position;
}

/** Groups sites that end on the same line and lie one within the other; the outermost is the head. */
export function groupNested(sites: readonly PlacedSite[]): HintGroup[] {
  // Outer before inner: by line, then the earlier start, then the later end. Of two sites with the same
  // span (a row that is a call) the later listed is the inner one.
  const sorted = sites.toSorted(
    (a, b) => a.endPosition.line - b.endPosition.line || a.start - b.start || b.end - a.end,
  );
  const groups: { head: PlacedSite; members: HintSite[] }[] = [];
  for (const placed of sorted) {
    const last = groups.at(-1);
    const isNested = last?.head.endPosition.line === placed.endPosition.line && placed.end <= last.head.end;
    if (isNested) last.members.push(placed.site);
    else groups.push({ head: placed, members: [placed.site] });
  }
  return groups.map(({ head: { site, end, endPosition }, members }) => {
    return { head: site, members, offset: end, position: endPosition };
  });
}
