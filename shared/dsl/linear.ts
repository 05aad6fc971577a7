/** Fully connected layers: `quantLinear`. */
import type { Value } from "./builder.js";
import {
  addLayerNode,
  addParameter,
  beginLayer,
  checkFeatures,
  endLayer,
  firstInput,
  reshapedTo,
  type LayerDraft,
} from "./layer.js";
import { macBias, macFields, type MacOptions } from "./mac.js";
import { integer, optional, readOptions, type FieldsOf } from "./options.js";
import { inputQuantPlace, outputQuantPlace, quantized } from "./quantizer-nodes.js";
import { enter } from "./session.js";
import type { Tensor } from "./tensor.js";

/** Options of `quantLinear`. */
export interface QuantLinearOptions extends MacOptions {
  /** Features of the output. The input's are inferred. */
  outFeatures: number;
  /** Features that the input is expected to have; reported when it has others. Default: not checked. */
  inFeatures?: number;
}

const linearFields = {
  ...macFields,
  outFeatures: integer(1, 1),
  inFeatures: optional(integer(1, 1), undefined),
} satisfies FieldsOf<QuantLinearOptions>;

/**
 * Fully connected layer, PyTorch's `Linear` with Brevitas's quantisers, over the last dimension.
 *
 * Input (N, ..., F), weight (outFeatures, F), output (N, ..., outFeatures). Cost: `N * ... * F * outFeatures` MACs.
 * Written as PyTorch exports it: a matrix with a bias is a `Gemm`, anything else a `MatMul` with the transposed weight.
 */
export function quantLinear(x: Tensor, options: QuantLinearOptions): Tensor {
  const site = enter("quantLinear");
  const given = readOptions(site, options, linearFields);
  const layer = beginLayer({ site, base: "linear", name: given.name, inputs: [x] });
  const input = quantized(layer, matrixInput(layer), given.inputQuant, inputQuantPlace);
  const inFeatures = input.shape.at(-1) ?? 1;
  checkFeatures(layer, "inFeatures", given.inFeatures, inFeatures);
  const weight = quantized(layer, addParameter(layer, "weight", [given.outFeatures, inFeatures]), given.weightQuant, {
    role: "weightQuant",
    option: "weightQuant",
    channelAxis: 0,
  });
  const bias = macBias(layer, given, given.outFeatures, { input, weight, inFeatures });
  const product =
    bias && input.shape.length === 2 ? gemm(layer, [input, weight, bias]) : matMul(layer, input, weight, bias);
  return endLayer(layer, quantized(layer, product, given.outputQuant, outputQuantPlace), given);
}

function matrixInput(layer: LayerDraft): Value {
  const input = firstInput(layer);
  return input.shape.length >= 2 ? input : reshapedTo(layer, input, 2, "an input of shape (N, features)");
}

function gemm(layer: LayerDraft, inputs: readonly Value[]): Value {
  return addLayerNode(layer, { opType: "Gemm", role: "mac", inputs, attributes: { alpha: 1, beta: 1, transB: 1 } });
}

function matMul(layer: LayerDraft, input: Value, weight: Value, bias: Value | undefined): Value {
  const transposed = addLayerNode(layer, {
    opType: "Transpose",
    suffix: "transpose",
    inputs: [weight],
    attributes: { perm: [1, 0] },
  });
  const product = addLayerNode(layer, { opType: "MatMul", role: "mac", inputs: [input, transposed] });
  return bias ? addLayerNode(layer, { opType: "Add", suffix: "add", inputs: [product, bias] }) : product;
}
