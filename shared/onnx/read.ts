/**
 * Reads ONNX files: QONNX, Brevitas, FINN and QCDQ dialects, opset-independent.
 *
 * What comes out is the file's graph as it stands: nodes sorted, names kept, values in typed arrays.
 * Shape inference and constant folding are `shared/graph`'s.
 */
import type { Graph, TensorData } from "../graph/graph.js";
import { buildGraph } from "./build-graph.js";
import { FileError } from "./file-error.js";
import { describeFileKind } from "./file-kind.js";
import { readModel } from "./model-proto.js";
import { WireReader } from "./wire.js";

/** Protocol Buffers end at 2 GiB; whoever reads a file from disk should refuse larger ones before reading. */
export const MAX_ONNX_BYTES = 2 ** 31 - 1;

/**
 * What values may take beside the file's own bytes. Half floats double; integers that are packed in a variable length, as
 * shapes are, become eight times as large, which the base is for.
 */
const VALUES_PER_BYTE = 2;
const VALUES_BASE = 48 * 2 ** 20;

/**
 * The densest thing of a network, an unnamed node between unnamed tensors or a scalar without a name, takes 40 times its
 * bytes once it is read; with names that differ it is less, and a whole network takes 10 times.
 */
const STRUCTURE_PER_BYTE = 40;

/**
 * What nodes, attributes and names may take of any file, in bytes: half of the memory that a process or a thread of ours
 * has for them at the least, because costing takes as much again. Some 100,000 quantised layers.
 */
const MOST_STRUCTURE = 2 ** 30;

export interface OnnxReadResult {
  /** Absent when the file cannot be used. */
  readonly value: Graph | undefined;
  /** One sentence each, without the file's name. With a `value` they tell what was left out. */
  readonly problems: readonly { readonly message: string }[];
}

export interface OnnxReadOptions {
  /**
   * Values that the file should have, by the names of their tensors. A tensor whose bytes are those of its array, bit for
   * bit, gets that array: a file that has just been made is read without a second copy of its weights.
   */
  readonly known?: ReadonlyMap<string, TensorData>;
}

/**
 * Reads an ONNX model from the bytes of its file.
 *
 * Never throws on what the bytes are. Allocates at most twice their length plus 48 MB for values, and for what they
 * describe 40 times their length, at most 1 GiB. int64 values are widened to float64 and refused beyond 2^53; float16 and bfloat16 become float32, int4 is unpacked.
 * A free first dimension of an input (the batch) becomes 1. All forms of `Constant` nodes have a tensor
 * `value`. The domain of `Quant` nodes is "qonnx.custom_op.general" whatever it is in the file.
 */
export function readOnnx(bytes: Uint8Array, { known }: OnnxReadOptions = {}): OnnxReadResult {
  try {
    const { graph, notes } = parse(bytes, known);
    return { value: graph, problems: notes.map((message) => ({ message })) };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return { value: undefined, problems: [{ message: error.message }] };
  }
}

function parse(bytes: Uint8Array, known: OnnxReadOptions["known"]): ReturnType<typeof buildGraph> {
  if (bytes.length === 0)
    throw new FileError("The file is empty, where an ONNX model is expected; export the model again.");
  if (bytes.length > MAX_ONNX_BYTES) {
    throw new FileError(
      `The file has ${bytes.length} bytes, where ONNX allows 2 GiB at most; it is no ONNX model or was damaged.`,
    );
  }
  const budget = {
    values: VALUES_BASE + VALUES_PER_BYTE * bytes.length,
    structure: Math.min(STRUCTURE_PER_BYTE * bytes.length, MOST_STRUCTURE),
  };
  const model = readModelOr(bytes, () => readModel(WireReader.open(bytes, "the model", budget, known)));
  const { graph } = model;
  if (graph === undefined) {
    throw (
      notOnnx(bytes) ??
      new FileError("The file has no graph in it; it is no ONNX model or was cut short: export it again.")
    );
  }
  if (model.opsets.size === 0 && model.irVersion >= 3) {
    throw new FileError(
      "The file ends before its list of operator sets: it was cut short; export or download it again.",
    );
  }
  return buildGraph(model, graph);
}

function readModelOr<Model>(bytes: Uint8Array, read: () => Model): Model {
  try {
    return read();
  } catch (error) {
    throw (error instanceof FileError ? notOnnx(bytes) : undefined) ?? error;
  }
}

function notOnnx(bytes: Uint8Array): FileError | undefined {
  const kind = describeFileKind(bytes);
  return kind === undefined
    ? undefined
    : new FileError(
        `The file is ${kind}, where an ONNX model is expected; choose the .onnx file that the exporter wrote.`,
      );
}
