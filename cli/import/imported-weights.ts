/** The constants of an ONNX graph as the parameters of the model file that was made from it. */
import { elementCount, type Graph } from "../../shared/graph/graph.js";
import type { LayerCall } from "../../shared/import/calls.js";
import type { WeightEntry } from "../../shared/weights/types.js";
import type { TrainProgram } from "../train/program.js";
import { integerThreshold } from "../train/quantizer-range.js";

/** All stored tensors by the model's names, in the order of its layers. Each call has made one layer. */
export function importedEntries(model: Graph, calls: readonly LayerCall[]): readonly WeightEntry[] {
  return calls.flatMap(({ parameters, scales }, at) => {
    const layer = model.layers[at]?.name ?? "";
    const weightScale = scales.find(({ suffix }) => suffix === "weight_quant");
    return parameters.map(({ suffix, shape, data }): WeightEntry => {
      const entry = { name: `${layer}.${suffix}`, shape, data: Float32Array.from(data) };
      if (suffix !== "weight" || weightScale === undefined) return entry;
      return { ...entry, scale: { shape: [weightScale.data.length], data: weightScale.data } };
    });
  });
}

/** The first value that is not finite, as a sentence's subject. */
export function unusableValue(entries: readonly WeightEntry[]): string | undefined {
  for (const { name, data } of entries) {
    const at = data.findIndex((value: number) => !Number.isFinite(value));
    if (at >= 0) return `the tensor for "${name}" has the value ${String(data[at])} at element ${at}`;
  }
  return undefined;
}

/**
 * Values for every parameter of the lowered model: what the file stores, and for learned quantisers the threshold
 * `scale * integerThreshold`. `undefined` when the file has no value for one of them.
 */
export function importedParameters(
  program: TrainProgram,
  model: Graph,
  calls: readonly LayerCall[],
): ReadonlyMap<string, Float32Array> | undefined {
  const values = new Map(importedEntries(model, calls).map(({ name, data }) => [name, Float32Array.from(data)]));
  const scales = new Map<string, ArrayLike<number>>(
    calls.flatMap((call, at) =>
      call.scales.map(({ suffix, data }) => [`${model.layers[at]?.name ?? ""}.${suffix}`, data] as const),
    ),
  );
  for (const spec of program.quantizers) {
    const scale = scales.get(spec.name);
    if (spec.scale.kind !== "learned" || scale === undefined) continue;
    values.set(
      spec.scale.parameter,
      Float32Array.from(scale, (step) => step * integerThreshold(spec)),
    );
  }
  const complete = new Map<string, Float32Array>();
  for (const { name, shape } of program.parameters) {
    const data = values.get(name);
    const count = elementCount(shape);
    if (data === undefined || (data.length !== count && data.length !== 1)) return undefined;
    complete.set(name, data.length === count ? data : new Float32Array(count).fill(data[0] ?? 0));
  }
  return complete;
}
