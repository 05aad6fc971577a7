import type { Rule } from "./types.js";
import { numbersAttribute } from "../graph/attributes.js";
import { onnxExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { reportLayers } from "./support/layer-findings.js";

const pools: ReadonlySet<string> = new Set(["MaxPool", "AveragePool", "LpPool"]);

export const dynamicKernel: Rule = {
  code: "dynamic-kernel",
  summary: "The kernel of a pool or convolution is a fixed number in the file.",
  description: `
A kernel whose size depends on the input at run time cannot be exported, and without its size neither shapes nor costs are known. PyTorch meets it when a global pool is written with the
input's length as kernel (BacalhauNet, \`notebooks/bacalhaunetv1_quant.py\`: the literal 128 stands there for that reason). In a model file \`kernelSize: x.length\` is fine: it is a number when the
graph is built.
`,
  examples: {
    language: "onnx",
    bad: onnxExample({ nodes: `y = MaxPool <strides = [1]> (x)` }),
    good: onnxExample({ nodes: `y = MaxPool <kernel_shape = [1024], strides = [1]> (x)` }),
  },
  severity: { itu2021: "error", finn: "error", hls4ml: "error", qcdq: "error" },
  check(context) {
    const facts = factsOf(context);
    const offenders = facts.counted.filter((node) => {
      if (numbersAttribute(node, "kernel_shape") !== undefined) return false;
      return pools.has(node.opType) || (node.opType === "Conv" && facts.shape(node.inputs[1]) === undefined);
    });
    return reportLayers(
      context,
      offenders.map((node) => ({ node })),
      { message: (names) => `The kernel of ${names} is not fixed in the file; export it with a literal kernel size` },
    );
  },
};
