/** Layers of the DSL with random shapes and options, one family each, for properties that every backend must have. */
import fc from "fast-check";
import {
  add,
  batchNorm1d,
  batchNorm2d,
  binary,
  concat,
  dropout,
  elu,
  globalAvgPool,
  globalMaxPool,
  int,
  intBias,
  maxPool1d,
  maxPool2d,
  mul,
  pad,
  quantAvgPool1d,
  quantAvgPool2d,
  quantConv1d,
  quantConv2d,
  quantConvTranspose1d,
  quantConvTranspose2d,
  quantHardTanh,
  quantIdentity,
  quantLinear,
  quantReLU,
  quantSigmoid,
  quantTanh,
  reshape,
  selu,
  ternary,
  transpose,
  uint,
  upsample,
  type Quantizer,
  type Tensor,
} from "../../../shared/dsl/index.js";

export interface LayerCase {
  /** Batch first. */
  readonly shape: readonly number[];
  readonly forward: (x: Tensor) => Tensor;
}

export interface LayerFamily {
  readonly name: string;
  readonly cases: fc.Arbitrary<LayerCase>;
  /** False where the function jumps, so that its gradient is no derivative (straight through). */
  readonly differentiable: boolean;
}

const channels = fc.integer({ min: 1, max: 5 });
const length = fc.integer({ min: 9, max: 14 });
const side = fc.integer({ min: 5, max: 7 });
const map1d = fc.tuple(channels, length).map(([c, l]) => [1, c, l]);
const map2d = fc.tuple(channels, side, side).map(([c, h, w]) => [1, c, h, w]);
const anyMap = fc.oneof(map1d, map2d);

const kernelSize = fc.integer({ min: 1, max: 4 });
const stride = fc.integer({ min: 1, max: 3 });
const padding = fc.integer({ min: 0, max: 2 });
const dilation = fc.integer({ min: 1, max: 2 });
const window1d = fc.record({ kernelSize, stride, padding, dilation });
const two = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<[T, T]> => fc.tuple(one, one);
const window2d = fc.record({
  kernelSize: two(fc.integer({ min: 1, max: 3 })),
  stride: two(fc.integer({ min: 1, max: 2 })),
  padding: two(fc.integer({ min: 0, max: 1 })),
  dilation: two(dilation),
});
/** Channels per group, groups, and outputs per group. */
const grouping = fc.constantFrom([3, 1, 4], [2, 2, 3], [1, 4, 1], [1, 3, 2]);

const families: readonly LayerFamily[] = [
  family(
    "convolution 1-D",
    fc.tuple(grouping, length, window1d, fc.boolean()),
    ([[perGroup = 1, groups = 1, outputs = 1], l, window, bias]) => ({
      shape: [1, perGroup * groups, l],
      forward: (x) => quantConv1d(x, { ...window, groups, bias, outChannels: outputs * groups }),
    }),
  ),
  family(
    "convolution 2-D",
    fc.tuple(grouping, two(side), window2d),
    ([[perGroup = 1, groups = 1, outputs = 1], size, window]) => ({
      shape: [1, perGroup * groups, ...size],
      forward: (x) => quantConv2d(x, { ...window, groups, outChannels: outputs * groups }),
    }),
  ),
  family(
    "transposed convolution 1-D",
    fc.tuple(grouping, window1d),
    ([[perGroup = 1, groups = 1, outputs = 1], window]) => ({
      shape: [1, perGroup * groups, 6],
      forward: (x) =>
        quantConvTranspose1d(x, {
          ...window,
          padding: Math.min(window.padding, 1),
          outputPadding: window.stride - 1,
          groups,
          outChannels: outputs * groups,
        }),
    }),
  ),
  family(
    "transposed convolution 2-D",
    fc.tuple(grouping, window2d),
    ([[perGroup = 1, groups = 1, outputs = 1], window]) => ({
      shape: [1, perGroup * groups, 4, 3],
      forward: (x) => quantConvTranspose2d(x, { ...window, padding: 0, groups, outChannels: outputs * groups }),
    }),
  ),
  family("linear over rows", fc.tuple(channels, channels, fc.boolean()), ([rows, inputs, bias]) => ({
    shape: [1, rows, inputs],
    forward: (x) => quantLinear(x, { outFeatures: 4, bias }),
  })),
  family("batch norm", anyMap, (shape) => ({
    shape,
    forward: (x) => (shape.length === 3 ? batchNorm1d(x) : batchNorm2d(x)),
  })),
  family("activations", fc.tuple(anyMap, fc.nat(6)), ([shape, which]) => ({
    shape,
    forward: (x) => activation(x, which),
  })),
  family(
    "maximum pool 1-D",
    fc.tuple(map1d, fc.record({ kernelSize, stride, dilation, ceilMode: fc.boolean() })),
    ([shape, window]) => ({
      shape,
      forward: (x) => maxPool1d(x, { ...window, padding: window.kernelSize >> 1 }),
    }),
  ),
  family("maximum pool 2-D", fc.tuple(map2d, two(stride), fc.boolean()), ([shape, steps, ceilMode]) => ({
    shape,
    forward: (x) => maxPool2d(x, { kernelSize: [2, 3], stride: steps, padding: [1, 0], ceilMode }),
  })),
  family(
    "average pool 1-D",
    fc.tuple(map1d, kernelSize, stride, fc.boolean(), fc.boolean()),
    ([shape, kernel, step, ceilMode, countIncludePad]) => ({
      shape,
      forward: (x) =>
        quantAvgPool1d(x, { kernelSize: kernel, stride: step, padding: kernel >> 1, ceilMode, countIncludePad }),
    }),
  ),
  family("average pool 2-D", fc.tuple(map2d, two(stride), fc.boolean()), ([shape, steps, countIncludePad]) => ({
    shape,
    forward: (x) => quantAvgPool2d(x, { kernelSize: [3, 2], stride: steps, padding: 1, countIncludePad }),
  })),
  family("pools over everything", anyMap, (shape) => ({
    shape,
    forward: (x) => add(globalMaxPool(x), globalAvgPool(x)),
  })),
  family("sums and products that stretch", fc.tuple(anyMap, fc.boolean()), ([shape, sum]) => ({
    shape,
    forward: (x) => (sum ? add(x, globalAvgPool(x)) : mul(globalMaxPool(x), add(x, x))),
  })),
  family("concatenation", fc.tuple(anyMap, fc.integer({ min: 1, max: 2 })), ([shape, dim]) => ({
    shape,
    forward: (x) => concat([x, selu(x), x], { dim }),
  })),
  family(
    "padding",
    fc.tuple(anyMap, fc.constantFrom("constant", "reflect", "replicate"), fc.tuple(padding, padding)),
    ([shape, mode, sides]) => ({ shape, forward: (x) => pad(x, { padding: sides, mode, value: 0.5 }) }),
  ),
  family(
    "upsampling",
    fc.tuple(anyMap, fc.constantFrom("nearest", "linear"), fc.constantFrom(1, 1.5, 2, 3)),
    ([shape, mode, scaleFactor]) => ({ shape, forward: (x) => upsample(x, { scaleFactor, mode }) }),
  ),
  family("other shapes", map2d, (shape) => ({
    shape,
    forward: (x) => reshape(transpose(x, [0, 3, 1, 2]), [1, -1, shape[2] ?? 1]),
  })),
  family("dropout", fc.tuple(anyMap, fc.double({ min: 0, max: 0.9, noNaN: true })), ([shape, p]) => ({
    shape,
    forward: (x) => dropout(x, { p }),
  })),
  family("quantised activations", fc.tuple(anyMap, fc.nat(6)), ([shape, which]) => ({
    shape,
    forward: (x) => quantIdentity(x, { actQuant: activationQuantizer(which, shape) }),
  })),
  family("quantised weights", fc.tuple(map1d, fc.nat(3), fc.boolean()), ([shape, which, isLinear]) => ({
    shape,
    forward: (x) => {
      const options = { weightQuant: weightQuantizer(which), inputQuant: uint(5), biasQuant: intBias() };
      return isLinear
        ? quantLinear(x, { ...options, outFeatures: 3 })
        : quantConv1d(x, { ...options, outChannels: 4, kernelSize: 3 });
    },
  })),
  family("norm, activation and quantiser in a row", fc.tuple(map1d, fc.boolean()), ([shape, perChannel]) => ({
    shape,
    forward: (x) => quantReLU(batchNorm1d(x), { actQuant: uint(4, { ...(perChannel && { granularity: "channel" }) }) }),
  })),
  family("operands of one quantiser", anyMap, (shape) => ({
    shape,
    forward: (x) => add(x, quantTanh(x), { inputQuant: int(5), outputQuant: int(6) }),
  })),
  family("truncated averages", map1d, (shape) => ({
    shape,
    forward: (x) => quantAvgPool1d(quantReLU(x, { actQuant: uint(4) }), { kernelSize: 3, truncQuant: uint(4) }),
  })),
  {
    ...family("few levels", fc.tuple(map1d, fc.nat(5)), ([shape, which]) => ({
      shape,
      forward: (x) => {
        const quantizer = fewLevels(which);
        const activations = quantIdentity(x, { actQuant: int(3, { levels: [-1, -0.25, 0, 0.5, 1] }) });
        return quantConv1d(activations, { outChannels: 3, kernelSize: 2, weightQuant: quantizer, bias: false });
      },
    })),
    differentiable: false,
  },
  {
    ...family("binary activations", anyMap, (shape) => ({
      shape,
      forward: (x) => quantIdentity(x, { actQuant: binary({ scaling: "parameter" }) }),
    })),
    differentiable: false,
  },
];

/** All families, by name. */
export const layerFamilies = families.map((each) => [each.name, each] as const);

function family<T>(name: string, options: fc.Arbitrary<T>, make: (options: T) => LayerCase): LayerFamily {
  return { name, cases: options.map(make), differentiable: true };
}

function activation(x: Tensor, which: number): Tensor {
  const all = [quantReLU, quantSigmoid, quantTanh, selu, quantIdentity] as const;
  const plain = all[which];
  if (plain) return plain(x);
  return which === 5 ? elu(x, { alpha: 0.7 }) : quantHardTanh(x, { minVal: -0.5, maxVal: 0.8 });
}

function activationQuantizer(which: number, shape: readonly number[]): Quantizer {
  const scale = Array.from({ length: shape[1] ?? 1 }, (_, channel) => 0.05 * (channel + 1));
  const all = [
    int(4),
    uint(5, { granularity: "channel" }),
    int(4, { powerOfTwo: true }),
    int(6, { scaling: "stats", percentile: 90 }),
    uint(4, { zeroPoint: 7, scale: 0.1 }),
    int(5, { scale, granularity: "channel" }),
    int(4, { percentile: 70, collectSteps: 2 }),
  ] as const;
  return all[which] ?? all[0];
}

function weightQuantizer(which: number): Quantizer {
  const all = [
    int(4),
    int(5, { granularity: "channel" }),
    int(4, { scaling: "parameter" }),
    int(6, { powerOfTwo: true }),
  ] as const;
  return all[which] ?? all[0];
}

function fewLevels(which: number): Quantizer {
  const all = [
    binary({ scaling: "stats" }),
    ternary({ threshold: 0.3, scaling: "stats" }),
    ternary(),
    int(4, { levels: "log" }),
    binary({ scaling: "parameter", granularity: "channel" }),
    // Weights below 0 are clipped, and their gradient passes all the same.
    uint(4),
  ] as const;
  return all[which] ?? all[0];
}
