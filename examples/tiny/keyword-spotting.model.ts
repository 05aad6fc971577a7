/**
 * A tiny keyword spotter: 49 frames of 10 mel coefficients in, 12 words out. Shows 2-D layers, a parameter, names by
 * `scope`, a requantised residual sum and a quantised average.
 */
import {
  adamW,
  add,
  batchNorm2d,
  defineModel,
  flatten,
  int,
  intBias,
  npyFolder,
  param,
  plateau,
  prune,
  quantConv2d,
  quantIdentity,
  quantLinear,
  quantReLU,
  globalAvgPool,
  scope,
  train,
  uint,
  type QuantConv2dOptions,
  type Tensor,
} from "quantlens";

const bits = param("bits", 4);
const channels = param("channels", 32);
const blocks = param("blocks", 3);

function conv(x: Tensor, options: Omit<QuantConv2dOptions, "bias" | "weightQuant">) {
  return batchNorm2d(quantConv2d(x, { ...options, bias: false, weightQuant: int(bits) }));
}

function activation(x: Tensor) {
  return quantReLU(x, { actQuant: uint(bits) });
}

function depthwiseSeparable(x: Tensor) {
  const depthwise = activation(
    conv(x, { outChannels: x.channels, kernelSize: 3, padding: "same", groups: x.channels }),
  );
  const pointwise = conv(depthwise, { outChannels: x.channels, kernelSize: 1 });
  // The sum is float to the cost tools; quantising it again keeps the next convolution at few bits.
  return activation(add(pointwise, x));
}

export default defineModel({
  name: "KeywordSpotter",
  input: { shape: [1, 1, 49, 10] },
  forward(x) {
    x = quantIdentity(x, { actQuant: int(8), name: "input" });
    x = scope("stem", () =>
      activation(conv(x, { outChannels: channels, kernelSize: [10, 4], stride: 2, padding: [5, 1] })),
    );
    for (let i = 0; i < blocks; i++) x = scope(`blocks.${i}`, () => depthwiseSeparable(x));
    x = flatten(globalAvgPool(x, { actQuant: uint(bits) }));
    return quantLinear(x, { name: "classifier", outFeatures: 12, weightQuant: int(bits), biasQuant: intBias() });
  },
  budget: { bops: 15e6, memWBits: 15e3 },
  data: npyFolder({ path: "speech-commands" }),
  recipe: [
    train({
      epochs: 30,
      batchSize: 256,
      optimizer: adamW({ lr: 2e-3, weightDecay: 1e-4 }),
      schedule: plateau({ patience: 3 }),
    }),
    prune({ target: { sparsity: 0.5 }, finetune: { epochs: 10 } }),
  ],
});
