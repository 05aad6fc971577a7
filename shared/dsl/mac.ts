/** What layers that multiply and accumulate have in common: options, bias, groups. */
import type { Value } from "./builder.js";
import { addParameter, nameField, reportLayer, type LayerDraft, type LayerOptions } from "./layer.js";
import { flag, integer, optional, perDimension, type FieldsOf } from "./options.js";
import { quantizedBias, quantizerField, type BiasContext } from "./quantizer-nodes.js";
import type { Quantizer } from "./quantizers.js";

/** Options that all quantised multiply-accumulate layers share. */
export interface MacOptions extends LayerOptions {
  /** Add a bias per output channel. Default true (PyTorch's); leave it out before a batch norm, which has its own. */
  bias?: boolean;
  /** The weights' quantiser, such as `int(6)`. Default: none, weights are float and charged 32 bits. */
  weightQuant?: Quantizer;
  /** The bias's quantiser, such as `intBias()`. Default: none. A bias is free in the score. */
  biasQuant?: Quantizer;
  /** A quantiser for the input, before the multiplication. Default: none, the input is used as it is. */
  inputQuant?: Quantizer;
  /** A quantiser for the output. Default: none. */
  outputQuant?: Quantizer;
}

/** Fields of the options that all multiply-accumulate layers share. */
export const macFields = {
  name: nameField,
  bias: flag(true),
  weightQuant: quantizerField,
  biasQuant: quantizerField,
  inputQuant: quantizerField,
  outputQuant: quantizerField,
} satisfies FieldsOf<MacOptions>;

/** Fields of everything that slides a kernel with weights. */
export function kernelFields(dimensions: number) {
  const ones = perDimension(dimensions, 1, 1);
  return {
    ...macFields,
    outChannels: integer(1, 1),
    kernelSize: ones,
    stride: optional(ones, ones.guess),
    dilation: optional(ones, ones.guess),
    groups: optional(integer(1, 1), 1),
    inChannels: optional(integer(1, 1), undefined),
  };
}

/** The bias behind its quantiser; `undefined` without one. */
export function macBias(
  layer: LayerDraft,
  options: { readonly bias: boolean; readonly biasQuant: Quantizer | undefined },
  outFeatures: number,
  context: BiasContext,
): Value | undefined {
  if (options.bias) return quantizedBias(layer, addParameter(layer, "bias", [outFeatures]), options.biasQuant, context);
  if (options.biasQuant) {
    reportLayer(layer, "option-without-effect", "has a biasQuant but bias: false; leave one of them out.", [
      "biasQuant",
    ]);
  }
  return undefined;
}

/** `groups` when it divides both numbers of channels, else its greatest divisor that does. */
export function dividingGroups(layer: LayerDraft, groups: number, inChannels: number, outChannels: number): number {
  if (inChannels % groups === 0 && outChannels % groups === 0) return groups;
  const common = greatestCommonDivisor(greatestCommonDivisor(inChannels, outChannels), groups);
  const message = `cannot divide ${inChannels} input and ${outChannels} output channels into ${groups} groups; choose groups that divides both (${common} is used instead).`;
  reportLayer(layer, "group-divisibility", message, ["groups"]);
  return common;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
