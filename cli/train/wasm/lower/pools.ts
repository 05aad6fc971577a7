/** Pools and interpolation: tables over positions. */
import type { TrainOp } from "../../program.js";
import { product, type Layout } from "../layout.js";
import type { Compilation } from "./compilation.js";
import { coordinatesOf, indexOf } from "./shapes.js";
import { mapGradient, mapNode, placeMap, rowMap, type SparseMap } from "./tables.js";

type Pool = Extract<TrainOp, { readonly kind: "maxPool" | "avgPool" }>;
type Upsample = Extract<TrainOp, { readonly kind: "upsample" }>;

/** A window of one output position. */
interface Window {
  /** Input rows, in row-major order. */
  readonly rows: readonly number[];
  /** Positions that an average divides by. */
  readonly count: number;
}

export function lowerMaxPool(c: Compilation, op: Pool): void {
  const [input = 0] = op.inputs;
  const [from, to] = [c.layout(input), c.layout(op.output)];
  const { rows, width, starts, offsets } = placeMap(c, `pool of ${op.output}`, () => {
    const windows = windowsOf(op, from, to).map(({ rows }) => rows);
    if (windows.some((window) => window.length === 0)) throw new RangeError(`${op.name} has a window in the padding`);
    return rowMap(from, windows);
  });
  const x = c.node(input);
  const node = c.flow.node({
    name: op.name,
    inputs: [x],
    floats: to.floats,
    emit: ({ input: place, output, call }) => {
      call("sparseMax", rows, width, place(0), starts, offsets, output, 0);
    },
  });
  c.setOutput(op, node, {
    run: (gradient) => {
      const spec = { name: op.name, inputs: [gradient, x], floats: from.floats };
      const term = c.scatter(spec, ({ input: place, temporary, output, call }) => {
        const [largest, argmax] = [temporary(to.floats), temporary(to.floats)];
        call("sparseMax", rows, width, place(1), starts, offsets, largest, argmax);
        call("sparseMaxGrad", to.floats, place(0), argmax, output);
      });
      c.addGradient(input, term);
    },
  });
}

export function lowerAvgPool(c: Compilation, op: Pool): void {
  const [from, to] = [c.layout(op.inputs[0] ?? 0), c.layout(op.output)];
  lowerLinearMap(c, op, () => {
    const windows = windowsOf(op, from, to);
    const weights = windows.map(({ rows, count }) => rows.map(() => (op.multiplier ?? 1) / count));
    return rowMap(
      from,
      windows.map(({ rows }) => rows),
      weights,
    );
  });
}

function windowsOf(op: Pool, from: Layout, to: Layout): readonly Window[] {
  const sizes = from.shape.slice(1);
  const steps = op.kernel.map((_, axis) => op.dilation[axis] ?? 1);
  const taps = Array.from({ length: product(op.kernel) }, (_, tap) => coordinatesOf(op.kernel, tap));
  return Array.from({ length: to.rows }, (_, row) => {
    const begins = coordinatesOf(to.shape.slice(1), row).map(
      (at, axis) => at * (op.stride[axis] ?? 1) - (op.padding[axis]?.[0] ?? 0),
    );
    const places = taps.map((tap) => tap.map((k, axis) => (begins[axis] ?? 0) + k * (steps[axis] ?? 1)));
    const inside = places.filter((place) => place.every((at, axis) => at >= 0 && at < (sizes[axis] ?? 1)));
    // What lies beyond the padding behind the tensor never counts.
    const counted = places.filter((place) =>
      place.every((at, axis) => at < (sizes[axis] ?? 1) + (op.padding[axis]?.[1] ?? 0)),
    );
    const count = op.countIncludePad ? counted.length : inside.length;
    return { rows: inside.map((place) => indexOf(sizes, place)), count: Math.max(count, 1) };
  });
}

export function lowerUpsample(c: Compilation, op: Upsample): void {
  const [from, to] = [c.layout(op.inputs[0] ?? 0), c.layout(op.output)];
  const sizes = from.shape.slice(1);
  lowerLinearMap(c, op, () => {
    const rows: number[][] = [];
    const weights: number[][] = [];
    for (let row = 0; row < to.rows; row++) {
      const along = coordinatesOf(to.shape.slice(1), row).map((at, axis) =>
        neighbours(op.mode, at, op.scales[axis] ?? 1, sizes[axis] ?? 1),
      );
      const corners = combinations(along);
      rows.push(
        corners.map((corner) =>
          indexOf(
            sizes,
            corner.map(({ at }) => at),
          ),
        ),
      );
      weights.push(corners.map((corner) => product(corner.map(({ weight }) => weight))));
    }
    return rowMap(from, rows, weights);
  });
}

interface Neighbour {
  readonly at: number;
  readonly weight: number;
}

function neighbours(mode: Upsample["mode"], at: number, scale: number, size: number): readonly Neighbour[] {
  if (mode === "nearest") return [{ at: Math.min(Math.floor(at / scale), size - 1), weight: 1 }];
  const source = Math.max((at + 0.5) / scale - 0.5, 0);
  const before = Math.min(Math.floor(source), size - 1);
  const share = source - before;
  const after = Math.min(before + 1, size - 1);
  if (share === 0 || after === before) return [{ at: before, weight: 1 }];
  return [
    { at: before, weight: 1 - share },
    { at: after, weight: share },
  ];
}

function combinations<T>(choices: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return choices.reduce<readonly (readonly T[])[]>(
    (found, options) => found.flatMap((head) => options.map((option) => [...head, option])),
    [[]],
  );
}

function lowerLinearMap(c: Compilation, op: Pool | Upsample, make: () => SparseMap): void {
  const [input = 0] = op.inputs;
  const [from, to] = [c.layout(input), c.layout(op.output)];
  const map = placeMap(c, `map of ${op.output}`, make);
  c.setOutput(op, mapNode(c, op.name, c.node(input), to, map), {
    run: (gradient) => {
      c.addGradient(input, mapGradient(c, op.name, gradient, from, map));
    },
  });
}
