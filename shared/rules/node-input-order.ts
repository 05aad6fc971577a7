import type { Rule } from "./types.js";
import { onnxExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { reportLayers } from "./support/layer-findings.js";

/** Ops with two operands of which one may be a constant, and where the order does not change the meaning of the graph's tools. */
const twoOperands: ReadonlySet<string> = new Set(["MatMul", "Gemm", "Conv", "Add", "Mul"]);

export const nodeInputOrder: Rule = {
  code: "node-input-order",
  summary: "The computed input of a node comes first, the constant one second.",
  description: `
The tools take the first input for the activations and the second for the weights: with a constant in the first place, types, costs and layouts get mixed up. qonnx has an analysis that checks it
(qonnx, \`src/qonnx/analysis/topology.py\`). For \`Add\` and \`Mul\` the operands can be exchanged as they are, for \`MatMul\` with transposed operands. Layers of a model file always have the right order.
`,
  examples: {
    language: "onnx",
    bad: onnxExample({ initializers: "float[2,2] m", nodes: `y = MatMul (m, x)` }),
    good: onnxExample({ initializers: "float[1024,24] m", nodes: `y = MatMul (x, m)` }),
  },
  severity: { itu2021: "warning", finn: "error", hls4ml: "error", qcdq: "error" },
  check(context) {
    const facts = factsOf(context);
    const offenders = facts.counted.filter(({ opType, inputs: [first, second] }) => {
      if (!twoOperands.has(opType)) return false;
      return facts.tensor(first)?.constant === true && facts.tensor(second)?.constant !== true;
    });
    return reportLayers(
      context,
      offenders.map((node) => ({ node })),
      {
        message: (names, { node }) =>
          `${names} has the constant ${node.inputs[0] ?? ""} as its first input and the computed ${node.inputs[1] ?? ""} as its second, where the tools expect them the other way round`,
      },
    );
  },
};
