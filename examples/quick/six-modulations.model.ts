/**
 * A network that is trained, pruned and evaluated in a minute: six modulations, told apart by a small residual network
 * of 5-bit weights and activations. Its residual sum is quantised again, so that it breaks no rule.
 */
import {
  adam,
  add,
  batchNorm1d,
  cosineWarmRestarts,
  defineModel,
  flatten,
  globalMaxPool,
  int,
  intBias,
  prune,
  quantConv1d,
  quantHardTanh,
  quantIdentity,
  quantLinear,
  quantReLU,
  radioml2018,
  train,
  uint,
  type Tensor,
} from "quantlens";

const modulations = ["OOK", "BPSK", "QPSK", "16QAM", "AM-DSB-SC", "FM"];
const blocks = [
  { kernelSize: 15, stride: 4, outChannels: 24 },
  { kernelSize: 9, stride: 1, outChannels: 24 },
  { kernelSize: 9, stride: 2, outChannels: 32 },
];

const finetune = { epochs: 10, optimizer: adam({ lr: 0.01 }), schedule: cosineWarmRestarts({ t0: 10 }) };

function convNormReLU(x: Tensor, o: { outChannels: number; kernelSize: number; stride?: number; groups?: number }) {
  x = quantConv1d(x, { ...o, padding: o.kernelSize >> 1, bias: false, weightQuant: int(5) });
  return quantReLU(batchNorm1d(x), { actQuant: uint(5) });
}

function depthwiseSeparable(x: Tensor, { kernelSize, stride, outChannels }: (typeof blocks)[number]) {
  let y = convNormReLU(x, { outChannels: x.channels, kernelSize, stride, groups: x.channels });
  y = convNormReLU(y, { outChannels, kernelSize: 1 });
  if (stride !== 1 || x.channels !== outChannels) return y;
  return quantIdentity(add(y, x), { actQuant: uint(5) });
}

export default defineModel({
  name: "SixModulations",
  input: { shape: [1, 2, 1024] },
  forward(x) {
    x = quantHardTanh(x, { minVal: -3, maxVal: 3, actQuant: int(8) });
    for (const block of blocks) x = depthwiseSeparable(x, block);
    x = flatten(globalMaxPool(x));
    return quantLinear(x, {
      outFeatures: modulations.length,
      weightQuant: int(5),
      inputQuant: int(8),
      biasQuant: intBias(),
    });
  },
  data: radioml2018({ modClasses: modulations, minSnr: 4, filterTestset: true }),
  recipe: [
    train({ epochs: 16, batchSize: 64, optimizer: adam({ lr: 0.01 }), schedule: cosineWarmRestarts({ t0: 16 }) }),
    prune({ target: { sparsity: 0.5 }, scope: "global", finetune }),
    prune({ target: { sparsity: 0.7 }, scope: "global", finetune }),
    prune({ target: { sparsity: 0.8 }, scope: "global", finetune }),
  ],
});
