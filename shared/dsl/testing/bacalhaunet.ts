/** BacalhauNet with chosen quantisers, for tests of published numbers. */
import {
  add,
  batchNorm1d,
  defineModel,
  flatten,
  int,
  intBias,
  maxPool1d,
  quantConv1d,
  quantHardTanh,
  quantLinear,
  quantReLU,
  uint,
  type Model,
  type Tensor,
} from "../index.js";

/** Bits of each kind of tensor; absent: float. */
export interface Widths {
  readonly input?: number;
  readonly weight?: number;
  readonly activation?: number;
}

const blocks = [
  { kernelSize: 27, stride: 2, outChannels: 24 },
  { kernelSize: 21, stride: 1, outChannels: 24 },
  { kernelSize: 15, stride: 2, outChannels: 48 },
  { kernelSize: 9, stride: 1, outChannels: 48 },
  { kernelSize: 9, stride: 2, outChannels: 48 },
];

export function bacalhauNet({ input, weight, activation }: Widths): Model {
  const weightQuant = weight === undefined ? {} : { weightQuant: int(weight) };
  const actQuant = activation === undefined ? {} : { actQuant: uint(activation) };
  const convNormReLU = (x: Tensor, outChannels: number, kernelSize: number, stride = 1, groups = 1) => {
    const padding = kernelSize >> 1;
    x = quantConv1d(x, { outChannels, kernelSize, stride, groups, padding, bias: false, ...weightQuant });
    return quantReLU(batchNorm1d(x), actQuant);
  };
  return defineModel({
    name: "BacalhauNet",
    input: { shape: [1, 2, 1024] },
    forward(x) {
      x = quantHardTanh(x, { minVal: -2, maxVal: 3, ...(input !== undefined && { actQuant: int(input) }) });
      for (const { outChannels, kernelSize, stride } of blocks) {
        const depthwise = convNormReLU(x, x.channels, kernelSize, stride, x.channels);
        const pointwise = convNormReLU(depthwise, outChannels, 1);
        x = stride === 1 && x.channels === outChannels ? add(pointwise, x) : pointwise;
      }
      x = flatten(maxPool1d(x, { kernelSize: x.length }));
      const inputQuant = input === undefined ? {} : { inputQuant: int(input), biasQuant: intBias() };
      return quantLinear(x, { outFeatures: 24, ...weightQuant, ...inputQuant });
    },
  });
}
