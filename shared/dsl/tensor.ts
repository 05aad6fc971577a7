import type { DataType } from "../graph/datatype.js";
import type { Shape } from "../graph/graph.js";
import { dataTypeOf, type Draft, type Value } from "./builder.js";
import { TensorView } from "./tensor-view.js";

/**
 * A symbolic tensor: what layers take and give. It has no values; its shape and data type are known while the
 * model is built, so helpers may compute with them (`kernelSize: x.length`, `groups: x.channels`).
 */
export class Tensor extends TensorView {
  readonly #draft: Draft;
  readonly #value: Value;

  constructor(draft: Draft, value: Value) {
    super();
    this.#draft = draft;
    this.#value = value;
  }

  override get shape(): Shape {
    return this.#value.shape;
  }

  /**
   * The data type that the challenge's cost tool (finn-base) infers: `SCALEDUINT6` after a 6-bit `quantReLU`,
   * `FLOAT32` after most other layers. A multiply-accumulate that reads FLOAT32 is charged 32 bits.
   */
  get dataType(): DataType {
    return dataTypeOf(this.#draft, this.#value.name);
  }

  /** The graph that a tensor belongs to, and its value there; `undefined` for anything that is no tensor. */
  static locate(value: unknown): { readonly draft: Draft; readonly value: Value } | undefined {
    if (typeof value !== "object" || value === null || !(#draft in value)) return undefined;
    return { draft: value.#draft, value: value.#value };
  }
}
