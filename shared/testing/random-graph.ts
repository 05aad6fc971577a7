/** Random small networks for property tests: quantised and float layers, residuals, shared tensors, computed constants. */
import fc from "fast-check";
import type { Graph } from "../graph/graph.js";
import { inferShapes } from "../graph/infer-shapes.js";
import { draftGraph, type DraftGraph } from "./draft-graph.js";

/** One layer to add; `from` and `other` pick among the tensors made so far. */
interface Step {
  readonly kind: "conv" | "quant" | "relu" | "add" | "mul" | "pool" | "identity" | "mystery" | "computedQuant";
  readonly from: number;
  readonly other: number;
  readonly bits: number;
  readonly scale: number | undefined;
  readonly signed: boolean;
  readonly quantised: boolean;
  readonly weights: readonly number[];
  readonly hasWeights: boolean;
}

const channels = 2;
const positions = 4;

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(
    ...([
      "conv",
      "conv",
      "conv",
      "quant",
      "quant",
      "relu",
      "add",
      "mul",
      "pool",
      "identity",
      "mystery",
      "computedQuant",
    ] as const),
  ),
  from: fc.nat(100),
  other: fc.nat(100),
  bits: fc.integer({ min: 1, max: 8 }),
  // No other width over the same range makes these scales exactly 1, which would change the name of the type.
  scale: fc.constantFrom(1, 0.7, 0.3, undefined),
  signed: fc.boolean(),
  quantised: fc.boolean(),
  weights: fc.array(
    fc.integer({ min: -8, max: 8 }).map((value) => value / 4),
    { minLength: 4, maxLength: 4 },
  ),
  hasWeights: fc.boolean(),
});

/** Graphs with their shapes inferred; every tensor between layers is 1×2×4. */
export const randomGraph: fc.Arbitrary<Graph> = fc.array(step, { minLength: 1, maxLength: 14 }).map((steps) => {
  const draft = draftGraph();
  const made = [draft.input("x", [1, channels, positions])];
  steps.forEach((options, index) => {
    const pick = (at: number) => made[at % made.length] ?? "x";
    made.push(addStep(draft, index, options, pick(options.from), pick(options.other)));
  });
  return inferShapes(draft.build(...made.slice(-1))).value;
});

function addStep(draft: DraftGraph, index: number, options: Step, from: string, other: string): string {
  const { bits, signed, scale } = options;
  const quantizer = { bits, signed, ...(scale !== undefined && { scale }) };
  switch (options.kind) {
    case "conv": {
      const weight = draft.constant(
        `w${index}`,
        [channels, channels, 1],
        options.hasWeights ? options.weights : undefined,
      );
      return draft.node("Conv", [from, options.quantised ? draft.quant(weight, quantizer) : weight], {
        kernel_shape: [1],
      });
    }
    case "quant":
      return draft.quant(from, quantizer);
    case "relu":
      return draft.node("Relu", [from]);
    case "add":
      return draft.node("Add", [from, other]);
    case "mul":
      return draft.node("Mul", [from, other]);
    case "pool":
      return draft.node("MaxPool", [from], { kernel_shape: [1] });
    case "identity":
      return draft.node("Identity", [from]);
    case "mystery":
      return draft.node("Softmax", [from]);
    case "computedQuant": {
      const width = draft.node("Ceil", [draft.constant(`bits${index}`, [], [bits - 0.5])]);
      const one = draft.constant(`one${index}`, [], [1]);
      const zero = draft.constant(`zero${index}`, [], [0]);
      return draft.node("Quant", [from, one, zero, width], { signed: Number(signed), narrow: 0 });
    }
  }
}
