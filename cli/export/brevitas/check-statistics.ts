/** Scales that Brevitas takes from the weights must be those of training. */
import type { EvaluatedNetwork } from "../../train/lower/program-weights.js";
import type { QuantizerId } from "../../train/program.js";
import { magnitudes, quantizedParameters } from "../../train/scales.js";
import { scaleOfThreshold } from "../../train/quantizer-range.js";

/**
 * One sentence for each layer whose scale Brevitas would not find again: with all weights 0 it would be 0 and the layer's
 * output NaN, and when pruning took the largest weight it would be smaller.
 */
export function checkStatistics({ program, parameters, scales }: EvaluatedNetwork): readonly string[] {
  return [...quantizedParameters(program)].flatMap(([id, { name, shape }]) => {
    const spec = program.quantizers[id satisfies QuantizerId];
    if (spec?.scale.kind !== "stats") return [];
    const largest = magnitudes(parameters.get(name) ?? new Float32Array(0), shape, spec.channelAxis);
    const zero = largest.indexOf(0);
    const place = spec.channelAxis === undefined ? "" : ` of channel ${zero}`;
    if (zero >= 0)
      return [
        `All values${place} of "${name}" are 0, for which Brevitas's scale is 0 and its output not a number; leave the layer or channel out, or prune less.`,
      ];
    const trained = scales.get(spec.name);
    const isOther = trained && largest.some((value, index) => scaleOfThreshold(spec, value) !== trained[index]);
    return isOther
      ? [
          `Pruning took the largest value of "${name}", from which its scale was found, so Brevitas would find another; import the pruned weights and fine-tune them, then export.`,
        ]
      : [];
  });
}
