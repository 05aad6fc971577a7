/** Hint sites at the calls of DSL layer functions. */
import { attributionOf, type RunAnalysis } from "../../models/model-state.js";
import type { HintSite } from "./hint-site.js";

/** The sum over all executions of a call stands at the call. */
export function layerSites(analysis: RunAnalysis, file: string): HintSite[] {
  const { calls } = attributionOf(analysis);
  return (analysis.program.files.get(file)?.calls ?? []).flatMap((id): HintSite[] => {
    const span = analysis.program.calls.get(id);
    const cost = calls.get(id);
    return span && cost?.leaf ? [{ kind: "layer", id, span, layers: cost.layers }] : [];
  });
}
