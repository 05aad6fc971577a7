import type { Rule } from "./types.js";
import { onnxExample } from "./support/example.js";
import { factsOf, type Facts, type Mac } from "./support/facts.js";
import { reportLayers } from "./support/layer-findings.js";

export const groupDivisibility: Rule = {
  code: "group-divisibility",
  summary: "The number of groups divides the input and the output channels.",
  description: `
Each group of a convolution has the same number of input and of output channels. The cost tools stop with "Invalid group setting" otherwise
(qonnx, \`src/qonnx/analysis/inference_cost.py\`), and PyTorch does not build the layer.

In a model file \`groups\` is checked when the layer is made, and reported under this code; the greatest divisor is used until it is mended.
`,
  examples: {
    language: "onnx",
    bad: onnxExample({ nodes: `y = Conv <group = 3> (x, w)` }),
    good: onnxExample({ initializers: "float[24,1,27] w", nodes: `y = Conv <group = 2> (x, w)` }),
  },
  severity: { itu2021: "error", finn: "error", hls4ml: "error", qcdq: "error" },
  check(context) {
    const facts = factsOf(context);
    const offenders = facts.macs.flatMap((mac) => {
      const complaint = complaintAbout(facts, mac);
      return complaint === undefined ? [] : [{ node: mac.node, complaint }];
    });
    return reportLayers(context, offenders, {
      path: ["groups"],
      variant: ({ complaint }) => complaint,
      message: (names, { complaint }) => `The convolution ${names} ${complaint}`,
    });
  },
};

function complaintAbout(facts: Facts, { node, input, weight, groups }: Mac): string | undefined {
  if (node.opType !== "Conv") return undefined;
  const channels = facts.shape(input)?.[1];
  const [out, perGroup] = facts.shape(weight) ?? [];
  if (channels === undefined || out === undefined || perGroup === undefined) return undefined;
  if (channels % groups !== 0 || out % groups !== 0) {
    return `has ${groups} groups, which do not divide its ${channels} input and ${out} output channels`;
  }
  return perGroup * groups === channels
    ? undefined
    : `has a weight for ${perGroup} channels in each of ${groups} groups, but its input has ${channels}`;
}
