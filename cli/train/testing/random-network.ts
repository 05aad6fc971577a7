/** Random small networks of all layers that can be trained, for tests that hold backends against each other. */
import {
  add,
  batchNorm1d,
  batchNorm2d,
  binary,
  concat,
  dropout,
  elu,
  flatten,
  globalAvgPool,
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
  relu,
  reshape,
  selu,
  sigmoid,
  ternary,
  transpose,
  uint,
  upsample,
  type Quantizer,
  type Tensor,
} from "../../../shared/dsl/index.js";
import { RandomStream } from "../../data/random/stream.js";
import type { TrainProgram } from "../program.js";
import { programOf } from "./program.js";

/** Largest number of elements of a tensor: the reference is slow. */
const mostElements = 1500;

export interface RandomNetwork {
  readonly program: TrainProgram;
  /** What was drawn, for messages of failing tests. */
  readonly layers: readonly string[];
}

/** The same network for the same seed: one or two dimensions, 2 to 7 layers, residual and concatenated branches. */
export function randomNetwork(seed: number): RandomNetwork {
  const random = new RandomStream(seed, 0x6e6574);
  const layers: string[] = [];
  const is2d = random.below(3) === 0;
  const shape = is2d
    ? [1, 1 + random.below(5), 4 + random.below(5), 4 + random.below(6)]
    : [1, 1 + random.below(6), 8 + random.below(30)];
  const program = programOf(shape, (input) => {
    let x = random.below(2) === 0 ? input : quantHardTanh(input, { minVal: -2, maxVal: 3, actQuant: int(8) });
    const count = 2 + random.below(6);
    for (let layer = 0; layer < count; layer++) {
      const [name, make] = pick(random, x.shape.length === 4 ? layers2d : layers1d);
      const next = make(x, random);
      if (next.shape.some((size) => size < 1) || next.shape.reduce((a, b) => a * b) > mostElements) continue;
      layers.push(`${name} ${next.shape.join("x")}`);
      x = next;
    }
    return quantLinear(flatten(globalAvgPool(x)), {
      outFeatures: 2 + random.below(6),
      ...(random.below(2) === 0 && { weightQuant: int(4), inputQuant: int(8), biasQuant: intBias() }),
    });
  });
  return { program, layers: [`input ${shape.join("x")}`, ...layers] };
}

type Layer = (x: Tensor, random: RandomStream) => Tensor;
/** With a name for messages. */
type Choice = readonly [string, Layer];

function pick<T>(random: RandomStream, choices: readonly [T, ...T[]]): T {
  return choices[random.below(choices.length)] ?? choices[0];
}

function weightQuantizer(random: RandomStream): Quantizer | undefined {
  if (random.below(4) === 0) return undefined;
  return pick(random, [
    int(6),
    int(4, { granularity: "channel" }),
    int(5, { powerOfTwo: true }),
    int(8, { scaling: "parameter" }),
    binary({ scaling: "stats", granularity: "channel" }),
  ]);
}

/** Kernel, stride, padding and dilation that fit into `length` positions. */
function window(
  random: RandomStream,
  length: number,
): { kernelSize: number; stride: number; padding: number; dilation: number } {
  const dilation = 1 + random.below(3);
  const kernelSize = 1 + random.below(Math.max(1, Math.min(7, Math.floor((length - 1) / dilation))));
  const padding = random.below(1 + (kernelSize >> 1));
  return { kernelSize, stride: 1 + random.below(3), padding, dilation: kernelSize === 1 ? 1 : dilation };
}

function mac(random: RandomStream): { bias: boolean; weightQuant?: Quantizer } {
  const weightQuant = weightQuantizer(random);
  return { bias: random.below(2) === 0, ...(weightQuant && { weightQuant }) };
}

/** Groups with the channels of the output. */
function grouping(random: RandomStream, channels: number): { groups: number; outChannels: number } {
  const groups = pick(random, [1, 1, channels, ...(channels % 2 === 0 ? [2] : [])]);
  return { groups, outChannels: groups * (1 + random.below(groups === channels ? 2 : 5)) };
}

const anyRank: readonly Choice[] = [
  ["relu", (x) => relu(x)],
  ["quantReLU", (x, random) => quantReLU(x, { actQuant: uint(2 + random.below(5)) })],
  ["quantReLU", (x) => quantReLU(x, { actQuant: uint(6) })],
  ["quantReLU channels", (x) => quantReLU(x, { actQuant: uint(6, { granularity: "channel" }) })],
  ["quantIdentity", (x) => quantIdentity(x, { actQuant: int(6, { powerOfTwo: true }) })],
  ["quantIdentity zero point", (x) => quantIdentity(x, { actQuant: uint(6, { zeroPoint: 31, scale: 0.1 }) })],
  ["quantIdentity ternary", (x) => mul(quantIdentity(x, { actQuant: ternary({ scale: 0.7, threshold: 0.4 }) }), x)],
  ["quantSigmoid", (x) => quantSigmoid(x, { actQuant: uint(6) })],
  ["quantTanh", (x) => quantTanh(x, { actQuant: int(6) })],
  ["sigmoid", (x) => sigmoid(x)],
  ["elu", (x) => elu(x, { alpha: 0.8 })],
  ["selu", (x) => selu(x)],
  ["dropout", (x) => dropout(x, { p: 0.3 })],
  ["add", (x) => add(relu(x), x)],
  ["add quantised", (x) => add(relu(x), sigmoid(x), { inputQuant: int(6), outputQuant: int(7) })],
  ["add itself", (x) => add(x, x)],
  ["mul", (x) => mul(sigmoid(x), x)],
  [
    "mul pooled",
    (x) =>
      mul(
        sigmoid(
          reshape(
            globalAvgPool(x),
            x.shape.map((size, axis) => (axis < 2 ? size : 1)),
          ),
        ),
        x,
      ),
  ],
  ["concat", (x) => concat([relu(x), x], { dim: 1 })],
  ["concat positions", (x) => concat([x, sigmoid(x)], { dim: x.shape.length - 1 })],
  ["linear", (x, random) => quantLinear(x, { outFeatures: 3 + random.below(6), ...mac(random) })],
];

const layers1d: readonly [Choice, ...Choice[]] = [
  ["batchNorm", normalized],
  ...anyRank,
  ["batchNorm, quantReLU", (x) => quantReLU(normalized(x), { actQuant: uint(4) })],
  ["conv", convolution1d],
  ["conv", convolution1d],
  ["conv", convolution1d],
  ["conv, batchNorm, quantReLU", (x, random) => quantReLU(normalized(convolution1d(x, random)), { actQuant: uint(6) })],
  ["conv, batchNorm, quantReLU", (x, random) => quantReLU(normalized(convolution1d(x, random)), { actQuant: uint(5) })],
  [
    "transposed",
    (x, random) => {
      const { dilation, kernelSize, stride } = window(random, x.length);
      const outputPadding = random.below(Math.max(stride, dilation));
      return quantConvTranspose1d(x, {
        ...grouping(random, x.channels),
        ...mac(random),
        kernelSize,
        stride,
        dilation,
        outputPadding,
      });
    },
  ],
  [
    "maxPool",
    (x, random) => {
      const kernelSize = 1 + random.below(Math.min(5, x.length));
      return maxPool1d(x, { kernelSize, stride: 1 + random.below(3), padding: random.below(1 + (kernelSize >> 1)) });
    },
  ],
  [
    "avgPool",
    (x, random) => {
      const kernelSize = 1 + random.below(Math.min(5, x.length));
      const countIncludePad = random.below(2) === 0;
      return quantAvgPool1d(x, {
        kernelSize,
        stride: 1 + random.below(3),
        padding: kernelSize >> 1,
        countIncludePad,
        ceilMode: true,
      });
    },
  ],
  ["pad", (x) => pad(x, { padding: [2, 1], mode: "reflect" })],
  ["pad", (x) => pad(x, { padding: [0, 3], value: 0.3 })],
  ["upsample", (x) => upsample(x, { scaleFactor: 2, mode: "linear" })],
  ["transpose", (x) => transpose(x, [0, 2, 1])],
];

const layers2d: readonly [Choice, ...Choice[]] = [
  ["batchNorm", normalized],
  ...anyRank,
  ["conv", convolution2d],
  ["conv", convolution2d],
  ["conv, batchNorm, quantReLU", (x, random) => quantReLU(normalized(convolution2d(x, random)), { actQuant: uint(6) })],
  [
    "transposed",
    (x, random) => {
      const { kernelSize, stride, dilation } = window(random, Math.min(...x.shape.slice(2)));
      return quantConvTranspose2d(x, { ...grouping(random, x.channels), ...mac(random), kernelSize, stride, dilation });
    },
  ],
  ["maxPool", (x) => maxPool2d(x, { kernelSize: [Math.min(2, x.shape[2] ?? 1), 3], stride: [2, 1], padding: [0, 1] })],
  ["avgPool", (x) => quantAvgPool2d(x, { kernelSize: Math.min(2, ...x.shape.slice(2)), stride: 1 })],
  ["upsample", (x) => upsample(x, { scaleFactor: [1, 2], mode: "nearest" })],
  ["upsample", (x) => upsample(x, { scaleFactor: 2, mode: "linear" })],
  ["transpose", (x) => transpose(x, [0, 2, 3, 1])],
  ["pad", (x) => pad(x, { padding: [1, 0, 2, 1], mode: "replicate" })],
  ["flatten positions", (x) => flatten(x, { startDim: 2 })],
];

/** Of one position the batch norm would be 0 but for noise. */
function normalized(x: Tensor): Tensor {
  if (x.shape.slice(2).reduce((total, size) => total * size, 1) < 3) return x;
  return x.shape.length === 4 ? batchNorm2d(x) : batchNorm1d(x);
}

function convolution1d(x: Tensor, random: RandomStream): Tensor {
  return quantConv1d(x, { ...grouping(random, x.channels), ...window(random, x.length), ...mac(random) });
}

function convolution2d(x: Tensor, random: RandomStream): Tensor {
  const [down, across] = [window(random, x.shape[2] ?? 1), window(random, x.shape[3] ?? 1)];
  return quantConv2d(x, {
    ...grouping(random, x.channels),
    ...mac(random),
    kernelSize: [down.kernelSize, across.kernelSize],
    stride: [down.stride, across.stride],
    padding: [down.padding, across.padding],
    dilation: [down.dilation, across.dilation],
  });
}
