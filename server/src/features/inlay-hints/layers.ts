/** Hint sites at the calls of DSL layer functions. */
import { attributionOf, type RunAnalysis } from "../../models/model-state.js";
import type { HintSite } from "./hint-site.js";

/** The sum over all executions of a call stands at the call. */
export function layerSites(analysis: RunAnalysis, file: string): HintSite[] {
  const { calls } = attributionOf(analysis);
  return (analysis.program.files.get(file)?.calls ?? []).flatMap((id): HintSite[] => {
    // The table makes a call's entry when it is asked for: most calls of a file make no layer.
    const cost = calls.get(id);
    const span = cost?.leaf ? analysis.program.calls.get(id) : undefined;
    return cost && span ? [{ kind: "layer", id, span, layers: cost.layers }] : [];
  });
}
