/** Operators that move, repeat or add up elements as a table says: pads, reshapes, transposes, broadcasts, pools, interpolation. */
import type { NodeId } from "../flow/flow.js";
import { fixedPlace, type Place } from "../flow/place.js";
import { elementCount, positionOf, type Layout } from "../layout.js";
import type { Compilation } from "./compilation.js";

/** For each output row the input rows that it is made of, with their weights. */
export interface SparseMap {
  /** Floats of a row: 1 for tables of single elements. */
  readonly width: number;
  /** Of each output row: offsets of input rows in floats. */
  readonly entries: readonly (readonly number[])[];
  /** Like `entries`; absent: all 1. */
  readonly weights?: readonly (readonly number[])[];
}

/** The table that takes element `source(i)` of PyTorch's order for output element `i`; a negative source gives 0. */
export function elementMap(from: Layout, to: Layout, source: (index: number) => number): SparseMap {
  const entries: number[][] = Array.from({ length: to.floats }, () => []);
  for (let index = 0; index < elementCount(to); index++) {
    const at = source(index);
    if (at >= 0) entries[positionOf(to, index)]?.push(positionOf(from, at));
  }
  return { width: 1, entries };
}

/** The table that takes rows (positions) as they are. */
export function rowMap(
  { padded }: Layout,
  rows: readonly (readonly number[])[],
  weights?: readonly (readonly number[])[],
): SparseMap {
  const entries = rows.map((sources) => sources.map((row) => row * padded));
  return { width: padded, entries, ...(weights && { weights }) };
}

/** A sparse map in the shared memory. */
export interface MapPlaces {
  readonly rows: number;
  readonly width: number;
  readonly starts: Place;
  readonly offsets: Place;
  readonly weights: Place | 0;
}

/** @param key names the map within the program */
export function placeMap({ store }: Compilation, key: string, make: () => SparseMap): MapPlaces {
  let made: SparseMap | undefined;
  const map = (): SparseMap => (made ??= make());
  const starts = store.integerTable(`${key} starts`, () => startsOf(map().entries));
  const offsets = store.integerTable(`${key} offsets`, () => Int32Array.from(map().entries.flat()));
  const shape = store.integerTable(`${key} shape`, () =>
    Int32Array.of(map().entries.length, map().width, map().weights ? 1 : 0),
  );
  const [rows = 0, width = 0, hasWeights = 0] = store.arena.integers(shape, 3);
  const weights = hasWeights
    ? fixedPlace(store.floatTable(`${key} weights`, () => Float32Array.from((map().weights ?? []).flat())))
    : 0;
  return { rows, width, starts: fixedPlace(starts), offsets: fixedPlace(offsets), weights };
}

function startsOf(entries: readonly (readonly number[])[]): Int32Array {
  const starts = new Int32Array(entries.length + 1);
  for (const [row, list] of entries.entries()) starts[row + 1] = (starts[row] ?? 0) + list.length;
  return starts;
}

/** A node that applies a sparse map. */
export function mapNode(c: Compilation, name: string, input: NodeId, to: Layout, map: MapPlaces): NodeId {
  return c.flow.node({
    name,
    inputs: [input],
    floats: to.floats,
    accumulates: true,
    emit: ({ input: place, output, accumulate, call }) => {
      call("sparse", map.rows, map.width, place(0), map.starts, map.offsets, map.weights, output, accumulate);
    },
  });
}

/** The gradient of `mapNode`'s input. */
export function mapGradient(c: Compilation, name: string, gradient: NodeId, from: Layout, map: MapPlaces): NodeId {
  return c.scatter({ name, inputs: [gradient], floats: from.floats }, ({ input, output, call }) => {
    call("sparseGrad", map.rows, map.width, input(0), map.starts, map.offsets, map.weights, output);
  });
}
