/** Hint sites at calls that make layers without being one: helpers, `.map`, `.reduce`. */
import { attributionOf, type RunAnalysis } from "../../models/model-state.js";
import type { HintSite } from "./hint-site.js";

/** The `defineModel` call is left out: the model's total is its lens. */
export function subtotalSites(analysis: RunAnalysis, file: string): HintSite[] {
  const { program } = analysis;
  const { calls } = attributionOf(analysis);
  return (program.files.get(file)?.calls ?? []).flatMap((id): HintSite[] => {
    const cost = calls.get(id);
    if (!cost || cost.leaf || id === program.modelCall) return [];
    const span = program.calls.get(id);
    return span ? [{ kind: "helper", id, span, layers: cost.layers }] : [];
  });
}
