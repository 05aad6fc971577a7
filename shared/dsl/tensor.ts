import type { DataType } from "../graph/datatype.js";
import type { Shape } from "../graph/graph.js";
import { dataTypeOf, type Draft, type Value } from "./builder.js";

/**
 * A symbolic tensor: what layers take and give. It has no values; its shape and data type are known while the
 * model is built, so helpers may compute with them (`kernelSize: x.length`, `groups: x.channels`).
 */
export class Tensor {
  readonly #draft: Draft;
  readonly #value: Value;

  constructor(draft: Draft, value: Value) {
    this.#draft = draft;
    this.#value = value;
  }

  /** All dimensions, batch first: `[1, 24, 512]` is N, C, L; `[1, 24, 32, 32]` is N, C, H, W. */
  get shape(): Shape {
    return this.#value.shape;
  }

  /** Number of dimensions, batch included. */
  get rank(): number {
    return this.shape.length;
  }

  /** Dimension 1: channels of a feature map, features of a flattened tensor. */
  get channels(): number {
    return this.shape[1] ?? 1;
  }

  /** Positions of a 1-D feature map (N, C, L): its last dimension. */
  get length(): number {
    return this.shape.at(-1) ?? 1;
  }

  /** Rows of a 2-D feature map (N, C, H, W): the dimension before the last; 1 for fewer dimensions. */
  get height(): number {
    return this.rank > 3 ? (this.shape.at(-2) ?? 1) : 1;
  }

  /** Columns of a 2-D feature map (N, C, H, W): its last dimension. */
  get width(): number {
    return this.shape.at(-1) ?? 1;
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
