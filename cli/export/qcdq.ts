/** The QCDQ form of a trained network, refused where the rules of the profile `qcdq` say that there is none. */
import { analyzeOnnx, defaultAnalysisOptions } from "../../shared/analysis/analyze.js";
import type { Graph } from "../../shared/graph/graph.js";
import { toQcdq } from "../../shared/onnx/qcdq/convert.js";
import { rules } from "../../shared/rules/index.js";
import { CliError } from "../errors.js";
import { findingsOf } from "../output/findings.js";

/** Throws a `CliError` with the sentences of the rules that the graph breaks for QCDQ. */
export function qcdqOf(graph: Graph, file: string): Graph {
  const analysis = analyzeOnnx(graph, { ...defaultAnalysisOptions, profile: "qcdq", severities: otherRulesOff });
  const refused = findingsOf(file, analysis).filter(({ severity }) => severity === "error");
  if (refused.length > 0)
    throw new CliError(refused.map(({ message, code }) => `${file}: ${message} (${code})`).join("\n"));
  return toQcdq(graph);
}

/** The rules about what QuantizeLinear, Clip and DequantizeLinear can express. */
const qcdqLimits: ReadonlySet<string> = new Set([
  "bit-width-range",
  "rounding-mode",
  "scale-granularity",
  "non-uniform-quantiser",
  "unsupported-op",
  "bias-quantiser",
]);

/** Some of the others look at every weight. */
const otherRulesOff = Object.fromEntries(
  rules.filter(({ code }) => !qcdqLimits.has(code)).map(({ code }) => [code, "off" as const]),
);
