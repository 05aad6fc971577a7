/** Convolutions and fully connected layers. */
import { numbersAttribute } from "../../../shared/graph/attributes.js";
import { mainNode, quantizerOf, type LayerContext, type UsedQuantizer } from "./layer-context.js";
import type { LayerDraft } from "./layers.js";
import { refuse } from "./problems.js";
import { call, literal, perDimension, verbatim, type PythonValue } from "./python.js";
import { actThreshold, macState, parameterThreshold } from "./state.js";

interface MacQuantizers {
  readonly weight: UsedQuantizer | undefined;
  readonly bias: UsedQuantizer | undefined;
  readonly input: UsedQuantizer | undefined;
  readonly output: UsedQuantizer | undefined;
}

/** Writes a layer that multiplies; PyTorch's own where nothing is quantised. */
export function macLayer(context: LayerContext): LayerDraft {
  const { layer, quantTensor } = context;
  const quantizers: MacQuantizers = {
    weight: quantizerOf(context, "weightQuant"),
    bias: quantizerOf(context, "biasQuant"),
    input: quantizerOf(context, "inputQuant"),
    output: quantizerOf(context, "outputQuant"),
  };
  const isQuantized = Object.values(quantizers).some((quantizer) => quantizer !== undefined);
  const { name, positional, keywords } = layer.kind === "quantLinear" ? linear(context) : convolution(context);
  const construct = call(`${isQuantized ? "qnn.Quant" : "nn."}${name}`, positional, {
    ...keywords,
    ...(layer.options.bias === false ? { bias: false } : { bias: true }),
    ...(isQuantized && quantizerKeywords(quantizers)),
    ...(quantTensor && quantizers.output && { return_quant_tensor: true }),
  });
  const isExternal = quantizers.bias?.spec.scale.kind === "product";
  return {
    modules: [{ below: [], construct, state: stateOf(context, quantizers) }],
    expression: (self, args) => `${self}(${args.join(", ")})`,
    readsQuantTensor: isExternal && quantizers.input === undefined,
  };
}

function quantizerKeywords({ weight, bias, input, output }: MacQuantizers): Readonly<Record<string, PythonValue>> {
  return {
    weight_quant: verbatim(weight?.name ?? "None"),
    ...(bias && { bias_quant: verbatim(bias.name) }),
    ...(input && { input_quant: verbatim(input.name) }),
    ...(output && { output_quant: verbatim(output.name) }),
  };
}

function stateOf({ layer }: LayerContext, { weight, bias, input, output }: MacQuantizers) {
  return [
    ...macState(layer.name, layer.options.bias !== false),
    ...(weight ? parameterThreshold(weight.spec, "weight_quant") : []),
    ...(bias ? parameterThreshold(bias.spec, "bias_quant") : []),
    ...(input ? actThreshold(input.spec, ["input_quant"]) : []),
    ...(output ? actThreshold(output.spec, ["output_quant"]) : []),
  ];
}

interface Construction {
  /** Without `nn.` and `Quant`. */
  readonly name: string;
  readonly positional: readonly PythonValue[];
  readonly keywords: Readonly<Record<string, PythonValue>>;
}

function linear({ layer, inputShapes: [input = []] }: LayerContext): Construction {
  return { name: "Linear", positional: [input.at(-1) ?? 1, Number(layer.options.outFeatures)], keywords: {} };
}

function convolution(context: LayerContext): Construction {
  const { layer, inputShapes } = context;
  const node = mainNode(context);
  const list = (attribute: string) => numbersAttribute(node, attribute) ?? [];
  const kernel = list("kernel_shape");
  const pads = list("pads");
  const begin = pads.slice(0, kernel.length);
  if (begin.some((zeros, axis) => zeros !== pads[axis + kernel.length]))
    refuse(
      layer.name,
      'adds more zeros at its end than at its beginning (padding: "same" with an even kernel); use an odd kernel, or pad.',
    );
  const differing = (value: PythonValue, byDefault: string) => (literal(value) === byDefault ? undefined : value);
  const optional: Readonly<Record<string, PythonValue | undefined>> = {
    stride: differing(perDimension(list("strides")), "1"),
    padding: differing(perDimension(begin), "0"),
    output_padding: differing(perDimension(list("output_padding")), "0"),
    dilation: differing(perDimension(list("dilations")), "1"),
    groups: differing(Number(layer.options.groups), "1"),
  };
  const keywords = Object.fromEntries(
    Object.entries(optional).filter((pair): pair is [string, PythonValue] => pair[1] !== undefined),
  );
  const isTransposed = layer.kind.startsWith("quantConvTranspose");
  return {
    name: `${isTransposed ? "ConvTranspose" : "Conv"}${kernel.length}d`,
    positional: [inputShapes[0]?.[1] ?? 1, Number(layer.options.outChannels), perDimension(kernel)],
    keywords,
  };
}
