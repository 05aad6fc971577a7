/** Quantiser nodes read once: what each quantises and how. */
import { numberAttribute, stringAttribute } from "../../graph/attributes.js";
import type { GraphNode, Tensor, TensorData } from "../../graph/graph.js";

export interface Quantizer {
  readonly node: GraphNode;
  /** `bipolar` is the ONNX op of that name; the DSL's `binary()` is a uniform quantiser of one bit. */
  readonly kind: "uniform" | "bipolar" | "codebook";
  /** A constant that feeds no multiplication is a `parameter`. */
  readonly use: "weight" | "bias" | "activation" | "parameter";
  readonly input: string;
  readonly output: string;
  /** Static, whole and positive; else `undefined`. */
  readonly bits: number | undefined;
  readonly signed: boolean;
  readonly narrow: boolean;
  /** `ROUND` (half to even), `FLOOR`, ... */
  readonly rounding: string;
  readonly scale: Tensor | undefined;
  readonly zeroPoint: Tensor | undefined;
  readonly bitWidth: Tensor | undefined;
}

const kinds: Readonly<Record<string, Quantizer["kind"]>> = {
  Quant: "uniform",
  IntQuant: "uniform",
  BipolarQuant: "bipolar",
  CodebookQuant: "codebook",
};

/** True for the nodes that `readQuantizer` reads. */
export function isQuantizer(node: GraphNode): boolean {
  return node.opType in kinds;
}

/** Reads a quantiser node; `tensor` gives tensors with their constants folded. */
export function readQuantizer(
  node: GraphNode,
  use: Quantizer["use"],
  tensor: (name: string | undefined) => Tensor | undefined,
): Quantizer | undefined {
  const kind = kinds[node.opType];
  const [input, scale, zeroPoint, bitWidth] = node.inputs;
  const [output] = node.outputs;
  if (kind === undefined || input === undefined || output === undefined) return undefined;
  const uniform = kind === "uniform";
  const width = uniform ? tensor(bitWidth) : undefined;
  return {
    node,
    kind,
    use,
    input,
    output,
    bits: uniform ? staticBits(width) : defaultBits[kind],
    signed: !uniform || numberAttribute(node, "signed", 1) !== 0,
    narrow: uniform && numberAttribute(node, "narrow", 0) !== 0,
    rounding: stringAttribute(node, "rounding_mode", "ROUND"),
    scale: tensor(scale),
    zeroPoint: uniform ? tensor(zeroPoint) : undefined,
    bitWidth: width,
  };
}

/** Widths of quantisers that have no operand for it. */
const defaultBits: Readonly<Record<Exclude<Quantizer["kind"], "uniform">, number | undefined>> = {
  bipolar: 1,
  codebook: undefined,
};

/** The value of a one-element constant, whatever its rank. */
export function soleValue(tensor: Tensor | undefined): number | undefined {
  return tensor?.data?.length === 1 ? tensor.data[0] : undefined;
}

/** The first element of a constant's data that fails a test. */
export function firstFailing(data: TensorData | undefined, accepts: (value: number) => boolean): number | undefined {
  return data?.find((value) => !accepts(value));
}

/** `uint(6)`, `int(8)`: how the model file writes such a quantiser. */
export function quantizerText(bits: number, signed: boolean): string {
  return `${signed ? "int" : "uint"}(${bits})`;
}

/** True for a mean-preserving scale such as 0.125: the exponent alone says it. */
export function isPowerOfTwo(value: number): boolean {
  return value > 0 && Number.isInteger(Math.log2(value));
}

function staticBits(bitWidth: Tensor | undefined): number | undefined {
  const value = bitWidth?.constant === true ? soleValue(bitWidth) : undefined;
  return value !== undefined && Number.isInteger(value) && value > 0 ? value : undefined;
}
