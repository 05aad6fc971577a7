/** Builds one-off models in tests. */
import type { DataType } from "../../graph/datatype.js";
import type { GraphNode } from "../../graph/graph.js";
import { defineModel, type Model, type Tensor } from "../index.js";

export interface Built {
  readonly model: Model;
  /** Shape and finn-base data type of what forward returned. */
  readonly shape: readonly number[];
  readonly dataType: DataType;
  /** Op types in order. */
  readonly ops: readonly string[];
  /** Codes of the problems, in order. */
  readonly codes: readonly string[];
  /** The node with this op type; throws when there is not exactly one. */
  readonly node: (opType: string) => GraphNode;
  /** Shape of the tensor that is a node's n-th input. */
  readonly inputShape: (opType: string, input: number) => readonly number[] | undefined;
}

/** Runs `forward` on an input of this shape. */
export function build(shape: readonly number[], forward: (x: Tensor) => Tensor): Built {
  let output: { readonly shape: readonly number[]; readonly dataType: DataType } | undefined;
  const model = defineModel({
    name: "test",
    input: { shape },
    forward(x) {
      const y = forward(x);
      output = { shape: y.shape, dataType: y.dataType };
      return y;
    },
  });
  if (output === undefined) throw new Error("forward did not run to its end");
  const { nodes, tensors } = model.graph;
  const node = (opType: string) => {
    const found = nodes.filter((candidate) => candidate.opType === opType);
    if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} nodes of type ${opType}`);
    return found[0];
  };
  return {
    model,
    ...output,
    ops: nodes.map(({ opType }) => opType),
    codes: model.problems.map(({ code }) => code),
    node,
    inputShape: (opType, input) => tensors.find(({ name }) => name === node(opType).inputs[input])?.shape,
  };
}
