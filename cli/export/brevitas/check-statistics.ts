/** Scales that Brevitas takes from the weights must be those of training. */
import { programWeights, type TrainedParameters } from "../../train/lower/program-weights.js";
import type { QuantizerId } from "../../train/program.js";
import { magnitudes, quantizedParameters } from "../../train/scales.js";
import { scaleOfThreshold } from "../../train/quantizer-range.js";

/**
 * One sentence for each layer whose scale Brevitas would not find again: with all weights 0 it would be 0 and the layer's
 * output NaN, and when pruning took the largest weight it would be smaller.
 */
export function checkStatistics(trained: TrainedParameters): readonly string[] {
  const { program, parameters } = trained;
  const weights = new Map(programWeights(trained).entries.map((entry) => [entry.name, entry]));
  return [...quantizedParameters(program)].flatMap(([id, { name, shape }]) => {
    const spec = program.quantizers[id satisfies QuantizerId];
    if (spec?.scale.kind !== "stats") return [];
    const entry = weights.get(name);
    const stored = entry ? Float32Array.from(entry.data) : (parameters.get(name) ?? new Float32Array(0));
    const largest = magnitudes(stored, shape, spec.channelAxis);
    const zero = largest.indexOf(0);
    const place = spec.channelAxis === undefined ? "" : ` of channel ${zero}`;
    if (zero >= 0)
      return [
        `All values${place} of "${name}" are 0, for which Brevitas's scale is 0 and its output not a number; leave the layer or channel out, or prune less.`,
      ];
    const scales = entry?.scale?.data;
    const isOther = scales && largest.some((value, index) => scaleOfThreshold(spec, value) !== scales[index]);
    return isOther
      ? [
          `Pruning took the largest value of "${name}", from which its scale was found, so Brevitas would find another; import the pruned weights and fine-tune them, then export.`,
        ]
      : [];
  });
}
