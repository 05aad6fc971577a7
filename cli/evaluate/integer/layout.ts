/** Operators of the integer network that move elements, and pools. */
import { elementCount, type Shape } from "../../../shared/graph/graph.js";
import type { TrainOp } from "../../train/program.js";
import {
  channelsOf,
  floatTerm,
  gathered,
  integerTerm,
  isPlain,
  isUniform,
  materialise,
  type Assembly,
  type Form,
  type Term,
} from "./form.js";
import {
  nearestIndices,
  padIndices,
  poolWindows,
  sourceIndices,
  strides,
  transposeIndices,
  type Windows,
} from "./geometry.js";

type Note = (reason: string) => void;

/** The same elements in another shape. */
export function reshaped(assembly: Assembly, input: Form, output: Shape): Form {
  const { channels } = channelsOf(input.shape);
  if (isUniform(input) || output[0] === channels) return { ...input, shape: output };
  // Flattening: what was one per channel becomes one per element of the new axis 0.
  const copies = (output[0] ?? 1) / channels;
  if (input.after.every(({ uniform }) => uniform) && Number.isInteger(copies)) {
    const repeat = (numbers: Float64Array): Float64Array =>
      numbers.length === 1
        ? numbers
        : Float64Array.from({ length: channels * copies }, (_, at) => numbers[Math.floor(at / copies)] ?? 0);
    return {
      ...input,
      shape: output,
      terms: input.terms.map((term) => ({ ...term, scale: repeat(term.scale) })),
      ...(input.offset && { offset: repeat(input.offset) }),
    };
  }
  return { ...materialise(assembly, input), shape: output };
}

export function transposed(assembly: Assembly, input: Form, output: Shape, permutation: readonly number[]): Form {
  const form = isUniform(input) || permutation[0] === 0 ? input : materialise(assembly, input);
  return gathered(assembly, form, output, transposeIndices(form.shape, permutation));
}

export function padded(
  assembly: Assembly,
  op: Extract<TrainOp, { kind: "pad" }>,
  input: Form,
  output: Shape,
  note: Note,
): Form {
  const sources = padIndices(input.shape, output, op.padding, op.mode);
  const fills = sources.includes(-1);
  const movesChannels = op.padding[0]?.some((size) => size !== 0) === true && !isUniform(input);
  if ((!fills || (op.value === 0 && isPlain(input))) && !movesChannels) {
    return gathered(assembly, input, output, sources);
  }
  note("it pads with a value that is no integer of its input's scale");
  const form = gathered(assembly, materialise(assembly, input), output, sources);
  const [term] = form.terms;
  const outside = [...sources].flatMap((source, index) => (source === -1 ? [index] : []));
  assembly.steps.push(() => {
    for (const index of outside) if (term) term.values[index] = op.value;
  });
  return form;
}

export function upsampled(
  assembly: Assembly,
  op: Extract<TrainOp, { kind: "upsample" }>,
  input: Form,
  output: Shape,
  note: Note,
): Form {
  if (op.mode === "nearest") {
    return gathered(assembly, input, output, nearestIndices(input.shape, output, op.scales));
  }
  note("it interpolates between its inputs");
  return op.scales.reduce(
    (form, scale, dimension) => {
      const axis = form.shape.length - op.scales.length + dimension;
      return interpolated(assembly, form, axis, scale, output[axis] ?? 1);
    },
    materialise(assembly, input),
  );
}

/** Linear interpolation along one axis. */
function interpolated(assembly: Assembly, form: Form, axis: number, scale: number, extent: number): Form {
  const shape = form.shape.with(axis, extent);
  const last = (form.shape[axis] ?? 1) - 1;
  const place = (position: number): number => Math.max((position + 0.5) / scale - 0.5, 0);
  const neighbour = (offset: number): Form => {
    const sources = sourceIndices(shape, strides(form.shape), (at, position) =>
      at === axis ? Math.min(last, Math.floor(place(position)) + offset) : position,
    );
    return gathered(assembly, form, shape, sources);
  };
  const [low, high] = [neighbour(0).terms[0], neighbour(1).terms[0]];
  const result = floatTerm(elementCount(shape));
  const step = strides(shape)[axis] ?? 1;
  assembly.steps.push(() => {
    for (let index = 0; index < result.values.length; index++) {
      const share = place(Math.floor(index / step) % extent) % 1;
      result.values[index] = (low?.values[index] ?? 0) * (1 - share) + (high?.values[index] ?? 0) * share;
    }
  });
  return { shape, terms: [result], after: [] };
}

type PoolOp = Extract<TrainOp, { kind: "maxPool" | "avgPool" }>;

export function pooled(assembly: Assembly, op: PoolOp, input: Form, output: Shape, note: Note): Form {
  const windows = poolWindows(input.shape.slice(1), output.slice(1), op);
  return op.kind === "maxPool"
    ? largest(assembly, input, output, windows, note)
    : averaged(assembly, op, input, output, windows, note);
}

/** The largest integer is that of the largest value where scales are positive and functions rise. */
function largest(assembly: Assembly, input: Form, output: Shape, windows: Windows, note: Note): Form {
  const [only, ...others] = input.terms;
  const rises = input.after.every(({ course }) => course === "rising");
  const keepsOrder = only !== undefined && others.length === 0 && rises && only.scale.every((scale) => scale >= 0);
  if (!keepsOrder) note("it compares sums of two scales, or values before a falling function");
  const form = keepsOrder ? input : materialise(assembly, input);
  const [term] = form.terms;
  if (term === undefined) throw new Error("A value without terms cannot be pooled.");
  const result = {
    ...term,
    values:
      term.values instanceof Int32Array ? new Int32Array(elementCount(output)) : new Float64Array(elementCount(output)),
  };
  const each = overWindows(input.shape, output, windows);
  assembly.steps.push(() => {
    each((to, channel, start, end) => {
      let best = -Infinity;
      for (let at = start; at < end; at++)
        best = Math.max(best, term.values[channel + (windows.sources[at] ?? 0)] ?? 0);
      result.values[to] = best;
    });
  });
  return { ...form, shape: output, terms: [result] };
}

/** Sums of integers; the division joins the scale where all windows have as many positions. */
function averaged(assembly: Assembly, op: PoolOp, input: Form, output: Shape, windows: Windows, note: Note): Form {
  const counts = windows.padded.map((padded, window) =>
    op.countIncludePad ? padded : (windows.starts[window + 1] ?? 0) - (windows.starts[window] ?? 0),
  );
  const divisor = (counts[0] ?? 1) / (op.multiplier ?? 1);
  const sameCounts = counts.every((count) => count === counts[0]);
  const inside = windows.sources.length === counts.length * (counts[0] ?? 1);
  const keeps = sameCounts && input.after.length === 0 && (input.offset === undefined || inside);
  if (!keeps) note("its windows differ in size, or its input is not quantised");
  const form = keeps ? input : materialise(assembly, input);
  const each = overWindows(input.shape, output, windows);
  const share = (window: number): number => (keeps ? 1 : (op.multiplier ?? 1) / (counts[window] ?? 1));
  const terms = form.terms.map((term) => {
    const size = counts[0] ?? 1;
    const scale = keeps ? term.scale.map((value) => value / divisor) : term.scale;
    const result: Term = term.integer
      ? integerTerm(elementCount(output), scale, Math.min(0, term.min) * size, Math.max(0, term.max) * size)
      : { ...floatTerm(elementCount(output)), scale };
    assembly.steps.push(() => {
      each((to, channel, start, end, window) => {
        let sum = 0;
        for (let at = start; at < end; at++) sum += term.values[channel + (windows.sources[at] ?? 0)] ?? 0;
        result.values[to] = sum * share(window);
      });
    });
    return result;
  });
  const { offset } = form;
  const multiplier = op.multiplier ?? 1;
  return { ...form, shape: output, terms, ...(offset && { offset: offset.map((value) => value * multiplier) }) };
}

/** Calls for each output element: its index, where its channel starts in the input, and its window's sources. */
function overWindows(input: Shape, output: Shape, { starts }: Windows) {
  const { channels, perChannel } = channelsOf(input);
  const perOutput = channelsOf(output).perChannel;
  return (visit: (to: number, channel: number, start: number, end: number, window: number) => void): void => {
    for (let channel = 0; channel < channels; channel++) {
      for (let window = 0; window < perOutput; window++) {
        const to = channel * perOutput + window;
        visit(to, channel * perChannel, starts[window] ?? 0, starts[window + 1] ?? 0, window);
      }
    }
  };
}
