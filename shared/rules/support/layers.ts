/** Questions about multiplications that several rules ask. */
import type { Facts, Mac } from "./facts.js";

/** True for a convolution with one filter per input channel. */
export function isDepthwise(facts: Facts, mac: Mac): boolean {
  return mac.node.opType === "Conv" && mac.groups > 1 && facts.shape(mac.weight)?.[1] === 1;
}

/** The axis of the output channels in the weight as its quantiser sees it: the other one where it is transposed later. */
export function quantizedOutputAxis(facts: Facts, { weight, weightQuantizer, outputAxis }: Mac): number {
  const isMatrix = facts.shape(weightQuantizer?.input)?.length === 2;
  return isMatrix && weight !== weightQuantizer?.output ? 1 - outputAxis : outputAxis;
}
