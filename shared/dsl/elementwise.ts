/** Element-by-element arithmetic: `add`, `mul`. */
import { addLayerNode, beginLayer, endLayer, formatShape, nameField, reportLayer, type LayerOptions } from "./layer.js";
import type { LayerDraft } from "./layer.js";
import type { Shape } from "../graph/graph.js";
import { readOptions, type FieldsOf } from "./options.js";
import { inputQuantPlace, outputQuantPlace, quantized, quantizerField } from "./quantizer-nodes.js";
import type { Quantizer } from "./quantizers.js";
import { enter, type Site } from "./session.js";
import type { Tensor } from "./tensor.js";

/** Options of `add` and `mul`. */
export interface ElementwiseOptions extends LayerOptions {
  /** One quantiser for both operands, so that they have the same scale. Default: none. */
  inputQuant?: Quantizer;
  /** A quantiser for the result. Default: none, and the result is FLOAT32, for which the next MAC is charged 32 bits. */
  outputQuant?: Quantizer;
}

const elementwiseFields = {
  name: nameField,
  inputQuant: quantizerField,
  outputQuant: quantizerField,
} satisfies FieldsOf<ElementwiseOptions>;

/**
 * Sum of two tensors of the same shape (sizes of 1 stretch): a residual connection. Costs nothing itself.
 *
 * The cost tools take the sum as FLOAT32 (qonnx: 32 bits), so a layer that multiplies it pays 32 bits for its input:
 * quantise it again, by `outputQuant`, `quantReLU` or `quantIdentity`.
 */
export function add(a: Tensor, b: Tensor, options?: ElementwiseOptions): Tensor {
  return elementwise(enter("add"), { opType: "Add", inputs: [a, b] }, options);
}

/** Product of two tensors of the same shape (sizes of 1 stretch): a gate. Its data type is as for `add`. Costs nothing itself. */
export function mul(a: Tensor, b: Tensor, options?: ElementwiseOptions): Tensor {
  return elementwise(enter("mul"), { opType: "Mul", inputs: [a, b] }, options);
}

interface Operation {
  readonly opType: "Add" | "Mul";
  readonly inputs: readonly unknown[];
}

function elementwise(site: Site, { opType, inputs }: Operation, options: unknown): Tensor {
  const given = readOptions(site, options, elementwiseFields);
  const layer = beginLayer({ site, base: opType.toLowerCase(), name: given.name, inputs });
  const [a = layer.draft.latest, b = a] = layer.inputs;
  // Operands that cannot be combined are reported; the first one with itself stands in, so that the graph stays sound.
  const other = checkOperands(layer, a.shape, b.shape) ? b : a;
  const left = quantized(layer, a, given.inputQuant, inputQuantPlace);
  const right = other.name === a.name ? left : quantized(layer, other, given.inputQuant, inputQuantPlace);
  const output = addLayerNode(layer, { opType, inputs: [left, right] });
  return endLayer(layer, quantized(layer, output, given.outputQuant, outputQuantPlace), given);
}

function checkOperands(layer: LayerDraft, a: Shape, b: Shape): boolean {
  const size = (shape: Shape, fromEnd: number) => shape.at(-1 - fromEnd) ?? 1;
  const rank = Math.max(a.length, b.length);
  const clashes = Array.from({ length: rank }, (_, fromEnd) => fromEnd).filter((fromEnd) => {
    const [left, right] = [size(a, fromEnd), size(b, fromEnd)];
    return left !== right && left !== 1 && right !== 1;
  });
  if (clashes.length === 0) return true;
  const channels = rank - 2;
  const onlyChannels = rank > 1 && clashes.every((fromEnd) => fromEnd === channels);
  reportLayer(
    layer,
    onlyChannels ? "channel-mismatch" : "shape-mismatch",
    `cannot combine ${formatShape(a)} and ${formatShape(b)}: ${onlyChannels ? "their channels differ" : "all sizes must be equal, or 1"}; ${onlyChannels ? "bring both to the same number of channels by a 1×1 convolution" : "check stride and padding of the two branches"}.`,
    [1],
  );
  return false;
}
