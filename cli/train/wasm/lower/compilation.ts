/** What the lowering of operators shares while one plan is made. */
import type { QuantizerId, TrainOp, TrainProgram, ValueId, WeightRef } from "../../program.js";
import { Flow, type NodeId, type NodeSpec, type SinkId, type TaskId } from "../flow/flow.js";
import { fixedPlace, type Place } from "../flow/place.js";
import { layoutOf, roundUp, type Layout } from "../layout.js";
import type { Store } from "../store.js";
import type { WeightForm, WeightPart } from "../tasks/weight.js";
import type { StoredTensor } from "../tasks/stored-tensor.js";
import type { ScaleInUse } from "./scale-in-use.js";

/** What a plan is for. */
export interface Purpose {
  /** Statistics of the batch, dropout, loss. */
  readonly training: boolean;
  /** Gradients, too. */
  readonly backward: boolean;
  /** Uses of quantisers that take a statistic of the batch as threshold, see `useKey`. */
  readonly collecting: ReadonlySet<string>;
  readonly seed: number;
  /** Values that are read afterwards, besides the logits. */
  readonly wanted: ReadonlySet<ValueId>;
}

/** One use of a quantiser among its uses by several operators. */
export function useKey(quantizer: QuantizerId, use: number): string {
  return `${quantizer} ${use}`;
}

/** A weight or bias that the plan uses, and the layouts of it. */
export interface UsedTensor {
  readonly tensor: StoredTensor;
  readonly forms: Map<string, WeightForm>;
}

/** Where the gradient of a weight is gathered. */
export interface GatheredWeight {
  readonly ref: WeightRef;
  readonly tensor: StoredTensor;
  readonly parts: WeightPart[];
  readonly sinks: SinkId[];
}

export class Compilation {
  readonly flow = new Flow();
  readonly usedTensors = new Map<StoredTensor, UsedTensor>();
  /** Runs backwards over the operators once the forward pass is complete. */
  readonly backward: { readonly output: ValueId; readonly run: (gradient: NodeId) => void }[] = [];
  private readonly nodes = new Map<ValueId, NodeId>();
  private readonly learning = new Set<ValueId>();
  private readonly gradients = new Map<ValueId, NodeId[]>();
  private slotEnd = 0;
  /** The task that computes the scales of a quantiser's latest use. */
  readonly scaleTasks = new Map<QuantizerId, TaskId>();
  /** All uses of the activations' quantisers, in order. */
  readonly activationScales: ScaleInUse[] = [];
  readonly gatheredWeights = new Map<StoredTensor, GatheredWeight>();
  /** Tensors with zeros around them, by what they are padded with. */
  readonly paddedNodes = new Map<string, NodeId>();

  constructor(
    readonly program: TrainProgram,
    readonly store: Store,
    readonly purpose: Purpose,
    /** Most samples of a run. */
    readonly batchSize: number,
  ) {}

  get slotBytes(): number {
    return this.slotEnd;
  }

  layout(value: ValueId): Layout {
    const found = this.program.values[value];
    if (found === undefined) throw new RangeError(`${this.program.name} has no value ${value}`);
    return layoutOf(found.shape);
  }

  /** The node that holds a value. */
  node(value: ValueId): NodeId {
    const found = this.nodes.get(value);
    if (found === undefined) throw new RangeError(`value ${value} of ${this.program.name} is used before it is made`);
    return found;
  }

  setNode(value: ValueId, node: NodeId): void {
    this.nodes.set(value, node);
  }

  /** True if something that is trained influences the value. */
  learns(value: ValueId): boolean {
    return this.learning.has(value);
  }

  /**
   * Says what an operator's output is and how its gradient goes back. `learns`: the operator trains something itself.
   */
  setOutput(
    op: Pick<TrainOp, "inputs" | "output">,
    node: NodeId,
    back: { readonly learns?: boolean; readonly run: (gradient: NodeId) => void },
  ): void {
    this.nodes.set(op.output, node);
    const learns = back.learns === true || op.inputs.some((input) => this.learning.has(input));
    if (!this.purpose.backward || !learns) return;
    this.learning.add(op.output);
    this.backward.push({ output: op.output, run: back.run });
  }

  /** Adds a term to the gradient of a value; call it only for values that learn. */
  addGradient(value: ValueId, term: NodeId): void {
    this.gradients.set(value, [...(this.gradients.get(value) ?? []), term]);
  }

  /** The complete gradient of a value, `undefined` if the loss does not depend on it. */
  gradient(value: ValueId): NodeId | undefined {
    const terms = this.gradients.get(value) ?? [];
    return terms.length > 1 ? this.sum(`gradient of ${value}`, terms) : terms[0];
  }

  /** A node like others of the same size, added up. */
  sum(name: string, terms: readonly NodeId[]): NodeId {
    const floats = this.flow.nodeAt(terms[0] ?? 0).floats;
    return this.flow.node({
      name,
      inputs: terms,
      floats,
      hosting: { kind: "sum" },
      emit: ({ output, input, isHosted, call }) => {
        const open = terms.flatMap((_, at) => (isHosted(at) ? [] : [input(at)]));
        const [first, second] = open;
        let rest = open;
        if (open.length === terms.length && first && second) {
          call("add", floats, first, second, output);
          rest = open.slice(2);
        }
        for (const term of rest) call("add", floats, output, term, output);
      },
    });
  }

  /** A node whose kernel writes over its output, and adds to it where a sum asks for that after clearing it otherwise. */
  scatter(spec: Omit<NodeSpec, "accumulates" | "emit">, emit: NodeSpec["emit"]): NodeId {
    return this.flow.node({
      ...spec,
      accumulates: true,
      emit: (context) => {
        if (context.accumulate === 0) context.call("fill", spec.floats, 0, context.output);
        emit(context);
      },
    });
  }

  /** Accumulators of every chunk of samples, zeroed at the begin of a step. */
  slot(bytes: number): number {
    const begin = this.slotEnd;
    this.slotEnd = roundUp(begin + bytes, 16);
    return begin;
  }

  /** A layout of a weight in memory, filled at the begin of a step. */
  form(tensor: StoredTensor, key: string, table: () => Int32Array): Place {
    const used = this.use(tensor);
    const form = used.forms.get(key) ?? this.store.form(tensor, key, table);
    used.forms.set(key, form);
    return fixedPlace(form.out);
  }

  use(tensor: StoredTensor): UsedTensor {
    const used = this.usedTensors.get(tensor) ?? { tensor, forms: new Map<string, WeightForm>() };
    this.usedTensors.set(tensor, used);
    return used;
  }

  /** True if the tensor is trained, or its scale, or something that its scale comes from. */
  learnsTensor({ parameter, quantizer }: WeightRef): boolean {
    if (!this.purpose.backward) return false;
    if (this.store.parameter(parameter).gradient !== undefined) return true;
    const scale = quantizer === undefined ? undefined : this.store.quantizer(quantizer).scale;
    if (scale?.kind === "learned") return this.store.parameter(scale.parameter).gradient !== undefined;
    return scale?.kind === "product" || scale?.kind === "shared";
  }

  addWeightPart(ref: WeightRef, tensor: StoredTensor, part: WeightPart, sink: SinkId): void {
    const gathered = this.gatheredWeights.get(tensor) ?? { ref, tensor, parts: [], sinks: [] };
    gathered.parts.push(part);
    gathered.sinks.push(sink);
    this.gatheredWeights.set(tensor, gathered);
  }
}
