/** Golden layers with quantised weights, inputs and biases (Brevitas 0.6) through a session. */
import { expect } from "vitest";
import type { Shape } from "../../../shared/graph/graph.js";
import type { Backend } from "../backend.js";
import { expectWithin } from "./compare.js";
import { number, numbers, readGolden, type Numbers } from "./golden-files.js";
import { evaluateProbe, openProbe, probe, storedInput } from "./probe.js";

interface ConvolutionCase {
  readonly x: Numbers;
  readonly x_shape: Shape;
  readonly weight: Numbers;
  readonly weight_shape: Shape;
  readonly output: Numbers;
  readonly out_shape: Shape;
  readonly grad_output: Numbers;
  readonly grad_input: Numbers;
  readonly grad_weight: Numbers;
}

export async function checkConvolution(backend: Backend, name: string): Promise<void> {
  const golden = readGolden("quantizers", `${name}.json`) as ConvolutionCase;
  const convolution = await openProbe(
    backend,
    { input: golden.x_shape.slice(1), output: golden.out_shape.slice(1) },
    (builder, x) => {
      const quantizer = builder.quantizer({
        role: "weight",
        bits: Number(name.at(-1)),
        narrow: true,
        scale: { kind: "stats" },
      });
      return builder.op(
        {
          kind: "conv",
          weight: { parameter: builder.parameter("weight", golden.weight_shape, "weight"), quantizer },
          kernel: [3],
          stride: [2],
          padding: [[1, 1]],
          dilation: [1],
          groups: golden.weight_shape[0] ?? 1,
          transposed: false,
        },
        [x],
        golden.out_shape.slice(1),
      );
    },
  );
  const samples = golden.x_shape[0] ?? 1;
  const weightGradient = new Float64Array(golden.weight.length);
  for (let sample = 0; sample < samples; sample++) {
    const part = (list: Numbers) =>
      numbers(list).slice((sample * list.length) / samples, ((sample + 1) * list.length) / samples);
    const gradient = part(golden.grad_output);
    const { gradients } = await probe(convolution, {
      x: part(golden.x),
      gradient,
      parameters: { weight: numbers(golden.weight) },
    });
    const output = await evaluateProbe(convolution);
    part(golden.output).forEach((expected, index) => {
      expectWithin(output[index] ?? NaN, expected, Math.abs(expected) + 1);
    });
    part(golden.grad_input).forEach((expected, index) => {
      expectWithin(gradients.get(storedInput)?.[index] ?? NaN, expected, Math.abs(expected) + 1);
    });
    gradients.get("weight")?.forEach((value, index) => {
      weightGradient[index] = (weightGradient[index] ?? 0) + value;
    });
  }
  const terms = numbers(golden.grad_output).reduce((sum, slope) => sum + Math.abs(slope), 0);
  numbers(golden.grad_weight).forEach((expected, index) => {
    expectWithin(weightGradient[index] ?? NaN, expected, terms);
  });
  await convolution.session.close();
}

interface BiasRun {
  readonly output: Numbers;
  readonly input_scale: number;
  readonly weight_scale: number;
  readonly bias_scale: readonly [number];
  readonly bias_bit_width: number;
  readonly int_bias: Numbers;
  readonly grad_input: Numbers;
  readonly grad_weight: Numbers;
  readonly grad_bias: Numbers;
  readonly grad_input_value_param: number;
}

interface BiasCase {
  readonly x: Numbers;
  readonly x_shape: Shape;
  readonly weight: Numbers;
  readonly weight_shape: Shape;
  readonly bias: Numbers;
  readonly value_param: number;
  readonly grad_output: Numbers;
  readonly train: BiasRun;
}

export async function checkBias(backend: Backend, name: string): Promise<void> {
  const golden = readGolden("quantizers", `${name}.json`) as BiasCase;
  const [rows = 1] = golden.x_shape;
  const [outputs = 1] = golden.weight_shape;
  const linear = await openProbe(backend, { input: golden.x_shape, output: [rows, outputs] }, (builder, x) => {
    const input = builder.quantizer({
      role: "activation",
      bits: 8,
      scale: {
        kind: "learned",
        parameter: builder.parameter("value", [], "threshold"),
        collectSteps: 0,
        percentile: 99.999,
      },
    });
    const quantized = builder.op({ kind: "quantize", quantizer: input }, [x], golden.x_shape);
    const weight = builder.quantizer({
      role: "weight",
      bits: Number(name.at(-1)),
      narrow: true,
      scale: { kind: "stats" },
    });
    const bits = golden.train.bias_bit_width;
    const bias = builder.quantizer({ role: "bias", bits, scale: { kind: "product", input, weight } });
    return builder.op(
      {
        kind: "linear",
        weight: { parameter: builder.parameter("weight", golden.weight_shape, "weight"), quantizer: weight },
        bias: { parameter: builder.parameter("bias", [outputs], "bias"), quantizer: bias },
        weightTransposed: false,
      },
      [quantized],
      [rows, outputs],
    );
  });
  const slopes = numbers(golden.grad_output);
  const { gradients } = await probe(linear, {
    x: numbers(golden.x),
    gradient: slopes,
    parameters: { weight: numbers(golden.weight), bias: numbers(golden.bias), value: [golden.value_param] },
  });
  const { train } = golden;
  const output = await evaluateProbe(linear);
  numbers(train.output).forEach((expected, index) => {
    expectWithin(output[index] ?? NaN, expected, Math.abs(expected) + 1);
  });
  const scales = [...linear.session.scales().values()].map((scale) => [...scale]);
  expect(scales).toEqual([[number(train.input_scale)], [number(train.weight_scale)], [number(train.bias_scale[0])]]);
  const total = slopes.reduce((sum, slope) => sum + Math.abs(slope), 0);
  const compare = (parameter: string, expected: readonly number[], terms: number) => {
    expected.forEach((value, index) => {
      expectWithin(gradients.get(parameter)?.[index] ?? NaN, value, terms);
    });
  };
  const largest = Math.max(...numbers(golden.weight).map(Math.abs));
  compare(storedInput, numbers(train.grad_input), total * largest);
  compare("weight", numbers(train.grad_weight), total * golden.value_param * 2);
  compare("bias", numbers(train.grad_bias), total);
  compare("value", [train.grad_input_value_param], total * largest);
  await linear.session.close();
}

interface BatchNormCase {
  readonly x: Numbers;
  /** (samples, channels, positions). */
  readonly shape: readonly [number, number, number];
  readonly gamma: Numbers;
  readonly beta: Numbers;
  readonly y: Numbers;
  readonly grad_output: Numbers;
  readonly grad_x: Numbers;
  readonly grad_gamma: Numbers;
  readonly grad_beta: Numbers;
  readonly running_mean: Numbers;
  readonly running_var: Numbers;
  readonly y_eval: Numbers;
}

/** PyTorch's batch norm. Its samples stand one behind another here: statistics are over samples and positions alike. */
export async function checkBatchNorm(backend: Backend): Promise<void> {
  const golden = readGolden("optim", "batchnorm.json") as BatchNormCase;
  const [samples, channels, positions] = golden.shape;
  const shape = [channels, samples * positions];
  const batchNorm = await openProbe(backend, { input: shape, output: shape }, (builder, x) =>
    builder.op(
      {
        kind: "batchNorm",
        gamma: builder.parameter("gamma", [channels], "gamma"),
        beta: builder.parameter("beta", [channels], "beta"),
        runningMean: builder.parameter("mean", [channels], "runningMean"),
        runningVar: builder.parameter("var", [channels], "runningVar"),
        eps: 1e-5,
        momentum: 0.1,
      },
      [x],
      shape,
    ),
  );
  /** From (samples, channels, positions) to (channels, samples * positions). */
  const joined = (list: Numbers) =>
    numbers(list).map((_, index, values) => {
      const [channel, rest] = [Math.floor(index / (samples * positions)), index % (samples * positions)];
      return values[(Math.floor(rest / positions) * channels + channel) * positions + (rest % positions)] ?? NaN;
    });
  const one = Array.from({ length: channels }, () => 1);
  const zero = one.map(() => 0);
  const parameters = { gamma: numbers(golden.gamma), beta: numbers(golden.beta), mean: zero, var: one };
  const gradient = joined(golden.grad_output);
  const { output, gradients } = await probe(batchNorm, { x: joined(golden.x), gradient, parameters });
  const total = gradient.reduce((sum, slope) => sum + Math.abs(slope), 0);
  const compare = (found: ArrayLike<number> | undefined, expected: readonly number[], terms: number) => {
    expect(found).toHaveLength(expected.length);
    expected.forEach((value, index) => {
      expectWithin(found?.[index] ?? NaN, value, terms);
    });
  };
  compare(output, joined(golden.y), 4);
  compare(gradients.get(storedInput), joined(golden.grad_x), total);
  compare(gradients.get("gamma"), numbers(golden.grad_gamma), total);
  compare(gradients.get("beta"), numbers(golden.grad_beta), total);
  compare(batchNorm.session.parameters.get("mean"), numbers(golden.running_mean), 1);
  compare(batchNorm.session.parameters.get("var"), numbers(golden.running_var), 1);
  compare(await evaluateProbe(batchNorm), joined(golden.y_eval), 4);
  await batchNorm.session.close();
}

interface PruneCases {
  readonly brevitas: {
    readonly weight: Numbers;
    readonly mask: readonly number[];
    readonly shape: Shape;
    readonly x: Numbers;
    readonly x_shape: Shape;
    readonly output: Numbers;
    readonly grad_output: Numbers;
    readonly scale: Numbers;
    readonly grad_weight_orig: Numbers;
  };
}

/** A pruned convolution: its scale is the unmasked weight's. */
export async function checkPruned(backend: Backend): Promise<void> {
  const { brevitas: golden } = readGolden("optim", "prune.json") as PruneCases;
  const [outputs = 1, , taps = 1] = golden.shape;
  const [, inputs = 1, length = 1] = golden.x_shape;
  const shape = [outputs, length - taps + 1];
  const bits = 4;
  const pruned = await openProbe(backend, { input: [inputs, length], output: shape }, (builder, x) =>
    builder.op(
      {
        kind: "conv",
        weight: {
          parameter: builder.parameter("weight", golden.shape, "weight"),
          quantizer: builder.quantizer({ role: "weight", bits, narrow: true, scale: { kind: "stats" } }),
        },
        kernel: [taps],
        stride: [1],
        padding: [[0, 0]],
        dilation: [1],
        groups: 1,
        transposed: false,
      },
      [x],
      shape,
    ),
  );
  pruned.session.setMask("weight", Uint8Array.from(golden.mask));
  const gradient = numbers(golden.grad_output);
  const { gradients } = await probe(pruned, {
    x: numbers(golden.x),
    gradient,
    parameters: { weight: numbers(golden.weight) },
  });
  const output = await evaluateProbe(pruned);
  numbers(golden.output).forEach((expected, index) => {
    expectWithin(output[index] ?? NaN, expected, 1);
  });
  expect([...(pruned.session.scales().get("quantizer0") ?? [])]).toEqual(numbers(golden.scale));
  const terms =
    gradient.reduce((sum, slope) => sum + Math.abs(slope), 0) * Math.max(...numbers(golden.x).map(Math.abs));
  numbers(golden.grad_weight_orig).forEach((expected, index) => {
    expectWithin(gradients.get("weight")?.[index] ?? NaN, expected, terms);
  });
  await pruned.session.close();
}
