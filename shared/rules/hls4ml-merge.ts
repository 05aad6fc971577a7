import { numberAttribute, stringAttribute } from "../graph/attributes.js";
import type { GraphNode } from "../graph/graph.js";
import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf, type Facts } from "./support/facts.js";
import { reportLayers } from "./support/layer-findings.js";

const merges: ReadonlySet<string> = new Set(["Add", "Sub", "Mul", "Concat", "Max", "Min"]);

/** Dimensions of a concatenation, batch included, that hls4ml handles. */
const mostDimensions = 4;

export const hls4mlMerge: Rule = {
  code: "hls4ml-merge",
  summary: "For hls4ml merges join two tensors of at most three dimensions, and padding is zeros.",
  description: `
hls4ml merges exactly two tensors at a time, concatenates tensors of at most three dimensions (without the batch), and pads with constant zeros only
(\`hls4ml/converters/onnx/merge.py\`, \`hls4ml/converters/onnx/reshape.py\`). Chain merges of more tensors.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return concat([x, x, x]);`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return concat([concat([x, x]), x]);`,
    }),
  },
  severity: { itu2021: "off", finn: "off", hls4ml: "error", qcdq: "off" },
  check(context) {
    const facts = factsOf(context);
    const offenders = facts.counted.flatMap((node) => {
      const complaint = complaintAbout(facts, node);
      return complaint === undefined ? [] : [{ node, complaint }];
    });
    return reportLayers(context, offenders, {
      variant: ({ complaint }) => complaint,
      message: (names, { complaint }) => `${names} ${complaint}`,
    });
  },
};

function complaintAbout(facts: Facts, node: GraphNode): string | undefined {
  if (merges.has(node.opType)) {
    const { length } = node.inputs;
    if (length > 2) return `merges ${length} tensors where hls4ml merges two at a time; chain them`;
    const rank = facts.shape(node.inputs[0])?.length ?? 0;
    if (node.opType === "Concat" && rank > mostDimensions) {
      return `concatenates tensors of ${rank - 1} dimensions where hls4ml handles at most ${mostDimensions - 1}; reshape them before`;
    }
  }
  if (node.opType !== "Pad") return undefined;
  const mode = stringAttribute(node, "mode", "constant");
  if (mode !== "constant") return `pads by ${mode} where hls4ml pads with zeros only`;
  const value = facts.tensor(node.inputs[2])?.data?.[0] ?? numberAttribute(node, "value", 0);
  return value === 0 ? undefined : `pads with ${value} where hls4ml pads with zeros only`;
}
