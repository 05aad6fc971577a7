/** Convolutions, transposed convolutions and linear layers of vectors. */
import type { TrainOp, WeightRef } from "../../program.js";
import type { EmitContext, NodeId } from "../flow/flow.js";
import { fixedPlace, type Place } from "../flow/place.js";
import { roundUp, type Layout } from "../layout.js";
import type { StoredTensor } from "../tasks/stored-tensor.js";
import type { Compilation } from "./compilation.js";
import {
  asLines,
  blocksOf,
  narrowMargin,
  noAxis,
  paddedChannels,
  wideMargin,
  type Correlation,
} from "./correlation.js";
import { padded, placed, type PaddedTensor } from "./padding.js";
import { gather, gatherWeightGradient, scatter } from "./passes.js";
import { lowerBias, lowerWeightGradient } from "./stored.js";
import { depthwiseForm, gatherForm, gradientTable, scatterForm } from "./weight-forms.js";

type Convolution = Extract<TrainOp, { readonly kind: "conv" }>;
type Linear = Extract<TrainOp, { readonly kind: "linear" }>;

export function lowerConvolution(c: Compilation, op: Convolution): void {
  const [x, y] = [c.layout(op.inputs[0] ?? 0), c.layout(op.output)];
  const [wide, narrow] = op.transposed ? [y, x] : [x, y];
  const axes = op.kernel.map((taps, at) => ({
    wide: wide.shape[at + 1] ?? 1,
    narrow: narrow.shape[at + 1] ?? 1,
    taps,
    stride: op.stride[at] ?? 1,
    dilation: op.dilation[at] ?? 1,
    before: op.padding[at]?.[0] ?? 0,
  }));
  const { lines, positions } = asLines(axes);
  const { groups } = op;
  const perWide = wide.channels / groups;
  const taps = lines.taps * positions.taps;
  lowerCorrelation(c, op, op.transposed, {
    lines,
    positions,
    wideChannels: wide.channels,
    narrowChannels: narrow.channels,
    groups,
    isDepthwise: groups === wide.channels && groups === narrow.channels,
    blocks: blocksOf(wide.channels, narrow.channels, groups),
    weightIndex: (b, a, line, position) => (b * perWide + a) * taps + line * positions.taps + position,
  });
}

export function lowerLinear(c: Compilation, op: Linear): void {
  const [x, y] = [c.layout(op.inputs[0] ?? 0), c.layout(op.output)];
  lowerCorrelation(c, op, false, {
    lines: noAxis,
    positions: noAxis,
    wideChannels: x.channels,
    narrowChannels: y.channels,
    groups: 1,
    isDepthwise: false,
    blocks: blocksOf(x.channels, y.channels, 1),
    weightIndex: (b, a) => (op.weightTransposed ? a * y.channels + b : b * x.channels + a),
  });
}

/** @param scatters the output is the wide tensor */
function lowerCorrelation(c: Compilation, op: Convolution | Linear, scatters: boolean, correlation: Correlation): void {
  const [input = 0] = op.inputs;
  const [from, to] = [c.layout(input), c.layout(op.output)];
  const weight = c.store.tensor(op.weight);
  const bias = op.bias && lowerBias(c, op.bias);
  const x = scatters
    ? narrowPadded(c, op.name, c.node(input), correlation)
    : widePadded(c, op.name, c.node(input), correlation);
  const node = c.flow.node({
    name: op.name,
    inputs: [x.node],
    floats: to.floats,
    after: bias?.task === undefined ? [] : [bias.task],
    keep: "always",
    accumulates: true,
    emit: pass(c, scatters, correlation, weight, x, bias && { tensor: bias.tensor, to }),
  });
  c.setOutput(op, node, {
    learns: [op.weight, op.bias].some((ref) => ref && c.learnsTensor(ref)),
    run: (gradient) => {
      bias?.back(gradient, to);
      back(c, op, scatters, correlation, { weight, x, gradient, from, learnsInput: c.learns(input) });
    },
  });
}

/** Emits the pass that makes the wide tensor (`scatters`) or the narrow one of the other. */
function pass(
  c: Compilation,
  scatters: boolean,
  correlation: Correlation,
  weight: StoredTensor,
  source: PaddedTensor,
  bias?: { readonly tensor: StoredTensor; readonly to: Layout },
): (context: EmitContext) => void {
  const form = weightForm(c, scatters, correlation, weight);
  return (context) => {
    const { input, output } = context;
    if (bias) addBias(context, bias.tensor, bias.to);
    const accumulate = bias ? 1 : context.accumulate;
    const from = placed(source, input(0));
    if (scatters) scatter(context, correlation, from, form, output, accumulate);
    else gather(context, correlation, from, form, output, accumulate);
  };
}

function addBias(
  { call, output, accumulate }: EmitContext,
  { used }: StoredTensor,
  { rows, padded: width }: Layout,
): void {
  call(accumulate === 1 ? "addRows" : "copyRows", rows, width, fixedPlace(used), 0, output, width);
}

function weightForm(c: Compilation, scatters: boolean, correlation: Correlation, weight: StoredTensor): Place {
  // A weight that two operators share may have two geometries.
  const geometry = JSON.stringify([correlation.lines, correlation.positions, correlation.groups]);
  if (correlation.isDepthwise) return c.form(weight, `depthwise ${geometry}`, () => depthwiseForm(correlation));
  if (scatters) return c.form(weight, `scatter ${geometry}`, () => scatterForm(correlation));
  return c.form(weight, `gather ${geometry}`, () => gatherForm(correlation));
}

function widePadded(c: Compilation, name: string, node: NodeId, correlation: Correlation): PaddedTensor {
  const { lines, positions } = correlation;
  const grid = { lines: lines.wide, positions: positions.wide, channels: paddedChannels(correlation).wide };
  return padded(c, name, node, grid, wideMargin(lines), wideMargin(positions));
}

function narrowPadded(c: Compilation, name: string, node: NodeId, correlation: Correlation): PaddedTensor {
  const { lines, positions } = correlation;
  const grid = { lines: lines.narrow, positions: positions.narrow, channels: paddedChannels(correlation).narrow };
  return padded(c, name, node, grid, narrowMargin(lines), narrowMargin(positions));
}

function back(
  c: Compilation,
  op: Convolution | Linear,
  scatters: boolean,
  correlation: Correlation,
  places: { weight: StoredTensor; x: PaddedTensor; gradient: NodeId; from: Layout; learnsInput: boolean },
): void {
  const { weight, x, gradient, from, learnsInput } = places;
  const asWide = scatters ? widePadded(c, op.name, gradient, correlation) : undefined;
  const asNarrow = scatters || !learnsInput ? undefined : narrowPadded(c, op.name, gradient, correlation);
  // The gradient of a padded tensor is read inside of it, so that it is needed once only.
  const dy = asWide ?? asNarrow ?? { node: gradient, origin: 0, pitch: linePitch(correlation) };
  if (c.learnsTensor(op.weight)) weightGradient(c, op.weight, op.name, scatters, correlation, weight, x, dy);
  if (!learnsInput) return;
  const term = c.flow.node({
    name: `gradient of ${op.name}`,
    inputs: [dy.node],
    floats: from.floats,
    keep: "always",
    accumulates: true,
    emit: pass(c, !scatters, correlation, weight, dy),
  });
  c.addGradient(op.inputs[0] ?? 0, term);
}

function linePitch(correlation: Correlation): number {
  return correlation.positions.narrow * paddedChannels(correlation).narrow;
}

function weightGradient(
  c: Compilation,
  ref: WeightRef,
  name: string,
  scatters: boolean,
  correlation: Correlation,
  weight: StoredTensor,
  x: PaddedTensor,
  dy: PaddedTensor,
): void {
  const makeForm = (): Int32Array => (correlation.isDepthwise ? depthwiseForm(correlation) : gatherForm(correlation));
  const geometry = JSON.stringify([correlation.lines, correlation.positions, correlation.groups]);
  const form = c.store.form(weight, `${correlation.isDepthwise ? "depthwise" : "gather"} ${geometry}`, makeForm);
  const table = c.store.integerTable(`gradient of ${weight.used} ${geometry}`, () =>
    gradientTable(makeForm(), weight.count),
  );
  const count = roundUp(form.count, 4);
  lowerWeightGradient(c, ref, weight, { count, table }, name, [x.node, dy.node], (context, accumulators) => {
    const [first, second] = [placed(x, context.input(0)), placed(dy, context.input(1))];
    const [wide, narrow] = scatters ? [second, first] : [first, second];
    gatherWeightGradient(context, correlation, wide, narrow, accumulators);
  });
}
