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
  scope,
  uint,
  type Model,
  type Tensor,
} from "../index.js";

/** Bits of each kind of tensor; absent: float. */
export interface Variant {
  readonly input?: number;
  readonly weight?: number;
  readonly activation?: number;
  /** Layers are called as its authors' PyTorch module calls them. */
  readonly hasOwnNames?: boolean;
}

const blocks = [
  { kernelSize: 27, stride: 2, outChannels: 24 },
  { kernelSize: 21, stride: 1, outChannels: 24 },
  { kernelSize: 15, stride: 2, outChannels: 48 },
  { kernelSize: 9, stride: 1, outChannels: 48 },
  { kernelSize: 9, stride: 2, outChannels: 48 },
];

export function bacalhauNet({ input, weight, activation, hasOwnNames = false }: Variant): Model {
  const weightQuant = weight === undefined ? {} : { weightQuant: int(weight) };
  const actQuant = activation === undefined ? {} : { actQuant: uint(activation) };
  const named = (name: string) => (hasOwnNames ? { name } : {});
  const within = (name: string, layers: () => Tensor) => (hasOwnNames ? scope(name, layers) : layers());
  const convNormReLU = (x: Tensor, outChannels: number, kernelSize: number, stride = 1, groups = 1) => {
    const size = { outChannels, kernelSize, stride, groups, padding: kernelSize >> 1 };
    x = quantConv1d(x, { ...named("conv"), ...size, bias: false, ...weightQuant });
    return quantReLU(batchNorm1d(x, named("norm")), { ...named("relu"), ...actQuant });
  };
  return defineModel({
    name: "BacalhauNet",
    input: { shape: [1, 2, 1024] },
    forward(x) {
      const range = { minVal: -2, maxVal: 3 };
      x = quantHardTanh(x, { ...named("hardtan"), ...range, ...(input !== undefined && { actQuant: int(input) }) });
      blocks.forEach(({ outChannels, kernelSize, stride }, index) => {
        const depthwise = within(`conv.${index}.dw`, () => convNormReLU(x, x.channels, kernelSize, stride, x.channels));
        const pointwise = within(`conv.${index}.pw`, () => convNormReLU(depthwise, outChannels, 1));
        x = stride === 1 && x.channels === outChannels ? add(pointwise, x) : pointwise;
      });
      x = flatten(maxPool1d(x, { kernelSize: x.length }));
      const inputQuant = input === undefined ? {} : { inputQuant: int(input), biasQuant: intBias() };
      return quantLinear(x, { ...named("fc"), outFeatures: 24, ...weightQuant, ...inputQuant });
    },
  });
}
