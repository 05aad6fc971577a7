/** Operators that only move elements. */
import type { TrainOp } from "../../program.js";
import { fixedPlace, offset } from "../flow/place.js";
import { elementCount, liesAlike, positionOf, product, type Layout } from "../layout.js";
import type { Compilation } from "./compilation.js";
import { elementMap, mapGradient, mapNode, placeMap, type SparseMap } from "./tables.js";

type Op<Kind extends TrainOp["kind"]> = Extract<TrainOp, { readonly kind: Kind }>;

/** The output is the input, at the same place. */
export function lowerAlias(c: Compilation, op: TrainOp): void {
  const [input = 0] = op.inputs;
  c.setOutput(op, c.node(input), {
    run: (gradient) => {
      c.addGradient(input, gradient);
    },
  });
}

export function lowerReshape(c: Compilation, op: Op<"reshape">): void {
  const [from, to] = [c.layout(op.inputs[0] ?? 0), c.layout(op.output)];
  if (liesAlike(from, to)) lowerAlias(c, op);
  else lowerMap(c, op, () => elementMap(from, to, (index) => index));
}

export function lowerTranspose(c: Compilation, op: Op<"transpose">): void {
  const [from, to] = [c.layout(op.inputs[0] ?? 0), c.layout(op.output)];
  lowerMap(c, op, () =>
    elementMap(from, to, (index) => {
      const coordinates = coordinatesOf(to.shape, index);
      const source = from.shape.map(() => 0);
      for (const [axis, taken] of op.permutation.entries()) source[taken] = coordinates[axis] ?? 0;
      return indexOf(from.shape, source);
    }),
  );
}

export function lowerPad(c: Compilation, op: Op<"pad">): void {
  const [from, to] = [c.layout(op.inputs[0] ?? 0), c.layout(op.output)];
  const source = (index: number): number => {
    const coordinates = coordinatesOf(to.shape, index).map((at, axis) =>
      mirrored(at - (op.padding[axis]?.[0] ?? 0), from.shape[axis] ?? 1, op.mode),
    );
    return coordinates.includes(-1) ? -1 : indexOf(from.shape, coordinates);
  };
  lowerMap(c, op, () => elementMap(from, to, source), op.mode === "constant" ? { value: op.value, source } : undefined);
}

/** Where a coordinate outside the tensor is taken from, -1 for nowhere. */
function mirrored(at: number, size: number, mode: Op<"pad">["mode"]): number {
  if (at >= 0 && at < size) return at;
  switch (mode) {
    case "constant":
      return -1;
    case "edge":
      return at < 0 ? 0 : size - 1;
    case "reflect":
      return at < 0 ? -at : 2 * (size - 1) - at;
  }
}

/** Stretches a value to another shape, sizes of 1 being repeated; gives the same value if it has the shape. */
export function broadcast(
  c: Compilation,
  key: string,
  input: number,
  to: Layout,
): { readonly node: number; readonly back: (gradient: number) => number } {
  const from = c.layout(input);
  const node = c.node(input);
  if (liesAlike(from, to) && from.shape.length === to.shape.length) return { node, back: (gradient) => gradient };
  const places = placeMap(c, key, () =>
    elementMap(from, to, (index) =>
      indexOf(
        from.shape,
        coordinatesOf(to.shape, index).map((at, axis) => (from.shape[axis] === 1 ? 0 : at)),
      ),
    ),
  );
  return {
    node: mapNode(c, key, node, to, places),
    back: (gradient) => mapGradient(c, key, gradient, from, places),
  };
}

/** @param fill what elements without a source are */
function lowerMap(
  c: Compilation,
  op: TrainOp,
  make: () => SparseMap,
  fill?: { readonly value: number; readonly source: (index: number) => number },
): void {
  const [input = 0] = op.inputs;
  const [from, to] = [c.layout(input), c.layout(op.output)];
  const places = placeMap(c, `map of ${op.output}`, make);
  let node = mapNode(c, op.name, c.node(input), to, places);
  if (fill !== undefined && fill.value !== 0) {
    const margin = c.store.floatTable(`margin of ${op.output}`, () => marginOf(to, fill));
    node = c.flow.node({
      name: op.name,
      inputs: [node],
      floats: to.floats,
      hosting: { kind: "inPlace" },
      emit: ({ input: place, output, call }) => {
        call("add", to.floats, place(0), fixedPlace(margin), output);
      },
    });
  }
  c.setOutput(op, node, {
    run: (gradient) => {
      c.addGradient(input, mapGradient(c, op.name, gradient, from, places));
    },
  });
}

function marginOf(
  to: Layout,
  { value, source }: { readonly value: number; readonly source: (index: number) => number },
): Float32Array {
  const margin = new Float32Array(to.floats);
  for (let index = 0; index < elementCount(to); index++) if (source(index) < 0) margin[positionOf(to, index)] = value;
  return margin;
}

/** Where an input's part of a concatenation lies: `blocks` runs of `width` floats. */
interface Part {
  readonly input: number;
  readonly blocks: number;
  readonly width: number;
  /** Floats from one run to the next, in the input and in the output. */
  readonly step: number;
  readonly outputStep: number;
  /** Of the first run in the output. */
  readonly begin: number;
}

export function lowerConcat(c: Compilation, op: Op<"concat">): void {
  const to = c.layout(op.output);
  const parts = partsOf(c, op, to);
  const node = c.flow.node({
    name: op.name,
    inputs: op.inputs.map((input) => c.node(input)),
    floats: to.floats,
    emit: ({ input, output, call }) => {
      if (op.axis === 0 && to.padded > to.channels) call("clearPadding", to.rows, to.channels, to.padded, output);
      for (const [at, { blocks, width, step, begin, outputStep }] of parts.entries()) {
        call("copyRows", blocks, width, input(at), step, offset(output, begin), outputStep);
      }
    },
  });
  c.setOutput(op, node, {
    run: (gradient) => {
      for (const part of parts) if (c.learns(part.input)) c.addGradient(part.input, takePart(c, op, gradient, part));
    },
  });
}

function partsOf(c: Compilation, { inputs, axis }: Op<"concat">, to: Layout): readonly Part[] {
  let before = 0;
  return inputs.map((input) => {
    const from = c.layout(input);
    const size = from.shape[axis] ?? 1;
    const at = before;
    before += size;
    if (axis === 0) {
      return { input, blocks: to.rows, width: size, step: from.padded, outputStep: to.padded, begin: at };
    }
    const inner = product(to.shape.slice(axis + 1)) * to.padded;
    const blocks = product(to.shape.slice(1, axis));
    const outputStep = (to.shape[axis] ?? 1) * inner;
    return { input, blocks, width: size * inner, step: size * inner, outputStep, begin: at * inner };
  });
}

function takePart(c: Compilation, { name, axis }: Op<"concat">, gradient: number, part: Part): number {
  const { rows, channels, padded, floats } = c.layout(part.input);
  return c.flow.node({
    name,
    inputs: [gradient],
    floats,
    accumulates: true,
    emit: ({ input, output, accumulate, call }) => {
      const from = offset(input(0), part.begin);
      if (accumulate === 0 && axis === 0 && padded > channels) call("clearPadding", rows, channels, padded, output);
      const kernel = accumulate === 1 ? "addRows" : "copyRows";
      call(kernel, part.blocks, part.width, from, part.outputStep, output, part.step);
    },
  });
}

/** Coordinates of element `index` of PyTorch's order. */
export function coordinatesOf(shape: readonly number[], index: number): number[] {
  const coordinates: number[] = [];
  let rest = index;
  for (const size of shape.toReversed()) {
    coordinates.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return coordinates;
}

export function indexOf(shape: readonly number[], coordinates: readonly number[]): number {
  return shape.reduce((index, size, axis) => index * size + (coordinates[axis] ?? 0), 0);
}
