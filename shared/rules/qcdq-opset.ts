import type { GraphNode } from "../graph/graph.js";
import { elementCount } from "../graph/graph.js";
import type { Rule } from "./types.js";
import { onnxExample } from "./support/example.js";
import { factsOf, type Facts } from "./support/facts.js";
import { reportLayers } from "./support/layer-findings.js";

export const qcdqOpset: Rule = {
  code: "qcdq-opset",
  summary: "QuantizeLinear needs opset 10; per channel, and Clip on integers, opset 13.",
  description: `
ONNX introduced \`QuantizeLinear\` and \`DequantizeLinear\` in opset 10, and the axis for scales per channel in 13; \`Clip\` takes integers from 12, which the exporters raise to 13
(qonnx, \`src/qonnx/transformation/qonnx_to_qcdq.py\`; brevitas, \`src/brevitas/export/onnx/standard/function.py\`). A file that uses them under an older opset does not load.
`,
  examples: {
    language: "onnx",
    bad: onnxExample({
      opset: 11,
      initializers: "int8[24,2,27] v; float[24] t; int8[24] u",
      nodes: `
d = DequantizeLinear <axis = 0> (v, t, u)
y = Conv (x, d)`,
    }),
    good: onnxExample({
      opset: 13,
      initializers: "int8[24,2,27] v; float[24] t; int8[24] u",
      nodes: `
d = DequantizeLinear <axis = 0> (v, t, u)
y = Conv (x, d)`,
    }),
  },
  severity: { itu2021: "error", finn: "error", hls4ml: "error", qcdq: "error" },
  check(context) {
    const facts = factsOf(context);
    const { opset } = context.graph;
    if (opset === undefined) return [];
    const offenders = context.graph.nodes.flatMap((node) => {
      const needed = neededOpset(facts, node);
      return needed !== undefined && needed > opset ? [{ node, needed }] : [];
    });
    return reportLayers(context, offenders, {
      message: (names, { node, needed }) =>
        `${names} uses ${node.opType} in a way that needs opset ${needed}, but the file has opset ${opset}; export it with opset ${needed}`,
    });
  },
};

function neededOpset(facts: Facts, node: GraphNode): number | undefined {
  switch (node.opType) {
    case "QuantizeLinear":
    case "DequantizeLinear":
      return elementCount(facts.shape(node.inputs[1]) ?? []) > 1 ? 13 : 10;
    case "Clip":
      return facts.producer(node.inputs[0] ?? "")?.opType === "QuantizeLinear" ? 13 : undefined;
    default:
      return undefined;
  }
}
