/** The bit-operations part of a hint: `9.44 Mbop`. */
import { formatBops } from "../../../../shared/format.js";
import type { CostSum } from "../../models/layer-costs.js";

/** Absent where nothing is multiplied. */
export function bitOpsPart(sum: CostSum): string | undefined {
  return sum.bops > 0 ? formatBops(sum.bops) : undefined;
}
