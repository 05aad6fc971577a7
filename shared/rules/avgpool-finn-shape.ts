import { numbersAttribute, stringAttribute } from "../graph/attributes.js";
import type { GraphNode } from "../graph/graph.js";
import type { Rule } from "./types.js";
import { averagePattern, poolWindow, type AveragePattern } from "./support/average-pool.js";
import { modelExample } from "./support/example.js";
import { factsOf, type Facts } from "./support/facts.js";
import { isQuantizer, soleValue } from "./support/quantizers.js";
import { listed } from "./support/wording.js";
import { reportLayers } from "./support/layer-findings.js";

export const avgpoolFinnShape: Rule = {
  code: "avgpool-finn-shape",
  summary: "An average pool for FINN is 2-D, square, without padding, and truncated downwards.",
  description: `
FINN turns \`AveragePool → Mul(k²) → Trunc\` into one hardware layer only when the kernel is two-dimensional and square, both strides are
equal, there is no padding, and the \`Trunc\` rounds down (\`FLOOR\`) with zero point 0 and constant scalar widths. To find the sign of the input it looks back
through \`Add\`, \`Mul\`, \`AveragePool\` and \`Pad\` only (finn, \`src/finn/transformation/qonnx/infer_quant_avg_pool_2d.py\`).
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantAvgPool1d(x, { kernelSize: 4, truncQuant: int(8) });`,
    }),
    good: modelExample({
      inputShape: "[1, 2, 32, 32]",
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantAvgPool2d(x, { kernelSize: 4, truncQuant: int(8) });`,
    }),
  },
  severity: { itu2021: "off", finn: "error", hls4ml: "off", qcdq: "off" },
  check(context) {
    const facts = factsOf(context);
    const offenders = facts.graph.nodes.flatMap((node) => {
      const pattern = averagePattern(facts, node);
      const complaints = pattern ? complaintsAbout(facts, pattern) : [];
      return complaints.length > 0 ? [{ node, complaints }] : [];
    });
    return reportLayers(context, offenders, {
      variant: ({ complaints }) => complaints.join(),
      message: (names, { complaints }) =>
        `The average pool ${names} has ${listed(complaints)}, so FINN cannot make a hardware layer of it`,
    });
  },
};

/** What is in FINN's way, in words. */
function complaintsAbout(facts: Facts, { pool, trunc }: AveragePattern): string[] {
  const complaints: string[] = [];
  const window = poolWindow(facts, pool) ?? [];
  const strides = numbersAttribute(pool, "strides") ?? [];
  const pads = numbersAttribute(pool, "pads") ?? [];
  if (window.length !== 2) complaints.push(`a ${window.length}-D window where 2-D is expected`);
  else if (window[0] !== window[1]) complaints.push(`the window ${window.join("×")} where a square one is expected`);
  if (strides.some((stride) => stride !== strides[0]))
    complaints.push(`the strides ${strides.join("×")} where equal ones are expected`);
  if (pads.some((pad) => pad !== 0)) complaints.push("padding where none is expected");
  const rounding = stringAttribute(trunc, "rounding_mode", "FLOOR").toUpperCase();
  if (rounding !== "FLOOR") complaints.push(`a Trunc that rounds by ${rounding} where FLOOR is expected`);
  const [, , zeroPoint, ...widths] = trunc.inputs.map((name) => soleValue(facts.tensor(name)));
  if (zeroPoint !== 0) complaints.push("a Trunc without the constant zero point 0");
  if (widths.some((width) => width === undefined)) complaints.push("a Trunc whose bit widths are no constant scalars");
  if (!signIsKnown(facts, pool)) complaints.push("an input whose sign FINN cannot find");
  return complaints;
}

/** Ops that FINN looks back through for the quantiser that says the sign. */
const linear: ReadonlySet<string> = new Set(["Add", "Mul", "AveragePool", "Pad"]);

function signIsKnown(facts: Facts, pool: GraphNode): boolean {
  let node = facts.producer(pool.inputs[0] ?? "");
  while (node && linear.has(node.opType)) node = facts.producer(node.inputs[0] ?? "");
  return node !== undefined && isQuantizer(node);
}
