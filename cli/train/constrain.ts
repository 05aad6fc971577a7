/** What Brevitas does to stored weights before it quantises them. */
import type { TrainProgram } from "./program.js";
import { channelIndex, quantizedParameters } from "./scales.js";

/**
 * Clamps the weights of binary quantisers with a constant scale to plus and minus that scale, in place: Brevitas 0.6's
 * `ClampedBinaryQuant` does so in every forward pass, so that a weight can always change its sign again. To be called
 * when weights were initialised, loaded or updated; the optimisers do.
 */
export function constrainWeights(program: TrainProgram, parameters: ReadonlyMap<string, Float32Array>): void {
  for (const [id, { name, kind, shape }] of quantizedParameters(program)) {
    const spec = program.quantizers[id];
    const values = parameters.get(name);
    if (kind !== "weight" || spec?.kind !== "binary" || spec.scale.kind !== "const" || !values) continue;
    const channelOf = channelIndex(shape, spec.channelAxis);
    for (let index = 0; index < values.length; index++) {
      const limit = spec.scale.values[channelOf(index)] ?? Infinity;
      values[index] = Math.min(Math.max(values[index] ?? 0, -limit), limit);
    }
  }
}
