/** The what-ifs by which rules price themselves, and the widths that they suggest. */
import type { CostChange } from "../../cost/types.js";
import type { RuleContext } from "../types.js";
import { factsOf } from "./facts.js";
import type { Quantizer } from "./quantizers.js";

/** A width that every quantiser of these targets supports, where the model itself gives no hint. */
const usualBits = 8;

/** This tensor as a quantiser would give it. A scale is assumed: the tools charge plain integers the same. */
export function asQuantized(tensor: string, bits: number, signed: boolean): CostChange {
  return { kind: "dataType", tensor, dataType: signed ? `SCALEDINT${bits}` : `SCALEDUINT${bits}` };
}

/** The quantiser as if the cost tools accepted it. */
export function asIfUniform(quantizer: Quantizer): readonly CostChange[] {
  return [asQuantized(quantizer.output, quantizer.bits ?? usualBits, quantizer.signed)];
}

/** The width that most activation quantisers of the model have; 8 without any. Of equally frequent ones the smaller. */
export function usualActivationBits(context: RuleContext): number {
  return usualBitsOf(context, "activation");
}

/** The width that most weight quantisers of the model have; 8 without any. */
export function usualWeightBits(context: RuleContext): number {
  return usualBitsOf(context, "weight");
}

function usualBitsOf(context: RuleContext, use: Quantizer["use"]): number {
  const counts = new Map<number, number>();
  for (const { bits, use: of } of factsOf(context).quantizers) {
    if (of === use && bits !== undefined && bits <= usualBits) counts.set(bits, (counts.get(bits) ?? 0) + 1);
  }
  const ranked = [...counts].sort(([bitsA, countA], [bitsB, countB]) => countB - countA || bitsA - bitsB);
  return ranked[0]?.[0] ?? usualBits;
}
