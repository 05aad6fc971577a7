/** One hint per line where calls nest. */
import type { HintGroup, HintSite } from "./hint-site.js";

export interface PlacedSite {
  readonly site: HintSite;
  /** In the current text. */
  readonly start: number;
  readonly end: number;
  /** Line of the end. */
  readonly line: number;
}

/** Groups sites that end on the same line and lie one within the other; the outermost is the head. */
export function groupNested(sites: readonly PlacedSite[]): HintGroup[] {
  // Outer before inner: by line, then the earlier start, then the later end. Of two sites with the same
  // span (a row that is a call) the later listed is the inner one.
  const sorted = sites.toSorted((a, b) => a.line - b.line || a.start - b.start || b.end - a.end);
  const groups: { head: PlacedSite; members: HintSite[] }[] = [];
  for (const placed of sorted) {
    const last = groups.at(-1);
    if (last?.head.line === placed.line && placed.end <= last.head.end) last.members.push(placed.site);
    else groups.push({ head: placed, members: [placed.site] });
  }
  return groups.map(({ head, members }) => ({ head: head.site, members, offset: head.end }));
}
