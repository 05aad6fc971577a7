/** The weight-memory part of a hint: `864 b`. */
import { formatBits } from "../../../../shared/format.js";
import type { CostSum } from "../../models/layer-costs.js";

/** Absent where there are no weights. */
export function memoryPart(sum: CostSum): string | undefined {
  return sum.memWBits > 0 ? formatBits(sum.memWBits) : undefined;
}
