/** The shape part of a hint: `24×512`, or `×5 24×512→48×64` where a call ran several times. */
import { formatShape, formatTimes } from "../../../../shared/format.js";
import { outputShape } from "../../models/layer-costs.js";
import type { RunAnalysis } from "../../models/model-state.js";
import type { HintGroup } from "./hint-site.js";

/** Absent at helper calls and rows, which have no shape of their own, and while the shape is unknown. */
export function shapePart({ head }: HintGroup, analysis: RunAnalysis): string | undefined {
  const [first] = head.layers;
  const last = head.layers.at(-1);
  if (head.kind !== "layer" || first === undefined || last === undefined) return undefined;
  const from = outputShape(analysis, first);
  const to = outputShape(analysis, last);
  if (!from || !to) return undefined;
  const [fromText, toText] = [formatShape(from), formatShape(to)];
  const shapes = fromText === toText ? fromText : `${fromText}→${toText}`;
  return head.layers.length === 1 ? shapes : `${formatTimes(head.layers.length)} ${shapes}`;
}
