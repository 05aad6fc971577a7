import type { Rule } from "./types.js";
import { onnxExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { layerTarget, relatedEntries } from "./support/targets.js";
import { plural } from "./support/wording.js";

export const qcdqCost: Rule = {
  code: "qcdq-cost",
  summary: "The cost is computed on a QONNX file, not on a QCDQ one.",
  description: `
QCDQ (\`QuantizeLinear → Clip → DequantizeLinear\`) stores values in 8-bit containers, and qonnx's cost tool sees the container: 4 bits are charged as 8
(\`src/qonnx/transformation/infer_datatypes.py\`; \`src/qonnx/transformation/qcdq_to_qonnx.py\`, \`extract_elem_type\`). finn-base does not know these nodes at all: everything behind them is FLOAT32. One finding per model.
`,
  examples: {
    language: "onnx",
    bad: onnxExample({
      initializers: "int8[24,2,27] v; float[] t = {0.1}; int8[] u = {0}",
      nodes: `
d = DequantizeLinear (v, t, u)
y = Conv (x, d)`,
    }),
    good: onnxExample({
      nodes: `
q = qonnx.custom_op.general.Quant <signed = 1, narrow = 1> (w, s, z, b)
y = Conv (x, q)`,
    }),
  },
  severity: { itu2021: "error", finn: "error", hls4ml: "error", qcdq: "warning" },
  *check(context) {
    const facts = factsOf(context);
    const found = context.graph.nodes.filter(({ opType }) => opType === "DequantizeLinear");
    const [first, ...others] = found;
    if (first === undefined) return;
    const charged =
      context.cost.flavor === "qonnx"
        ? "so its values are charged at the width of their containers"
        : "which finn-base takes for floats, charged 32 bits";
    yield {
      message: `The file has ${plural(found.length, "DequantizeLinear node")}, ${charged}; compute the cost on the QONNX export of the same model.`,
      target: layerTarget(facts, first),
      ...relatedEntries(
        others,
        (node) => layerTarget(facts, node),
        (node) => `also ${node.name}`,
      ),
    };
  },
};
