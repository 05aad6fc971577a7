/** What stays in the shared memory between steps: parameters, gradients, weights as the kernels want them, scales, tables. */
import type { ParameterSpec, QuantizerId, QuantizerSpec, TrainProgram, WeightRef } from "../program.js";
import type { Arena } from "./arena.js";
import { product, roundUp } from "./layout.js";
import { groupsOf } from "./tasks/groups.js";
import type { ScaleFactor, StoredQuantizer, StoredScale, StoredTensor } from "./tasks/stored-tensor.js";
import type { WeightForm } from "./tasks/weight.js";

/** A parameter in the shared memory, in PyTorch's order, followed by zeros up to a multiple of 4. */
export interface StoredParameter {
  readonly spec: ParameterSpec;
  readonly count: number;
  readonly value: number;
  /** Address, if it is trained. */
  readonly gradient: number | undefined;
  /** Weights only: 1 per element, 0 where it is pruned. */
  readonly mask: number | undefined;
}

export interface StoreOptions {
  readonly rounding: boolean;
  readonly inferenceOnly: boolean;
}

export class Store {
  readonly parameters: ReadonlyMap<string, StoredParameter>;
  /** All gradients, one after another. */
  readonly gradients: { readonly begin: number; readonly count: number };
  private readonly tensors = new Map<string, StoredTensor>();
  private readonly scales = new Map<string, ScaleFactor>();
  private readonly constants = new Map<string, number>();

  constructor(
    readonly program: TrainProgram,
    readonly arena: Arena,
    readonly options: StoreOptions,
  ) {
    const total = program.parameters.reduce((sum, spec) => sum + paddedCount(spec), 0);
    const begin = options.inferenceOnly ? 0 : arena.reserve(4 * total);
    this.gradients = { begin, count: options.inferenceOnly ? 0 : total };
    let gradient = begin;
    this.parameters = new Map(
      program.parameters.map((spec) => {
        const count = product(spec.shape);
        const isTrained = spec.trainable && !options.inferenceOnly;
        const value = arena.reserve(4 * paddedCount(spec));
        const mask = spec.kind === "weight" ? arena.reserve(4 * count) : undefined;
        if (mask !== undefined) arena.floats(mask, count).fill(1);
        const stored = { spec, count, value, gradient: isTrained ? gradient : undefined, mask };
        gradient += 4 * paddedCount(spec);
        return [spec.name, stored];
      }),
    );
  }

  parameter(name: string): StoredParameter {
    const found = this.parameters.get(name);
    if (found === undefined) throw new RangeError(`${this.program.name} has no parameter ${name}`);
    return found;
  }

  quantizer(id: QuantizerId): QuantizerSpec {
    const found = this.program.quantizers[id];
    if (found === undefined) throw new RangeError(`${this.program.name} has no quantiser ${id}`);
    return found;
  }

  /** Scales of one use of a quantiser and their gradients; a quantiser may serve several operators, one after another. */
  scalesOf(id: QuantizerId, use: number, count: number): ScaleFactor {
    const key = `${id} ${use}`;
    const known = this.scales.get(key);
    if (known) return known;
    const made = { count, scales: this.arena.reserve(4 * count), gradients: this.arena.reserve(8 * count) };
    const { scale } = this.quantizer(id);
    const inForce = this.arena.floats(made.scales, count);
    if (scale.kind === "const") for (let i = 0; i < count; i++) inForce[i] = scale.values[i] ?? scale.values[0] ?? 1;
    this.scales.set(key, made);
    return made;
  }

  /** The scales that a quantiser had last: what other quantisers refer to. */
  lastScalesOf(id: QuantizerId): ScaleFactor {
    const uses = [...this.scales.keys()].filter((key) => key.startsWith(`${id} `));
    const last = this.scales.get(uses.at(-1) ?? "");
    if (last === undefined) {
      throw new RangeError(`the quantiser ${this.quantizer(id).name} is referred to before it is used`);
    }
    return last;
  }

  /** A weight or bias as an operator uses it. */
  tensor({ parameter, quantizer }: WeightRef): StoredTensor {
    const key = `${parameter} ${quantizer ?? ""}`;
    const known = this.tensors.get(key);
    if (known) return known;
    const { spec, count, value, mask } = this.parameter(parameter);
    const made: StoredTensor = {
      shape: spec.shape,
      count,
      value,
      ...(mask !== undefined && { mask }),
      used: this.arena.reserve(4 * roundUp(count, 4)),
      ...(quantizer !== undefined && { quantizer: this.storedQuantizer(spec, quantizer) }),
    };
    this.tensors.set(key, made);
    return made;
  }

  private storedQuantizer({ shape }: ParameterSpec, id: QuantizerId): StoredQuantizer {
    const spec = this.quantizer(id);
    const groups = groupsOf(shape, spec.channelAxis);
    const { scales, gradients } = this.scalesOf(id, 0, groups.count);
    const source = this.storedScale(spec);
    return { spec, rounding: this.options.rounding, groups, scales, scaleGradients: gradients, source };
  }

  private storedScale({ scale }: QuantizerSpec): StoredScale {
    switch (scale.kind) {
      case "const":
      case "stats":
        return { kind: scale.kind };
      case "learned": {
        const { value, gradient } = this.parameter(scale.parameter);
        return { kind: "learned", threshold: value, gradient };
      }
      case "product":
        return { kind: "product", factors: [this.lastScalesOf(scale.input), this.lastScalesOf(scale.weight)] };
      case "shared":
        return { kind: "shared", factor: this.lastScalesOf(scale.quantizer) };
    }
  }

  /** Memory for a layout of a weight, with its table; made once per key. */
  form(tensor: StoredTensor, key: string, table: () => Int32Array): WeightForm {
    const at = `form ${tensor.used} ${key}`;
    const address = this.integerTable(`${at} table`, table);
    const count = this.counts.get(`${at} table`) ?? 0;
    const out = this.room(`${at} out`, 4 * count);
    return { table: address, out, count };
  }

  private readonly counts = new Map<string, number>();

  /** A table of int32 that never changes; made once per key. */
  integerTable(key: string, make: () => Int32Array): number {
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const values = make();
    const address = this.arena.reserve(4 * values.length);
    this.arena.integers(address, values.length).set(values);
    this.constants.set(key, address);
    this.counts.set(key, values.length);
    return address;
  }

  /** float32 that never change; made once per key. */
  floatTable(key: string, make: () => Float32Array): number {
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const values = make();
    const address = this.arena.reserve(4 * values.length);
    this.arena.floats(address, values.length).set(values);
    this.constants.set(key, address);
    return address;
  }

  /** Zeroed memory that keeps its address between plans; made once per key. */
  room(key: string, bytes: number): number {
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const address = this.arena.reserve(bytes);
    this.constants.set(key, address);
    return address;
  }
}

function paddedCount({ shape }: ParameterSpec): number {
  return roundUp(product(shape), 4);
}
