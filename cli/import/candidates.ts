/** What a file of weights holds, sorted by what it can be in a network. */
import { numberAttribute } from "../../shared/graph/attributes.js";
import type { Graph, GraphNode, Shape, TensorData } from "../../shared/graph/graph.js";
import { hasValue } from "../../shared/graph/values/tensor-value.js";
import type { WeightSet } from "../../shared/weights/types.js";
import { readWeightsFromOnnx } from "../../shared/weights/weights-from-onnx.js";
import type { ParameterSpec } from "../train/program.js";

/** A tensor of the file. */
export interface Candidate {
  readonly name: string;
  /** Absent for what no parameter can be. */
  readonly kind?: ParameterSpec["kind"];
  readonly shape: Shape;
  readonly data: TensorData;
}

/** Counters of PyTorch's batch norms: nothing of the network depends on them. */
const counter = /(?:^|\.)num_batches_tracked$/;

/** The learned threshold of a Brevitas quantiser (0.6: `scaling_impl.value`). */
const threshold = /(?:^|\.)scaling_impl\.value$/;

/** The tensors of a state dictionary or a safetensors file, by the names that PyTorch and Brevitas give them. */
export function candidatesOf({ entries }: WeightSet): readonly Candidate[] {
  const names = new Set(entries.map(({ name }) => name));
  return entries
    .filter(({ name }) => !counter.test(name))
    .map(({ name, shape, data }) => {
      const kind = kindOf(name, shape, names);
      return kind === undefined ? { name, shape, data } : { name, kind, shape, data };
    });
}

function kindOf(name: string, shape: Shape, names: ReadonlySet<string>): ParameterSpec["kind"] | undefined {
  if (threshold.test(name) || name.endsWith(".threshold")) return "threshold";
  const dot = name.lastIndexOf(".");
  const normalizes = names.has(`${name.slice(0, dot)}.running_mean`);
  switch (name.slice(dot + 1)) {
    case "running_mean":
      return "runningMean";
    case "running_var":
      return "runningVar";
    case "bias":
      return normalizes ? "beta" : "bias";
    case "weight":
      return normalizes ? "gamma" : "weight";
    default:
      return shape.length > 1 ? "weight" : undefined;
  }
}

const normKinds = ["gamma", "beta", "runningMean", "runningVar"] as const;

/**
 * The tensors of an ONNX graph in the order of its nodes. A quantiser of activations has a scale there where training
 * has a threshold: `threshold = scale * 2^(bits-1)` signed (narrow: one integer less), `scale * (2^bits - 1)` unsigned.
 */
export function candidatesOfOnnx(graph: Graph): readonly Candidate[] {
  const weights: Candidate[] = readWeightsFromOnnx(graph).entries.map(({ name, shape, data }) => ({
    name,
    kind: "weight",
    shape,
    data,
  }));
  const made = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  return [...weights, ...graph.nodes.flatMap((node) => nodeCandidates(graph, node, made))];
}

function nodeCandidates(graph: Graph, node: GraphNode, made: ReadonlySet<string>): readonly Candidate[] {
  const constant = (name = "", kind: ParameterSpec["kind"]): Candidate[] => {
    const tensor = graph.tensors.get(name);
    return hasValue(tensor) ? [{ name, kind, shape: tensor.shape, data: tensor.data }] : [];
  };
  switch (node.opType) {
    case "BatchNormalization":
      return normKinds.flatMap((kind, index) => constant(node.inputs[index + 1], kind));
    case "Conv":
    case "ConvTranspose":
    case "Gemm":
      return constant(biasOf(graph, node.inputs[2] ?? ""), "bias");
    case "Quant":
      return isActivation(graph, node, made) ? thresholdOf(graph, node) : [];
    default:
      return [];
  }
}

/** The stored bias, before its quantiser. */
function biasOf(graph: Graph, name: string): string {
  const quantizer = graph.nodes.find(({ opType, outputs }) => opType === "Quant" && outputs[0] === name);
  return quantizer?.inputs[0] ?? name;
}

function isActivation(graph: Graph, { inputs: [input = ""] }: GraphNode, made: ReadonlySet<string>): boolean {
  return made.has(input) || graph.inputs.includes(input);
}

function thresholdOf(graph: Graph, node: GraphNode): readonly Candidate[] {
  const [, scaleName = "", , bitsName = ""] = node.inputs;
  const scale = graph.tensors.get(scaleName);
  const bits = graph.tensors.get(bitsName)?.data?.[0];
  if (!hasValue(scale) || bits === undefined) return [];
  const narrow = numberAttribute(node, "narrow", 0);
  const integers = numberAttribute(node, "signed", 1) === 0 ? 2 ** bits - 1 - narrow : 2 ** (bits - 1) - narrow;
  const data = Float32Array.from(scale.data, (value) => value * integers);
  return [{ name: scaleName, kind: "threshold", shape: scale.shape, data }];
}
