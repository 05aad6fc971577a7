import type { GraphNode } from "../graph/graph.js";
import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf, type Facts } from "./support/facts.js";
import { isPowerOfTwo, soleValue } from "./support/quantizers.js";
import { averagePattern, poolWindow } from "./support/average-pool.js";
import { reportLayers } from "./support/layer-findings.js";

export const truncPowerOfTwo: Rule = {
  code: "trunc-power-of-two",
  summary: "A truncation divides by a power of two and does not widen.",
  description: `
\`Trunc\` drops low bits, so its output scale is its input scale times a power of two (qonnx, \`docs/qonnx-custom-ops/trunc_v1.md\`,
\`trunc_v2.md\`), its zero point is 0 (brevitas, \`src/brevitas/export/onnx/qonnx/handler.py\`), and it has at most as many output as input bits.
Behind an average pool over k values it stands for a division by k: only with k a power of two is the mean exact
(brevitas pull request 1042).
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantAvgPool1d(x, { kernelSize: 3, truncQuant: int(8) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantAvgPool1d(x, { kernelSize: 4, truncQuant: int(8) });`,
    }),
  },
  severity: { itu2021: "warning", finn: "error", hls4ml: "error", qcdq: "error" },
  check(context) {
    const facts = factsOf(context);
    const offenders = facts.graph.nodes
      .filter((node) => node.opType === "Trunc")
      .flatMap((node) => {
        const complaint = complaintAbout(facts, node);
        return complaint === undefined ? [] : [{ node, complaint }];
      });
    return reportLayers(context, offenders, {
      variant: ({ complaint }) => complaint,
      message: (names, { complaint }) => `The truncation in ${names} ${complaint}`,
    });
  },
};

/** What is wrong with a truncation; `undefined` when nothing is. */
function complaintAbout(facts: Facts, node: GraphNode): string | undefined {
  const [scale, zeroPoint, inBits, fourth, fifth] = node.inputs.slice(1).map((name) => soleValue(facts.tensor(name)));
  // Version 2 has the output's scale before its width; version 1 derives it from the widths.
  const [outScale, outBits] = fifth === undefined ? [undefined, fourth] : [fourth, fifth];
  if (zeroPoint !== undefined && zeroPoint !== 0) return `has the zero point ${zeroPoint} where only 0 is allowed`;
  if (inBits !== undefined && outBits !== undefined && outBits > inBits) {
    return `widens ${inBits} bits to ${outBits}, where it can only drop bits; ask for at most ${inBits}`;
  }
  if (scale !== undefined && outScale !== undefined && !isPowerOfTwo(outScale / scale)) {
    return `divides by ${outScale / scale} where a power of two is expected`;
  }
  const positions = averagedPositions(facts, node);
  if (positions !== undefined && !isPowerOfTwo(positions)) {
    return `stands for a mean of ${positions} values, which dropping bits cannot divide by; pool over ${2 ** Math.round(Math.log2(positions))} values or use actQuant`;
  }
  return undefined;
}

/** Values in one mean when the truncation ends an average pool's pattern. */
function averagedPositions(facts: Facts, trunc: GraphNode): number | undefined {
  const mul = facts.producer(trunc.inputs[0] ?? "");
  const pool = mul?.inputs.map((name) => facts.producer(name)).find((node) => node?.opType === "AveragePool");
  if (!pool || averagePattern(facts, pool)?.trunc !== trunc) return undefined;
  return poolWindow(facts, pool)?.reduce((product, size) => product * size, 1);
}
