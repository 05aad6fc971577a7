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
