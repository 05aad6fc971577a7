/** Trained weights that hints and costs can stand for. Readers: `.onnx` and `.safetensors`. */
import type { Shape, TensorData } from "../graph/graph.js";

/** One layer's weight as found in a file. */
export interface WeightEntry {
  /** The name in the file (`conv.0.dw.conv.weight`, or the ONNX initialiser). */
  readonly name: string;
  readonly shape: Shape;
  readonly data: TensorData;
  /** The quantiser's scale when the file has it; else the statistic of the model's quantiser is used. */
  readonly scale?: { readonly shape: Shape; readonly data: TensorData };
}

export interface WeightSet {
  /** Path or label, for messages. */
  readonly source: string;
  readonly entries: readonly WeightEntry[];
}
