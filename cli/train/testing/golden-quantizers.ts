/** Golden quantiser cases (Brevitas 0.6) through a session: integers and outputs exactly, gradients tightly. */
import { expect } from "vitest";
import type { Shape } from "../../../shared/graph/graph.js";
import type { Backend } from "../backend.js";
import { constrainWeights } from "../constrain.js";
import type { QuantizerSpec } from "../program.js";
import { integerThreshold, percentileRank } from "../quantizer-range.js";
import { expectWithin } from "./compare.js";
import { number, numbers, plus, readGolden, type Numbers } from "./golden-files.js";
import { checkBias, checkConvolution } from "./golden-layers.js";
import { evaluateProbe, openProbe, probe, setParameters, storedInput, type Probe } from "./probe.js";

interface Case {
  readonly shape: Shape;
  readonly input: Numbers;
  readonly scale: number | Numbers;
  readonly bit_width: number;
  readonly signed: boolean;
  readonly narrow_range?: boolean;
  readonly int?: Numbers;
  readonly output: Numbers;
  readonly grad_output: Numbers;
  readonly grad_input: Numbers;
  readonly value_param?: number;
  readonly grad_value_param?: number;
  readonly weight_after_forward?: Numbers;
  readonly weight_modified_in_place?: boolean;
}

interface CaseFile {
  readonly cases: Readonly<Record<string, Case>>;
}

/** Checks all cases of one file of `golden/quantizers`. */
export async function checkQuantizerFile(backend: Backend, name: string): Promise<void> {
  if (name === "AbsPercentile_k") checkPercentileRanks();
  else if (name.startsWith("QuantReLU_stats_phase")) await checkStatisticsPhase(backend, name);
  else if (name.startsWith("QuantConv1d")) await checkConvolution(backend, name);
  else if (name.startsWith("QuantLinear")) await checkBias(backend, name);
  else {
    const { cases } = readGolden("quantizers", `${name}.json`) as CaseFile;
    for (const [label, each] of Object.entries(cases)) {
      // WebGPU may take denormal numbers for 0.
      if (label === "denormal" && backend.name === "webgpu") continue;
      if (each.value_param === undefined) await checkWeight(backend, label, each);
      else await checkActivation(backend, name, each);
    }
  }
}

function checkPercentileRanks(): void {
  const { q, table } = readGolden("quantizers", "AbsPercentile_k.json") as {
    readonly q: number;
    readonly table: readonly { readonly n: number; readonly k: number }[];
  };
  expect(table.map(({ n }) => percentileRank(q, n))).toEqual(table.map(({ k }) => k));
}

type Spec = Partial<QuantizerSpec> & Pick<QuantizerSpec, "role" | "bits" | "scale">;

/** What a weight case's label and data say about its quantiser. */
function weightSpec(label: string, { bit_width: bits, signed, narrow_range, scale }: Case): Spec {
  const isConstant = label.includes("onst");
  const common = {
    role: "weight" as const,
    bits,
    signed,
    ...(Array.isArray(scale) && { channelAxis: 0 }),
    scale: isConstant ? { kind: "const" as const, values: [number(scale as number)] } : { kind: "stats" as const },
  };
  if (label.startsWith("ternary")) return { ...common, kind: "ternary", ternaryThreshold: 0.5, narrow: true };
  if (label.startsWith("SignedTernary")) return { ...common, narrow: true };
  // An integer of one bit, of which Brevitas makes no number, is binary here.
  if (bits === 1) return { ...common, kind: "binary", narrow: false };
  return { ...common, narrow: narrow_range ?? false };
}

/** A convolution whose every window has one 1, so that its output is the quantised weight, output channel by channel. */
export async function openWeightProbe(
  backend: Backend,
  shape: Shape,
  spec: Spec,
): Promise<{ readonly weightProbe: Probe; readonly windows: Float32Array }> {
  const [outputs = 1, inputs = 1, taps = 1] = shape;
  const positions = inputs * taps;
  const windows = new Float32Array(inputs * positions * taps);
  for (let at = 0; at < positions; at++) {
    windows[Math.floor(at / taps) * positions * taps + at * taps + (at % taps)] = 1;
  }
  const weightProbe = await openProbe(
    backend,
    { input: [inputs, positions * taps], output: [outputs, positions] },
    (builder, x) =>
      builder.op(
        {
          kind: "conv",
          weight: { parameter: builder.parameter("weight", shape, "weight"), quantizer: builder.quantizer(spec) },
          kernel: [taps],
          stride: [taps],
          padding: [[0, 0]],
          dilation: [1],
          groups: 1,
          transposed: false,
        },
        [x],
        [outputs, positions],
      ),
  );
  return { weightProbe, windows };
}

async function checkWeight(backend: Backend, label: string, golden: Case): Promise<void> {
  const spec = weightSpec(label, golden);
  const { weightProbe, windows } = await openWeightProbe(backend, golden.shape, spec);
  const weight = numbers(golden.input);
  const { gradients } = await probe(weightProbe, {
    x: windows,
    gradient: numbers(golden.grad_output),
    parameters: { weight },
  });
  const output = await evaluateProbe(weightProbe);
  const gradient = gradients.get("weight") ?? new Float64Array(0);
  const [scale = new Float32Array(0)] = weightProbe.session.scales().values();
  checkStored(weightProbe, golden);
  await weightProbe.session.close();
  if (golden.output.includes("nan")) {
    // Where Brevitas gives NaN (all weights zero, one bit as an integer) numbers are wanted all the same.
    expect([...output, ...gradient].every(Number.isFinite)).toBe(true);
    return;
  }
  checkCodes(output, golden);
  expect([...scale]).toEqual(numbers(typeof golden.scale === "number" ? [golden.scale] : golden.scale));
  checkWeightGradient(gradient, golden, { spec, weight, output, scale });
}

function checkCodes(output: Float32Array, { output: expected, int, scale }: Case): void {
  expect(Array.from(output, plus)).toEqual(numbers(expected).map(plus));
  if (int === undefined) return;
  const perChannel = output.length / (Array.isArray(scale) ? scale.length : 1);
  const scales = numbers(typeof scale === "number" ? [scale] : scale);
  const codes = Array.from(output, (y, index) => Math.round(y / (scales[Math.floor(index / perChannel)] ?? 1)));
  expect(codes.map(plus)).toEqual(numbers(int));
}

interface WeightResult {
  readonly spec: Spec;
  readonly weight: readonly number[];
  readonly output: Float32Array;
  readonly scale: Float32Array;
}

/** The terms of each gradient: its own, and for elements whose magnitude is the statistic what comes through the scale. */
function checkWeightGradient(found: Float64Array, golden: Case, { spec, weight, output, scale }: WeightResult): void {
  const slopes = numbers(golden.grad_output);
  const perChannel = weight.length / scale.length;
  const through = Array.from(scale, (s, channel) =>
    weight.reduce((sum, w, index) => {
      if (Math.floor(index / perChannel) !== channel) return sum;
      return sum + Math.abs(slopes[index] ?? 0) * (Math.abs((output[index] ?? 0) / s) + Math.abs(w / s));
    }, 0),
  );
  numbers(golden.grad_input).forEach((expected, index) => {
    if (Number.isNaN(expected)) return;
    const isStatistic = spec.scale.kind === "stats";
    const throughScale = isStatistic ? (through[Math.floor(index / perChannel)] ?? 0) : 0;
    expectWithin(found[index] ?? NaN, expected, Math.abs(slopes[index] ?? 0) + throughScale);
  });
}

/** Brevitas changes the stored weights of clamping binary quantisers in its forward pass. */
function checkStored({ session, program }: Probe, golden: Case): void {
  if (golden.weight_modified_in_place !== true) return;
  constrainWeights(program, session.parameters);
  const stored = Array.from(session.parameters.get("weight") ?? [], plus);
  expect(stored).toEqual(numbers(golden.weight_after_forward ?? []).map(plus));
}

async function checkActivation(backend: Backend, name: string, golden: Case): Promise<void> {
  const isRelu = name.startsWith("QuantReLU");
  const spec: Spec = {
    role: "activation",
    bits: golden.bit_width,
    signed: golden.signed,
    scale: { kind: "learned", parameter: "value", collectSteps: 0, percentile: 99.999 },
  };
  const input = numbers(golden.input);
  const activation = await openActivationProbe(backend, input.length, { spec, isRelu });
  const value = golden.value_param ?? 1;
  const slopes = numbers(golden.grad_output);
  const { gradients } = await probe(activation, { x: input, gradient: slopes, parameters: { value: [value] } });
  checkCodes(await evaluateProbe(activation), golden);
  const found = gradients.get(storedInput) ?? new Float64Array(0);
  numbers(golden.grad_input).forEach((expected, index) => {
    expectWithin(found[index] ?? NaN, expected, Math.abs(slopes[index] ?? 0));
  });
  const scale = number(golden.scale as number);
  const terms = input.reduce((sum, x, index) => {
    const code = Math.abs(number(golden.output[index] ?? 0) / scale);
    const exact = isRelu ? Math.max(x, 0) / scale : x / scale;
    return sum + Math.abs(slopes[index] ?? 0) * (code + (Math.abs(exact) > code + 1 ? 0 : Math.abs(exact)));
  }, 0);
  const [quantizer] = activation.program.quantizers;
  const integers = quantizer ? integerThreshold(quantizer) : NaN;
  expectWithin(gradients.get("value")?.[0] ?? NaN, golden.grad_value_param ?? NaN, terms / integers);
  await activation.session.close();
}

export function openActivationProbe(
  backend: Backend,
  count: number,
  { spec, isRelu = false }: { readonly spec: Spec; readonly isRelu?: boolean },
): Promise<Probe> {
  return openProbe(backend, { input: [count], output: [count] }, (builder, x) => {
    if (spec.scale.kind === "learned") builder.parameter(spec.scale.parameter, [], "threshold");
    const before = isRelu ? builder.op({ kind: "relu" }, [x], [count]) : x;
    return builder.op({ kind: "quantize", quantizer: builder.quantizer(spec) }, [before], [count]);
  });
}

interface StatisticsStep {
  readonly input: Numbers;
  readonly scale: number;
  readonly value_before: number;
  readonly value_after: number;
  readonly output: Numbers;
  readonly grad_output: Numbers;
  readonly grad_input: Numbers;
  readonly grad_value_param: number | null;
}

async function checkStatisticsPhase(backend: Backend, name: string): Promise<void> {
  const golden = readGolden("quantizers", `${name}.json`) as {
    readonly steps: readonly StatisticsStep[];
    readonly eval_scale: number;
    readonly eval_output: Numbers;
  };
  const spec: Spec = {
    role: "activation",
    bits: Number(name.at(-1)),
    signed: false,
    scale: { kind: "learned", parameter: "value", collectSteps: 30, percentile: 99.999 },
  };
  const count = golden.steps[0]?.input.length ?? 0;
  const activation = await openActivationProbe(backend, count, { spec, isRelu: true });
  setParameters(activation.session, { value: [1] });
  for (const step of golden.steps) {
    const stored = activation.session.parameters.get("value");
    expectWithin(stored?.[0] ?? NaN, step.value_before, step.value_before);
    const slopes = numbers(step.grad_output);
    const { output, gradients } = await probe(activation, { x: numbers(step.input), gradient: slopes });
    output.forEach((y, index) => {
      expectWithin(y, number(step.output[index] ?? NaN), Math.abs(y) + step.scale);
    });
    const codes = Array.from(output, (y) => Math.round(y / step.scale));
    expect(codes.map(plus)).toEqual(numbers(step.output).map((y) => plus(Math.round(y / step.scale))));
    const total = slopes.reduce((sum, slope) => sum + Math.abs(slope), 0);
    const found = gradients.get(storedInput) ?? new Float64Array(0);
    numbers(step.grad_input).forEach((expected, index) => {
      expectWithin(found[index] ?? NaN, expected, total);
    });
    if (step.grad_value_param === null) expect(gradients.has("value")).toBe(false);
    else expectWithin(gradients.get("value")?.[0] ?? NaN, step.grad_value_param, total);
    expectWithin(stored?.[0] ?? NaN, step.value_after, step.value_after);
  }
  setParameters(activation.session, { [storedInput]: numbers(golden.steps.at(-1)?.input ?? []) });
  expect(activation.session.scales().get("quantizer0")).toEqual(Float32Array.of(golden.eval_scale));
  expect(Array.from(await evaluateProbe(activation))).toEqual(numbers(golden.eval_output));
  await activation.session.close();
}
