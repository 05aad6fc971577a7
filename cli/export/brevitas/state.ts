/** The state dictionary: names as PyTorch and Brevitas 0.6 give them, values as training left them. */
import type { StateEntry } from "../../../shared/weights/pth/write.js";
import type { ParameterSpec, QuantizerSpec } from "../../train/program.js";

/** An entry of a module's state dictionary. */
export interface StateSource {
  /** Beneath the module: `weight`. */
  readonly name: string;
  /** The program's parameter; nothing for PyTorch's count of batches, which starts at 0. */
  readonly parameter?: string;
}

/** In the order in which Brevitas's layers register them. */
export function macState(layer: string, hasBias: boolean): readonly StateSource[] {
  return [...(hasBias ? ["bias"] : []), "weight"].map((name) => ({ name, parameter: `${layer}.${name}` }));
}

export function normState(layer: string): readonly StateSource[] {
  const stored = ["weight", "bias", "running_mean", "running_var"];
  return [...stored.map((name) => ({ name, parameter: `${layer}.${name}` })), { name: "num_batches_tracked" }];
}

/** The learned threshold of an activation's quantiser in the module `proxy`; nothing when it is not learned. */
export function actThreshold({ scale }: QuantizerSpec, proxy: readonly string[]): readonly StateSource[] {
  if (scale.kind !== "learned") return [];
  const name = [...proxy, "fused_activation_quant_proxy.tensor_quant.scaling_impl.value"].join(".");
  return [{ name, parameter: scale.parameter }];
}

/** The same of a stored tensor's quantiser. */
export function parameterThreshold({ scale }: QuantizerSpec, proxy: string): readonly StateSource[] {
  if (scale.kind !== "learned") return [];
  return [{ name: `${proxy}.tensor_quant.scaling_impl.value`, parameter: scale.parameter }];
}

/** A source at its place in the network. */
export interface PlacedSource extends StateSource {
  /** The module's path. */
  readonly path: readonly string[];
}

/** The entries for `writePth`. `values` are the parameters' by their names. */
export function stateEntries(
  sources: readonly PlacedSource[],
  parameters: readonly ParameterSpec[],
  values: ReadonlyMap<string, Float32Array>,
): readonly StateEntry[] {
  const specs = new Map(parameters.map((spec) => [spec.name, spec]));
  return sources.map(({ path, name, parameter }): StateEntry => {
    const full = [...path, name].join(".");
    if (parameter === undefined) return { name: full, shape: [], data: Float64Array.of(0), elementType: "int64" };
    const [spec, data] = [specs.get(parameter), values.get(parameter)];
    if (!spec || !data) throw new Error(`There is no parameter ${parameter}`);
    return { name: full, shape: spec.shape, data };
  });
}
