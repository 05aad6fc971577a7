import { numbersAttribute } from "../graph/attributes.js";
import type { GraphNode } from "../graph/graph.js";
import type { Rule } from "./types.js";
import { poolWindow } from "./support/average-pool.js";
import { modelExample } from "./support/example.js";
import { factsOf, type Facts } from "./support/facts.js";
import { layerFix, reportLayers } from "./support/layer-findings.js";
import { isNonNegative } from "./support/sign.js";

export const finnMaxpoolStride: Rule = {
  code: "finn-maxpool-stride",
  summary: "For FINN the windows of a max pool do not overlap, and padding does not win the maximum.",
  description: `
FINN's streaming max pool has stride = kernel, and pads with 0 (finn, \`src/finn/transformation/fpgadataflow/convert_to_hw_layers.py\`). With signed values a padded 0 would win over negative ones,
where ONNX pads with minus infinity.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantReLU(x, { actQuant: uint(4) });
return maxPool1d(x, { kernelSize: 4, stride: 2 });`,
    }),
    good: modelExample({
      forward: `
x = quantReLU(x, { actQuant: uint(4) });
return maxPool1d(x, { kernelSize: 4 });`,
    }),
  },
  severity: { itu2021: "off", finn: "warning", hls4ml: "off", qcdq: "off" },
  check(context) {
    const facts = factsOf(context);
    const pools = facts.counted.filter((node) => node.opType === "MaxPool");
    const overlapping = pools.flatMap((node) => {
      const [kernel, strides] = [poolWindow(facts, node), stridesOf(facts, node)];
      return kernel && strides.join() !== kernel.join()
        ? [{ node, complaint: overlapText(kernel, strides), option: "stride" }]
        : [];
    });
    const padded = pools
      .filter(
        (node) =>
          numbersAttribute(node, "pads")?.some((pad) => pad !== 0) && !isNonNegative(context, node.inputs[0] ?? ""),
      )
      .map((node) => ({
        node,
        complaint: "pads signed values with 0, which wins over negative ones; put the pool behind a ReLU",
        option: "padding",
      }));
    return reportLayers(context, [...overlapping, ...padded], {
      variant: ({ complaint }) => complaint,
      message: (names, { complaint }) => `The max pool ${names} ${complaint}`,
      fixes: ({ node, option }) =>
        option === "stride" && facts.layerOf(node)?.options.stride !== undefined
          ? layerFix(context, node, (origin) => ({
              title: "Leave stride out, which then is the kernel's size",
              edits: [{ kind: "removeOption", origin, path: ["stride"] }],
            }))
          : [],
    });
  },
};

function stridesOf(facts: Facts, node: GraphNode): readonly number[] {
  return numbersAttribute(node, "strides") ?? (poolWindow(facts, node) ?? []).map(() => 1);
}

function overlapText(kernel: readonly number[], strides: readonly number[]): string {
  return `has the stride ${strides.join("×")} and the kernel ${kernel.join("×")} where FINN's streaming max pool needs equal ones`;
}
