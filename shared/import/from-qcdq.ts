/**
 * From QCDQ (QuantizeLinear, Clip, DequantizeLinear) to `Quant` nodes: the inverse of `onnx/qcdq/convert.ts`, and the
 * form in which ONNX Runtime, Brevitas and TensorRT write quantised networks.
 */
import { numberAttribute } from "../graph/attributes.js";
import { qonnxDomain } from "../graph/domains.js";
import { freshName } from "../graph/fresh-name.js";
import {
  elementCount,
  type ElementType,
  type Graph,
  type GraphNode,
  type Shape,
  type Tensor,
  type TensorData,
} from "../graph/graph.js";
import { graphIndex } from "../graph/graph-index.js";
import { withShapes } from "../graph/prepare.js";
import { integerRange } from "../graph/values/quantizers.js";
import {
  broadcastIndex,
  hasValue,
  heldValues,
  type DeferValues,
  type ReusedMemory,
} from "../graph/values/tensor-value.js";
import { withUpsample } from "../onnx/qcdq/modern-operators.js";
import { storedTensor, valuesOf, viewGraph, type GraphView } from "./graph-view.js";

interface Rewriting {
  readonly view: GraphView;
  readonly tensors: Map<string, Tensor>;
  readonly withValues: DeferValues;
}

/**
 * The graph with every quantiser that a `Quant` node can express in that form; itself when there is none.
 * @param withValues defers the floats of weights that are stored as integers.
 */
export function fromQcdq(
  original: Graph,
  withValues: DeferValues = heldValues,
): { readonly graph: Graph; readonly changed: boolean } {
  if (!original.nodes.some(({ opType }) => opType === "DequantizeLinear")) return { graph: original, changed: false };
  const graph = withShapes(original);
  const rewriting = { view: viewGraph(graph), tensors: new Map(graph.tensors), withValues };
  const rewritten = new Set<GraphNode>();
  const nodes = graph.nodes.map((node) => {
    const quant = node.opType === "DequantizeLinear" ? quantFor(rewriting, node) : undefined;
    if (quant) rewritten.add(quant);
    return quant ?? withUpsample(node);
  });
  if (rewritten.size === 0) return { graph: original, changed: false };
  const needed = readNodes({ ...graph, nodes });
  return {
    graph: { ...graph, nodes: nodes.filter((node) => needed.has(node)), tensors: rewriting.tensors },
    changed: true,
  };
}

/** What nothing reads any more (the QuantizeLinear and Clip of a rewritten quantiser) goes. */
function readNodes(graph: Graph): ReadonlySet<GraphNode> {
  const { producers } = graphIndex(graph);
  const wanted = new Set(["QuantizeLinear", "Clip"]);
  const read = new Set(graph.outputs);
  for (const node of graph.nodes.toReversed()) {
    const isRead = !wanted.has(node.opType) || node.outputs.some((name) => read.has(name));
    if (isRead) node.inputs.forEach((name) => read.add(name));
  }
  return new Set(
    graph.nodes.filter(
      (node) => !wanted.has(node.opType) || node.outputs.some((name) => read.has(name) && producers.has(name)),
    ),
  );
}

/** The range that a quantiser has; the container's, or the clip's. */
interface Range {
  readonly min: number;
  readonly max: number;
}

const containers: Readonly<Partial<Record<ElementType, Range>>> = {
  int8: { min: -128, max: 127 },
  uint8: { min: 0, max: 255 },
  int4: { min: -8, max: 7 },
  uint4: { min: 0, max: 15 },
  int16: { min: -32_768, max: 32_767 },
  uint16: { min: 0, max: 65_535 },
  int32: { min: -(2 ** 31), max: 2 ** 31 - 1 },
};

function quantFor({ view, tensors, withValues }: Rewriting, node: GraphNode): GraphNode | undefined {
  const source = sourceBefore(view, node.inputs[0] ?? "");
  const scale = storedTensor(view, node.inputs[1] ?? "");
  const zero = valuesOf(view, node.inputs[2]) ?? [0];
  if (source === undefined || !hasValue(scale) || !zero.every((value) => value === zero[0])) return undefined;
  const grid = gridOf(source.range);
  const shape = view.graph.tensors.get(node.outputs[0] ?? "")?.shape;
  if (grid === undefined || shape === undefined) return undefined;
  const axis = numberAttribute(node, "axis", 1);
  const scaleShape = channelShape(scale, shape, axis < 0 ? axis + shape.length : axis);
  if (scaleShape === undefined) return undefined;
  const zeroPoint = zero[0] ?? 0;
  const constant = (suffix: string, size: Shape, make: (memory: ReusedMemory) => TensorData): string => {
    const name = freshName(tensors, `${node.outputs[0] ?? "quant"}.${suffix}`);
    tensors.set(name, withValues({ name, elementType: "float32", shape: size, constant: true }, make));
    return name;
  };
  const input =
    source.kind === "tensor"
      ? source.name
      : constant("float", shape, (memory) =>
          fillFloats(memory, source.integers, { ...scale, shape: scaleShape }, zeroPoint),
        );
  const parameters = [
    constant("scale", scaleShape, () => Float32Array.from(scale.data)),
    constant("zero_point", [], () => Float32Array.of(zeroPoint)),
    constant("bit_width", [], () => Float32Array.of(grid.bits)),
  ];
  return {
    ...{ name: node.name, opType: "Quant", domain: qonnxDomain, outputs: node.outputs },
    inputs: [input, ...parameters],
    attributes: { signed: Number(grid.signed), narrow: Number(grid.narrow), rounding_mode: "ROUND" },
  };
}

type Source =
  | { readonly kind: "tensor"; readonly name: string; readonly range: Range }
  /** A constant that is stored as integers. */
  | { readonly kind: "integers"; readonly integers: Tensor; readonly range: Range };

/** What is quantised, behind an optional Clip and a QuantizeLinear. */
function sourceBefore(view: GraphView, name: string): Source | undefined {
  const stored = storedTensor(view, name);
  if (stored) return integersOf(stored);
  const node = view.index.producers.get(name);
  if (node?.opType === "Clip") {
    const before = sourceBefore(view, node.inputs[0] ?? "");
    const [min, max] = [valuesOf(view, node.inputs[1])?.[0], valuesOf(view, node.inputs[2])?.[0]];
    const range = { min: min ?? -Infinity, max: max ?? Infinity };
    return before && { ...before, range: within(before.range, range) };
  }
  if (node?.opType !== "QuantizeLinear") return undefined;
  const type = view.graph.tensors.get(node.inputs[2] ?? "")?.elementType ?? "uint8";
  const range = containers[type];
  return range && { kind: "tensor", name: node.inputs[0] ?? "", range };
}

function within(a: Range, b: Range): Range {
  return { min: Math.max(a.min, b.min), max: Math.min(a.max, b.max) };
}

function integersOf(integers: Tensor): Source | undefined {
  const range = containers[integers.elementType];
  return range && { kind: "integers", integers, range };
}

interface Grid {
  readonly bits: number;
  readonly signed: boolean;
  readonly narrow: boolean;
}

/** The quantiser with exactly this range. */
function gridOf({ min, max }: Range): Grid | undefined {
  for (let bits = 1; bits <= 32; bits++) {
    for (const [signed, narrow] of [
      [true, false],
      [true, true],
      [false, false],
      [false, true],
    ] as const) {
      const range = integerRange(bits, signed, narrow);
      if (range.min === min && range.max === max) return { bits, signed, narrow };
    }
  }
  return undefined;
}

/** One scale, or one along the axis in the form in which `Quant` broadcasts it. */
function channelShape({ data, shape = [] }: Tensor, of: Shape, axis: number): Shape | undefined {
  if (data?.length === 1) return [];
  if (elementCount(shape) !== of[axis]) return undefined;
  return of.map((size, at) => (at === axis ? size : 1));
}

function fillFloats(memory: ReusedMemory, { data, shape = [] }: Tensor, scale: Tensor, zeroPoint: number): TensorData {
  const at = broadcastIndex(scale.shape ?? [], shape);
  const floats = memory("float32", data?.length ?? 0);
  const scales = scale.data ?? [];
  const only = scales.length === 1 ? scales[0] : undefined;
  for (let index = 0; index < floats.length; index++)
    floats[index] = ((data?.[index] ?? 0) - zeroPoint) * (only ?? scales[at(index)] ?? 1);
  return floats;
}
