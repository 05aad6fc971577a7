import type { Finding, Rule, RuleContext } from "./types.js";
import type { Shape } from "../graph/graph.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";

/** The challenge's: one frame of 1024 I/Q samples. */
const challengeShape: Shape = [1, 2, 1024];

export const staticInputShape: Rule = {
  code: "static-input-shape",
  summary: "The input has batch 1 and a fixed shape; in the challenge 1×2×1024.",
  description: `
The cost is that of one inference, and the batch counts in multiplications and outputs, so it has to be 1. A submission to the challenge has the input (1, 2, 1024), with all pre- and
post-processing inside the graph (ITU-ML5G-PS-007-BacalhauNet, \`README.md\`, "Inference Cost").
`,
  examples: {
    bad: modelExample({
      inputShape: "[1, 2, 512]",
      properties: "challenge: itu2021(),",
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      properties: "challenge: itu2021(),",
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "error", finn: "error", hls4ml: "error", qcdq: "error" },
  *check(context) {
    const expected = expectedShape(context);
    for (const name of context.graph.inputs) {
      const shape = factsOf(context).shape(name);
      if (shape === undefined) {
        yield finding(
          context,
          name,
          `The input ${name} has no fixed shape${expected ? `, where ${written(expected)} is expected` : ""}; export the model with batch 1 and literal sizes.`,
        );
      } else if (expected && !sameShape(shape, expected)) {
        yield finding(
          context,
          name,
          `The input has the shape ${written(shape)} where ${context.definition?.challenge?.name ?? "itu2021"} expects ${written(expected)}.`,
          expected,
        );
      } else if (shape[0] !== 1 && shape.length > 0) {
        const single = [1, ...shape.slice(1)];
        yield finding(
          context,
          name,
          `The input has the shape ${written(shape)}, a batch of ${shape[0] ?? 0}, where the cost of one inference needs batch 1.`,
          single,
        );
      }
    }
  },
};

/** A model file says itself whether it takes part; an ONNX file that is checked for the challenge does. */
function expectedShape({ definition, profile, graph }: RuleContext): Shape | undefined {
  if (definition) return definition.challenge?.inputShape;
  return profile === "itu2021" && graph.inputs.length === 1 ? challengeShape : undefined;
}

function finding({ definition, graph }: RuleContext, input: string, message: string, shape?: Shape): Finding {
  if (definition) {
    return {
      message,
      target: { kind: "model", path: ["input", "shape"] },
      ...(shape && {
        fixes: [
          {
            title: `Set the input's shape to ${written(shape)}`,
            preferred: true,
            edits: [{ kind: "setModelProperty", path: ["input", "shape"], text: `[${shape.join(", ")}]` }],
          },
        ],
      }),
    };
  }
  const reader = graph.nodes.find((node) => node.inputs.includes(input));
  return { message, target: reader ? { kind: "node", node: reader.name } : { kind: "model" } };
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

function written(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}
