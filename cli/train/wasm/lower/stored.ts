/** Weights and biases in a plan: when they are quantised, and how their gradients come together. */
import type { WeightRef } from "../../program.js";
import type { NodeId, SinkContext, TaskId } from "../flow/flow.js";
import { slotPlace, type Place } from "../flow/place.js";
import type { Layout } from "../layout.js";
import type { StoredTensor } from "../tasks/stored-tensor.js";
import type { WeightForm } from "../tasks/weight.js";
import type { Compilation } from "./compilation.js";
import { zeros } from "./scales.js";

export interface LoweredBias {
  readonly tensor: StoredTensor;
  /** When it is there, if that is not before everything else. */
  readonly task: TaskId | undefined;
  /** @param gradient of the operator's output, whose channels the bias belongs to */
  readonly back: (gradient: NodeId, layout: Layout) => void;
}

export function lowerBias(c: Compilation, ref: WeightRef): LoweredBias {
  const tensor = c.store.tensor(ref);
  const task = useBias(c, ref, tensor);
  return {
    tensor,
    task,
    back: (gradient, { rows, padded }) => {
      if (!c.learnsTensor(ref)) return;
      const sums = c.slot(16 * padded);
      const sink = c.flow.sink({
        name: `gradient of ${ref.parameter}`,
        inputs: [gradient],
        emit: ({ input, call }) => {
          call("channelSums", rows, padded, input(0), zeros(c, padded), slotPlace(sums));
        },
      });
      c.flow.task(
        { kind: "biasGradient", tensor, parts: [sums], gradient: c.store.parameter(ref.parameter).gradient },
        { sinks: [sink] },
      );
    },
  };
}

/**
 * Quantises a bias and lays it out, once the scales that it depends on are there.
 * @returns when that is, if it is not before everything else
 */
export function useBias(
  c: Compilation,
  { quantizer }: WeightRef,
  tensor: StoredTensor,
  forms: Readonly<Record<string, WeightForm>> = {},
): TaskId | undefined {
  const scale = quantizer === undefined ? undefined : c.store.quantizer(quantizer).scale;
  if (scale?.kind !== "product" && scale?.kind !== "shared") {
    for (const [key, form] of Object.entries(forms)) c.use(tensor).forms.set(key, form);
    c.use(tensor);
    return undefined;
  }
  const sources = scale.kind === "product" ? [scale.input, scale.weight] : [scale.quantizer];
  const tasks = sources.flatMap((id) => c.scaleTasks.get(id) ?? []);
  return c.flow.task({ kind: "quantizeWeight", tensor, forms: Object.values(forms) }, { tasks });
}

/** Accumulators of a weight's gradient: how many, and which belongs to which weight of PyTorch's order. */
export interface AccumulatorLayout {
  readonly count: number;
  readonly table: number;
}

/** Gathers the gradient of a weight over the batch and leads it back to what is stored. */
export function lowerWeightGradient(
  c: Compilation,
  ref: WeightRef,
  tensor: StoredTensor,
  { count, table }: AccumulatorLayout,
  name: string,
  inputs: readonly NodeId[],
  emit: (context: SinkContext, accumulators: Place) => void,
): void {
  const accumulators = c.slot(4 * count);
  const sink = c.flow.sink({
    name: `gradient of ${name}`,
    inputs,
    emit: (context) => {
      emit(context, slotPlace(accumulators));
    },
  });
  const sum = c.store.room(`sum of gradients ${table} ${count}`, 4 * count);
  c.addWeightPart(ref, tensor, { accumulators, count, table, sum }, sink);
}
