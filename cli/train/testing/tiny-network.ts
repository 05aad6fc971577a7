/** A network like BacalhauNet, small enough for the slow reference. */
import {
  add,
  batchNorm1d,
  flatten,
  int,
  intBias,
  maxPool1d,
  quantConv1d,
  quantHardTanh,
  quantLinear,
  quantReLU,
  scope,
  uint,
  type Tensor,
} from "../../../shared/dsl/index.js";

/** Two depthwise separable blocks of 4 channels and a classifier of 4 classes, at 4 bits; for inputs of 2 channels. */
export function tinyNetwork(x: Tensor): Tensor {
  x = quantHardTanh(x, { minVal: -2, maxVal: 3, actQuant: int(8) });
  const blocks = [
    { kernelSize: 5, stride: 2, outChannels: 4 },
    { kernelSize: 3, stride: 1, outChannels: 4 },
  ];
  const step = (
    input: Tensor,
    options: { outChannels: number; kernelSize: number; stride?: number; groups?: number },
  ) => {
    const padding = options.kernelSize >> 1;
    const product = quantConv1d(input, { ...options, padding, bias: false, weightQuant: int(4) });
    return quantReLU(batchNorm1d(product), { actQuant: uint(4) });
  };
  blocks.forEach(({ kernelSize, stride, outChannels }, index) => {
    x = scope(`conv.${index}`, () => {
      const depthwise = step(x, { outChannels: x.channels, kernelSize, stride, groups: x.channels });
      const pointwise = step(depthwise, { outChannels, kernelSize: 1 });
      return stride === 1 && x.channels === outChannels ? add(pointwise, x) : pointwise;
    });
  });
  x = flatten(maxPool1d(x, { kernelSize: x.length }));
  return quantLinear(x, { outFeatures: 4, weightQuant: int(4), inputQuant: int(8), biasQuant: intBias() });
}
