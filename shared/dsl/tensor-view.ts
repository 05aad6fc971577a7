import type { Shape } from "../graph/graph.js";

/** What a tensor's shape says, wherever the shape comes from. */
export abstract class TensorView {
  /** All dimensions, batch first: `[1, 24, 512]` is N, C, L; `[1, 24, 32, 32]` is N, C, H, W. */
  abstract get shape(): Shape;

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
}
