import {
  defineModel,
  int,
  uint,
  intBias,
  quantHardTanh,
  quantConv1d,
  batchNorm1d,
  quantReLU,
  add,
  maxPool1d,
  flatten,
  quantLinear,
  synthetic,
  itu2021,
  train,
  prune,
  adam,
  cosineWarmRestarts,
  type Tensor,
} from "quantlens";

const blocks = [
  { kernelSize: 27, stride: 2, outChannels: 24 },
  { kernelSize: 21, stride: 1, outChannels: 24 },
  { kernelSize: 15, stride: 2, outChannels: 48 },
  { kernelSize: 9, stride: 1, outChannels: 48 },
  { kernelSize: 9, stride: 2, outChannels: 48 },
];

function convNormReLU(x: Tensor, o: { outChannels: number; kernelSize: number; stride?: number; groups?: number }) {
  x = quantConv1d(x, { ...o, padding: o.kernelSize >> 1, bias: false, weightQuant: int(6) });
  return quantReLU(batchNorm1d(x), { actQuant: uint(6) });
}

function depthwiseSeparable(x: Tensor, b: (typeof blocks)[number]) {
  let y = convNormReLU(x, { outChannels: x.channels, kernelSize: b.kernelSize, stride: b.stride, groups: x.channels });
  y = convNormReLU(y, { outChannels: b.outChannels, kernelSize: 1 });
  return b.stride === 1 && x.channels === b.outChannels ? add(y, x) : y;
}

export default defineModel({
  name: "BacalhauNetV1",
  input: { shape: [1, 2, 1024] }, // N, C, L
  forward(x) {
    x = quantHardTanh(x, { minVal: -2, maxVal: 3, actQuant: int(8) });
    for (const b of blocks) x = depthwiseSeparable(x, b);
    x = flatten(maxPool1d(x, { kernelSize: x.length }));
    return quantLinear(x, { outFeatures: 24, weightQuant: int(6), inputQuant: int(8), biasQuant: intBias() });
  },
  challenge: itu2021(), // baseline, score, validity rules
  budget: { score: 0.02 },
  data: synthetic({ framesPerClassAndSnr: 128, minSnr: -6 }),
  recipe: [
    train({
      epochs: 10,
      batchSize: 128,
      optimizer: adam({ lr: 0.01, weightDecay: 1e-4 }),
      schedule: cosineWarmRestarts({ t0: 5 }),
    }),
    prune({ by: "cost", target: { score: 0.045 }, finetune: { epochs: 5, weightDecay: 5e-5 } }),
    prune({ by: "cost", target: { score: 0.028 }, finetune: { epochs: 5, weightDecay: 1e-4 } }),
    prune({ by: "cost", target: { score: 0.0175 }, finetune: { epochs: 5, weightDecay: 1e-5 } }),
  ],
});
