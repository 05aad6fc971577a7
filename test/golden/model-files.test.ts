import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import bacalhaunet from "../../examples/bacalhaunet/bacalhaunet.model.js";
import vgg10 from "../../examples/vgg10/vgg10.model.js";
import { graphFromJson, type Graph, type GraphNode } from "../../shared/graph/graph.js";
import { inferShapes } from "../../shared/graph/infer-shapes.js";
import { readOnnx } from "../../shared/onnx/read.js";
import { goldenPath, hasGolden } from "../../shared/testing/golden.js";

/**
 * Ops with the attributes that change what they compute, and their output shapes. Left out: how a bias's bit width
 * is computed (the originals round it up in the graph), and the stride of a pool over all positions.
 */
function outline(graph: Graph) {
  const shaped = inferShapes(graph).value;
  return shaped.nodes
    .filter(({ opType }) => opType !== "Ceil")
    .map(({ opType, attributes, outputs }) => {
      const shape = shaped.tensors.get(outputs[0] ?? "")?.shape;
      const { momentum, epsilon, strides, ...exact } = withoutRounding(attributes);
      const rounded = { momentum: Math.fround(Number(momentum)), epsilon: Math.fround(Number(epsilon)) };
      const last = opType === "MaxPool" && shape?.at(-1) === 1;
      return { opType, shape, ...exact, ...rounded, ...(!last && { strides }) };
    });
}

/** Brevitas 0.6 does not write the rounding mode, which is the default everywhere here. */
function withoutRounding({ rounding_mode, ...attributes }: GraphNode["attributes"]) {
  expect([undefined, "ROUND"]).toContain(rounding_mode);
  return attributes;
}

/** Nodes by op type: which of two independent nodes is written first has no meaning. */
function byOpType(graph: Graph) {
  const groups: Record<string, ReturnType<typeof outline>> = {};
  for (const node of outline(graph)) (groups[node.opType] ??= []).push(node);
  return groups;
}

describe.skipIf(!hasGolden)("the originals' graphs", () => {
  it.each([
    ["vgg10_w8a8.onnx", vgg10],
    ["bacalhaunet_gold.onnx", bacalhaunet],
  ])("%s has the same nodes, attributes and shapes", (file, model) => {
    const { value } = readOnnx(readFileSync(goldenPath("onnx", file)));
    expect(value).toBeDefined();
    expect(byOpType(graphFromJson(model.graph))).toEqual(byOpType(value!));
  });
});
