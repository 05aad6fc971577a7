/**
 * Values for constants that have none: the parameters of a model file before training.
 *
 * The cost of the written file must be the model's own dense cost, also when a tool applies its sparsity discount, so
 * every quantised weight must be non-zero; zeros would make the model free of cost. The values are a fixed pattern,
 * the same at every run:
 * - weights behind a quantiser: the quantiser's integers but zero, in turn, times its scale;
 * - other weights: 1, -1, 2, -2, ... 127, -127, in turn, times 2^-8 (times 1 for integer tensors);
 * - a quantiser's unknown scale: 2^-bits, never 1, which would mean plain integers; when the weight has values, their
 *   statistic;
 * - BatchNormalization: gamma 1, beta 0, mean 0, variance 1; biases and zero points 0.
 */
import { numberAttribute } from "../graph/attributes.js";
import { elementCount, type Graph, type GraphNode, type Tensor, type TensorData } from "../graph/graph.js";
import { integerRange } from "../graph/values/quantizers.js";
import { broadcastIndex, isIntegerType } from "../graph/values/tensor-value.js";
import { type IntegerGrid, statisticsScale } from "../weights/scale-statistics.js";

/** Gives a constant's value: the given one, its own, or a placeholder; undefined for text. */
export type ConstantValues = (tensor: Tensor) => TensorData | undefined;

/** A node that reads a tensor, and as which of its inputs. */
interface Use {
  readonly node: GraphNode;
  readonly input: number;
}

/** Inputs of a Quant node. */
const WEIGHT = 0;
const SCALE = 1;
const ZERO_POINT = 2;
const BIT_WIDTH = 3;

const DEFAULT_BITS = 8;

/** @param given values by tensor name that go before the graph's own. */
export function constantValues(graph: Graph, given: ReadonlyMap<string, TensorData>): ConstantValues {
  const uses = quantizersFirst(graph);
  const made = new Map<string, TensorData>();
  const known = (tensor: Tensor | undefined) => tensor && (given.get(tensor.name) ?? tensor.data);
  const valueOf: ConstantValues = (tensor) => {
    if (tensor.elementType === "string") return undefined;
    const value = known(tensor) ?? made.get(tensor.name) ?? placeholder(tensor);
    made.set(tensor.name, value);
    return value;
  };
  const placeholder = (tensor: Tensor): TensorData => {
    const use = uses.get(tensor.name);
    if (use?.node.opType === "Quant") return quantParameter(tensor, use);
    const constant = use && plainParameter(use);
    if (constant !== undefined) return filled(tensor, constant);
    return pattern(tensor, integersWithoutZero(-127, 127), () => (isIntegerType(tensor.elementType) ? 1 : 2 ** -8));
  };
  const quantParameter = (tensor: Tensor, { node, input }: Use): TensorData => {
    const parameter = (position: number) => graph.tensors.get(node.inputs[position] ?? "");
    const first = (position: number) => {
      const found = parameter(position);
      return found && valueOf(found)?.[0];
    };
    if (input === ZERO_POINT) return filled(tensor, 0);
    if (input === BIT_WIDTH) return filled(tensor, DEFAULT_BITS);
    const grid = integerGrid(node, first(BIT_WIDTH) ?? DEFAULT_BITS);
    if (input === SCALE) {
      const weight = parameter(WEIGHT);
      const data = known(weight);
      if (data === undefined) return filled(tensor, 2 ** -grid.bits);
      return statisticsScale(data, weight?.shape ?? [], tensor.shape ?? [], grid);
    }
    if (isBias(uses.get(node.outputs[0] ?? ""))) return filled(tensor, 0);
    const scale = parameter(SCALE);
    const scales = scale && valueOf(scale);
    const at = broadcastIndex(scale?.shape ?? [], tensor.shape ?? []);
    return pattern(tensor, quantizedIntegers(grid, first(ZERO_POINT) ?? 0), (index) => scales?.[at(index)] ?? 1);
  };
  return valueOf;
}

/** The first node that reads each tensor; a quantiser goes before others, because it says more about the values. */
function quantizersFirst(graph: Graph): ReadonlyMap<string, Use> {
  const uses = new Map<string, Use>();
  const add = (node: GraphNode): void => {
    node.inputs.forEach((name, input) => {
      if (!uses.has(name)) uses.set(name, { node, input });
    });
  };
  graph.nodes.filter((node) => node.opType === "Quant").forEach(add);
  graph.nodes.forEach(add);
  return uses;
}

function isBias(use: Use | undefined): boolean {
  return use?.input === 2 && ["Conv", "ConvTranspose", "Gemm"].includes(use.node.opType);
}

/** The one value of a parameter that is no weight; undefined for weights. */
function plainParameter(use: Use): number | undefined {
  if (isBias(use)) return 0;
  if (use.node.opType !== "BatchNormalization") return undefined;
  return use.input === 1 || use.input === 4 ? 1 : 0;
}

function integerGrid(node: GraphNode, bits: number): IntegerGrid {
  const flag = (name: string, fallback: number) => numberAttribute(node, name, fallback) !== 0;
  return { bits, signed: flag("signed", 1), narrow: flag("narrow", 0) };
}

/** The integers that a quantiser gives, minus its zero point, without 0. */
function quantizedIntegers({ bits, signed, narrow }: IntegerGrid, zeroPoint: number): readonly number[] {
  // A signed 1-bit quantiser gives -1 or +1 whatever its range is.
  if (signed && bits === 1) return [1 - zeroPoint, -1 - zeroPoint].filter((integer) => integer !== 0);
  const { min, max } = integerRange(bits, signed, narrow);
  return integersWithoutZero(min - zeroPoint, max - zeroPoint);
}

/** 1, -1, 2, -2, ... within the range, at most up to 127, which any float type holds exactly; [0] if there is none. */
function integersWithoutZero(min: number, max: number): readonly number[] {
  const integers: number[] = [];
  for (let size = 1; size <= 127; size++) {
    if (size <= max) integers.push(size);
    if (-size >= min) integers.push(-size);
  }
  return integers.length === 0 ? [0] : integers;
}

function filled(tensor: Tensor, value: number): TensorData {
  return new Float32Array(elementCount(tensor.shape ?? [])).fill(value);
}

/** The integers in turn, times the scale; with a known density, that share of the elements, and 0 between them. */
function pattern(tensor: Tensor, integers: readonly number[], scaleAt: (index: number) => number): TensorData {
  const data = new Float32Array(elementCount(tensor.shape ?? []));
  const density = tensor.density ?? 1;
  let used = 0;
  for (let index = 0; index < data.length; index++) {
    if (Math.round((index + 1) * density) === used) continue;
    data[index] = (integers[used++ % integers.length] ?? 0) * scaleAt(index);
  }
  return data;
}
