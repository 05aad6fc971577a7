/**
 * How many elements of a constant are not zero after everything that is done to it before a multiplication:
 * quantised, transposed, reshaped. Counts, not shares, so that a cost stays a whole number.
 *
 * The last quantiser on the way is counted element by element and its output never stored, so a large file costs no
 * second copy of its weights. Counts are remembered by the identity of the weight's data.
 */
import { numberAttribute, stringAttribute } from "./attributes.js";
import { evaluateNode } from "./evaluate.js";
import { elementCount, type Graph, type GraphNode, type Tensor, type TensorData } from "./graph.js";
import { graphIndex } from "./graph-index.js";
import { reshapingOps } from "./values/layout.js";
import { integerRange, quantizerOf, type Quantizer } from "./values/quantizers.js";
import { hasValue, type TensorValue } from "./values/tensor-value.js";

export interface ElementCount {
  readonly elements: number;
  /** Whole unless the tensor states a density of its own. */
  readonly nonZero: number;
}

/** Bit widths of Quant nodes (by name) that a what-if changes. */
type ChangedBits = ReadonlyMap<string, number>;

const noChanges: ChangedBits = new Map();

/**
 * Counts the non-zero elements of a constant of a graph whose shapes are known and whose constants are not folded. A
 * tensor without values is dense. With `bits`, quantisers have other widths: their scale is widened so that the range stays what it was,
 * except a scale of exactly 1, which makes plain integers and stays 1.
 */
export function countNonZero(graph: Graph, tensor: string, bits: ChangedBits = noChanges): ElementCount {
  const { producers } = graphIndex(graph);
  let name = tensor;
  let producer = producers.get(name);
  while (producer && (reshapingOps.has(producer.opType) || producer.opType === "Transpose")) {
    name = producer.inputs[0] ?? "";
    producer = producers.get(name);
  }
  const elements = elementCount(graph.tensors.get(name)?.shape ?? []);
  if (producer && isQuantizer(producer)) {
    const inputs = constantInputs(graph, producer, bits);
    const density = graph.tensors.get(producer.inputs[0] ?? "")?.density;
    if (density !== undefined) return { elements, nonZero: density * elements };
    return { elements, nonZero: inputs ? countQuantized(producer, inputs, bits.get(producer.name)) : elements };
  }
  const density = graph.tensors.get(name)?.density;
  if (density !== undefined) return { elements, nonZero: density * elements };
  const value = constantValue(graph, name, bits);
  return { elements, nonZero: value ? countData(value.data) : elements };
}

/**
 * 1 where a constant becomes zero when its quantiser (a node that reads it) has rounded it; all 0 where the
 * quantiser's scale has no value yet.
 */
export function quantizedZeros(graph: Graph, tensor: Tensor, quantizer: GraphNode | undefined): Uint8Array {
  const elements = elementCount(tensor.shape ?? []);
  if (quantizer === undefined) return Uint8Array.from(tensor.data ?? [], (value) => (value === 0 ? 1 : 0));
  const inputs = constantInputs(graph, quantizer, noChanges);
  const quantize = inputs && quantizerOf(quantizer, inputs);
  return Uint8Array.from({ length: elements }, (_, index) => (quantize?.element(index) === 0 ? 1 : 0));
}

/** The names of the quantisers between a constant and its source: those whose width changes its count. */
export function quantizersOf(graph: Graph, tensor: string): readonly string[] {
  return ancestors(graph, tensor).flatMap((node) => (isQuantizer(node) ? [node.name] : []));
}

function isQuantizer(node: GraphNode): boolean {
  return node.opType === "Quant" || node.opType === "IntQuant";
}

function constantInputs(graph: Graph, node: GraphNode, bits: ChangedBits): readonly TensorValue[] | undefined {
  const values = node.inputs.map((name) => constantValue(graph, name, bits));
  return values.every(hasValue) ? values : undefined;
}

/** The value of a constant, computed from its ancestors where nodes make it; nothing recursive, however long the chain. */
function constantValue(graph: Graph, tensor: string, bits: ChangedBits): TensorValue | undefined {
  const values = new Map<string, Tensor>();
  const valueOf = (name: string) => values.get(name) ?? graph.tensors.get(name);
  for (const node of ancestors(graph, tensor)) {
    const inputs = node.inputs.map(valueOf);
    const made = bits.has(node.name) && inputs.every(hasValue) ? requantize(node, inputs, bits) : undefined;
    for (const value of made ?? evaluateNode(node, inputs) ?? []) values.set(value.name, value);
  }
  const value = valueOf(tensor);
  return hasValue(value) ? value : undefined;
}

/** The nodes that a tensor is computed from, in graph order. */
function ancestors(graph: Graph, tensor: string): readonly GraphNode[] {
  const { producers, positions } = graphIndex(graph);
  const found = new Set<GraphNode>();
  const open = [tensor];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = producers.get(name);
    if (node === undefined || found.has(node)) continue;
    found.add(node);
    for (const input of node.inputs) open.push(input);
  }
  return [...found].sort((a, b) => (positions.get(a) ?? 0) - (positions.get(b) ?? 0));
}

function requantize(node: GraphNode, inputs: readonly TensorValue[], bits: ChangedBits): readonly Tensor[] {
  const [name] = node.outputs;
  const quantizer = quantizerOf(node, inputs, changeOf(node, inputs, bits.get(node.name)));
  if (name === undefined || quantizer === undefined) return [];
  const data = new Float32Array(elementCount(quantizer.shape));
  for (let index = 0; index < data.length; index++) data[index] = quantizer.element(index);
  return [{ name, elementType: "float32", shape: quantizer.shape, constant: true, data }];
}

/** Counts by weight data: the same weights are counted for every edit of the model that holds them. */
const countsOfData = new WeakMap<TensorData, Map<string, number>>();

function countQuantized(node: GraphNode, inputs: readonly TensorValue[], changedBits: number | undefined): number {
  const [input, scale, zeroPoint, bitWidth] = inputs;
  const change = changeOf(node, inputs, changedBits);
  const quantizer = quantizerOf(node, inputs, change);
  if (!input || !scale || !zeroPoint || !quantizer) return 0;
  const attributes = ["signed", "narrow"].map((name) => numberAttribute(node, name, 0));
  const key = JSON.stringify([
    [change?.bits ?? bitWidth?.data[0], change?.scaleFactor, input.shape, attributes],
    [stringAttribute(node, "rounding_mode", "ROUND"), scale.shape, zeroPoint.shape],
    [scale.data.join(), zeroPoint.data.join()],
  ]);
  const counts = countsOfData.get(input.data) ?? new Map<string, number>();
  countsOfData.set(input.data, counts);
  let count = counts.get(key);
  if (count === undefined) {
    count = countElements(quantizer, input.data);
    counts.set(key, count);
  }
  return count;
}

function countElements(quantizer: Quantizer, data: TensorData): number {
  const { plain } = quantizer;
  let count = 0;
  if (plain === undefined) {
    for (let index = 0; index < data.length; index++) if (quantizer.element(index) !== 0) count++;
    return count;
  }
  const countBlock = plain.signed && data instanceof Float32Array ? countOutside : countNotZero;
  for (let start = 0; start < data.length; start += plain.block) {
    count += countBlock(data.subarray(start, start + plain.block), plain.scaleAt(start), plain.signed);
  }
  return count;
}

/** Half-to-even rounding gives zero exactly within half a step; written so that NaN counts, as it does in NumPy. */
function countNotZero(data: TensorData, scale: number, signed: boolean): number {
  const lowest = signed ? -0.5 : -Infinity;
  let count = 0;
  for (const element of data) {
    const scaled = Math.fround(element / scale);
    if (!(scaled >= lowest && scaled <= 0.5)) count++;
  }
  return count;
}

/**
 * The same for signed quantisers of float32, without a floating-point operation per element: floats without their
 * sign are in the order of their bits, NaN last. A short run of the terminal program spends its time in code that V8
 * has not optimised yet, where each such operation, and each step of an iterator, allocates.
 */
function countOutside(data: TensorData, scale: number): number {
  const largest = largestInside(scale);
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
  let count = 0;
  for (let index = 0; index < data.length; index++) if (((bits[index] ?? 0) & 0x7fffffff) > largest) count++;
  return count;
}

const float = new Float32Array(1);
const floatBits = new Int32Array(float.buffer);

/** The bits of the largest float32 that `scale` takes to at most one half. */
function largestInside(scale: number): number {
  float[0] = scale / 2;
  let bits = floatBits[0] ?? 0;
  const isInside = (candidate: number) => {
    floatBits[0] = candidate;
    return Math.fround((float[0] ?? 0) / scale) <= 0.5;
  };
  while (!isInside(bits)) bits--;
  while (isInside(bits + 1)) bits++;
  return bits;
}

/** How a quantiser differs in a what-if: other bits over the same range, so the scale grows as the levels get fewer. */
function changeOf(
  node: GraphNode,
  [, scale, , bitWidth]: readonly TensorValue[],
  bits: number | undefined,
): { readonly bits: number; readonly scaleFactor: number } | undefined {
  if (bits === undefined) return undefined;
  const current = bitWidth?.data[0];
  if (current === undefined || scale?.data.every((value) => value === 1) === true) return { bits, scaleFactor: 1 };
  return { bits, scaleFactor: steps(node, current) / steps(node, bits) };
}

/** Steps from zero to the end of the range that sets the scale in Brevitas: the lowest integer when signed, else the highest. */
function steps(node: GraphNode, bits: number): number {
  const signed = numberAttribute(node, "signed", 1) !== 0;
  const { min, max } = integerRange(bits, signed, numberAttribute(node, "narrow", 0) !== 0);
  return Math.max(1, signed ? -min : max);
}

function countData(data: TensorData): number {
  let count = 0;
  for (const element of data) if (element !== 0) count++;
  return count;
}
