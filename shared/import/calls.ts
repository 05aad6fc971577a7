/** The calls of a model file that is to be written: what stands between a graph and the file's text. */
import type { Shape, TensorData } from "../graph/graph.js";

/** The value of an option as it is written. */
export type OptionValue = number | string | boolean | readonly number[] | QuantizerCall | CallOptions;

/** Options in the order in which they are written. */
export interface CallOptions {
  readonly [option: string]: OptionValue;
}

/** A quantiser: `int(6, { narrow: false })`; `intBias()` may have no bits. */
export interface QuantizerCall {
  readonly quantizer: "int" | "uint" | "intBias";
  readonly bits?: number;
  readonly options: CallOptions;
}

/** Values of the graph for a tensor of the layer that a call makes: `weight`, `running_mean`. */
export interface CallParameter {
  /** The name behind the layer's: the tensor is called `<layer>.weight`. */
  readonly suffix: string;
  readonly shape: Shape;
  readonly data: TensorData;
}

/** The scale of a quantiser of the layer: `act_quant`. */
export interface CallScale {
  readonly suffix: string;
  readonly data: TensorData;
}

/** One layer. Tensors have the graph's names. */
export interface LayerCall {
  /** The DSL's function: `quantConv1d`. */
  readonly callee: string;
  /** The name that the layer should have, from the graph; absent where it is to be named by its kind. */
  readonly name?: string;
  /** The short name of the kind, from which the DSL makes names: `conv`. */
  readonly base: string;
  readonly inputs: readonly string[];
  /** The inputs are one argument, a list. */
  readonly takesList?: boolean;
  /** An argument between tensors and options: a shape, an order of dimensions. */
  readonly argument?: readonly number[];
  readonly options: CallOptions;
  readonly output: string;
  readonly parameters: readonly CallParameter[];
  readonly scales: readonly CallScale[];
}

export function isQuantizerCall(value: OptionValue): value is QuantizerCall {
  return typeof value === "object" && "quantizer" in value;
}

/** A node, or a part of one, that the DSL has no word for. */
export interface NotExpressed {
  /** The graph node's name. */
  readonly node: string;
  readonly opType: string;
  /** What the matter is and what stands in the model file instead: completes "<node> ...". */
  readonly reason: string;
}
