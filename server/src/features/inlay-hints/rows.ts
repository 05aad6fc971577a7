/** Hint sites at the elements of config arrays: what each row costs. */
import { attributionOf, type RunAnalysis } from "../../models/model-state.js";
import type { HintSite } from "./hint-site.js";

/** Rows in whose turn layers were made. */
export function rowSites(analysis: RunAnalysis, file: string): HintSite[] {
  const sites: HintSite[] = [];
  for (const [id, { layers }] of attributionOf(analysis).rows) {
    const span = analysis.program.elements.get(id);
    if (span?.file === file && layers.length > 0) sites.push({ kind: "row", id, span, layers });
  }
  return sites;
}
