/** Whether two quantisers have the same scale, as far as the graph says. */
import type { Quantizer } from "./quantizers.js";

/**
 * True when both are the same quantiser, read the same scale, have equal fixed scales, or stand for one quantiser of a
 * layer over several operands (`add(a, b, { inputQuant })`).
 */
export function sameScale(a: Quantizer | undefined, b: Quantizer | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  if (a.node === b.node || a.scale?.name === b.scale?.name) return true;
  if (a.node.layer !== undefined && a.node.layer === b.node.layer && a.node.role === b.node.role) return true;
  const [left, right] = [a.scale?.data, b.scale?.data];
  return left !== undefined && right?.length === left.length && left.every((value, index) => value === right[index]);
}
