/** Random small quantised networks with random trained parameters, for property tests. */
import fc from "fast-check";
import {
  add,
  batchNorm1d,
  binary,
  concat,
  flatten,
  globalAvgPool,
  int,
  intBias,
  maxPool1d,
  mul,
  pad,
  quantAvgPool1d,
  quantConv1d,
  quantConvTranspose1d,
  quantHardTanh,
  quantIdentity,
  quantLinear,
  quantReLU,
  quantSigmoid,
  quantTanh,
  ternary,
  transpose,
  uint,
  upsample,
  type Tensor,
} from "../../../shared/dsl/index.js";
import { elementCount } from "../../../shared/graph/graph.js";
import { RandomStream } from "../../data/random/stream.js";
import type { TrainProgram } from "../../train/program.js";
import { programOf } from "../../train/testing/program.js";

type Layer = (x: Tensor) => Tensor;

const bits = fc.integer({ min: 2, max: 8 });
const granularity = fc.constantFrom("tensor" as const, "channel" as const);

const weightQuant = fc.oneof(
  fc.record({ bits, granularity }).map(({ bits: width, ...options }) => int(width, options)),
  fc.record({ bits }).map(({ bits: width }) => int(width, { powerOfTwo: true, narrow: false })),
  fc.constantFrom(binary(), ternary({ threshold: 0.3 })),
);

/** What stands behind a convolution: a quantiser of any kind, with or without batch norm before it. */
const activation: fc.Arbitrary<Layer> = fc
  .record({
    norm: fc.boolean(),
    kind: fc.constantFrom(
      (width: number): Layer =>
        (x) =>
          quantReLU(x, { actQuant: uint(width) }),
      (width: number): Layer =>
        (x) =>
          quantIdentity(x, { actQuant: int(width) }),
      (width: number): Layer =>
        (x) =>
          quantIdentity(x, { actQuant: int(width, { rounding: "floor" }) }),
      (width: number): Layer =>
        (x) =>
          quantReLU(x, { actQuant: uint(width, { granularity: "channel" }) }),
      (width: number): Layer =>
        (x) =>
          quantHardTanh(x, { minVal: -2, maxVal: 1, actQuant: int(width) }),
      (width: number): Layer =>
        (x) =>
          quantSigmoid(x, { actQuant: uint(width) }),
      (width: number): Layer =>
        (x) =>
          quantTanh(x, { actQuant: int(width, { zeroPoint: 1 }) }),
      (): Layer => (x) => quantTanh(x, { actQuant: int(1) }),
    ),
    width: bits,
  })
  .map(
    ({ norm, kind, width }): Layer =>
      (x) =>
        kind(width)(norm ? batchNorm1d(x) : x),
  );

const convolution: fc.Arbitrary<Layer> = fc
  .record({
    outChannels: fc.constantFrom(2, 4),
    kernelSize: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 2 }),
    padding: fc.integer({ min: 0, max: 2 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    groups: fc.constantFrom(1, 2, "depthwise" as const),
    bias: fc.boolean(),
    weightQuant,
  })
  .map(({ groups, outChannels, ...options }): Layer => (x) => {
    const depthwise = groups === "depthwise";
    return quantConv1d(x, {
      ...options,
      padding: options.padding + 3,
      groups: depthwise ? x.channels : groups,
      outChannels: depthwise ? 2 * x.channels : outChannels,
    });
  });

const transposedConvolution: fc.Arbitrary<Layer> = fc
  .record({
    kernelSize: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    groups: fc.constantFrom(1, 2),
    weightQuant,
  })
  .map(
    (options): Layer =>
      (x) =>
        quantConvTranspose1d(x, { ...options, outChannels: 4 }),
  );

const block = fc.record({ multiply: fc.oneof(convolution, convolution, transposedConvolution), activation }).map(
  ({ multiply, activation: act }): Layer =>
    (x) =>
      act(multiply(x)),
);

const pointwise: Layer = (x) =>
  quantReLU(batchNorm1d(quantConv1d(x, { outChannels: x.channels, kernelSize: 1, bias: false, weightQuant: int(4) })), {
    actQuant: uint(4),
  });

const reshaping: fc.Arbitrary<Layer> = fc.constantFrom<Layer[]>(
  (x) => add(pointwise(x), x),
  (x) => quantIdentity(add(pointwise(x), x), { actQuant: int(5) }),
  (x) => add(x, x),
  (x) => concat([pointwise(x), x]),
  (x) => concat([x, x]),
  (x) => mul(x, quantSigmoid(globalAvgPool(x), { actQuant: uint(4) })),
  (x) => maxPool1d(x, { kernelSize: 2, stride: 1, padding: 1 }),
  (x) => quantAvgPool1d(x, { kernelSize: 3, stride: 2, padding: 1, actQuant: int(6) }),
  (x) => quantAvgPool1d(x, { kernelSize: 2, truncQuant: uint(3) }),
  (x) => pad(x, { padding: [1, 2] }),
  (x) => pad(x, { padding: 1, mode: "reflect" }),
  (x) => pad(x, { padding: 1, value: 0.7 }),
  (x) => upsample(x, { scaleFactor: 2 }),
  (x) => upsample(x, { scaleFactor: 2, mode: "linear" }),
  (x) => transpose(x, [0, 2, 1]),
);

/** Programs of three classes on inputs of shape (2, 12). */
export const randomProgram: fc.Arbitrary<TrainProgram> = fc
  .record({
    layers: fc.array(fc.oneof({ weight: 2, arbitrary: block }, { weight: 1, arbitrary: reshaping }), {
      minLength: 1,
      maxLength: 3,
    }),
    quantisedBias: fc.boolean(),
    inputQuant: fc.boolean(),
  })
  .map(({ layers, quantisedBias, inputQuant }) => {
    try {
      return programOf([1, 2, 12], (x) => {
        let y = quantIdentity(x, { actQuant: int(6) });
        for (const layer of layers) y = layer(y);
        y = flatten(y);
        return quantLinear(y, {
          outFeatures: 3,
          weightQuant: int(5),
          ...((inputQuant || quantisedBias) && { inputQuant: int(7) }),
          ...(quantisedBias && { biasQuant: intBias() }),
        });
      });
    } catch {
      // A combination that the DSL or the trainer refuses, with a sentence of its own.
      return undefined;
    }
  })
  .filter((program) => program !== undefined);

/** Parameters as after a training: factors of batch norm of both signs, thresholds near what they see. */
export function randomParameters({ parameters }: TrainProgram, seed: number): Map<string, Float32Array> {
  const random = new RandomStream(seed);
  const ranges: Readonly<Record<(typeof parameters)[number]["kind"], readonly [number, number]>> = {
    weight: [-0.6, 0.6],
    bias: [-0.5, 0.5],
    gamma: [-1.2, 1.2],
    beta: [-0.5, 0.5],
    runningMean: [-0.4, 0.4],
    runningVar: [0.2, 1.5],
    threshold: [0.6, 2.5],
  };
  return new Map(
    parameters.map(({ name, shape, kind }) => {
      const [low, high] = ranges[kind];
      return [name, Float32Array.from({ length: elementCount(shape) }, () => random.uniform(low, high))];
    }),
  );
}
