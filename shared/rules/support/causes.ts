/**
 * Why a multiplication reads its input at full width. One cause per multiplication, so that each is reported by
 * exactly one rule: the most specific one.
 */
import { isIntegerLike } from "../../graph/datatype.js";
import type { GraphNode } from "../../graph/graph.js";
import type { RuleContext } from "../types.js";
import { factsOf, type Facts, type Mac } from "./facts.js";
import { isNarrow, keepsType, typeSource, type TypeSource } from "./flow.js";
import { isQuantizer } from "./quantizers.js";

/**
 * - `input`: nothing quantises the model's input before it.
 * - `sum`: an elementwise sum of two computed tensors.
 * - `average`: an average pool.
 * - `batchNorm`: a batch norm between the quantiser and the multiplication.
 * - `accumulator`: a sum or product that is read as it is (another multiplication's result, a `mul`, a `sub`).
 * - `quantizer`: a quantiser that the tools do not accept; its own rules say why.
 * - `other`: any other op that gives a float.
 */
export type Cause = "input" | "sum" | "average" | "batchNorm" | "accumulator" | "quantizer" | "other";

/** A multiplication charged 32 bits for its input. `tensor` is where a quantiser belongs, `node` makes that tensor. */
export interface WideInput extends TypeSource {
  readonly mac: Mac;
  readonly cause: Cause;
  /** The node that the cause is about; absent for the model's input. */
  readonly culprit: GraphNode | undefined;
}

/** Every priced multiplication whose input is not a narrow integer, with its cause. Memoised on the run. */
export function wideInputs(context: RuleContext): readonly WideInput[] {
  let found = wideInputsOfContext.get(context);
  if (found === undefined) {
    const losses = new Map<string, Loss | undefined>();
    found = factsOf(context).macs.flatMap((mac) => {
      if (mac.cost === undefined) return [];
      const source = typeSource(context, mac.input);
      if (!losses.has(source.tensor)) losses.set(source.tensor, lossAt(context, source));
      const loss = losses.get(source.tensor);
      return loss ? [{ mac, ...source, ...loss }] : [];
    });
    wideInputsOfContext.set(context, found);
  }
  return found;
}

const wideInputsOfContext = new WeakMap<RuleContext, readonly WideInput[]>();

type Loss = Pick<WideInput, "cause" | "culprit">;

/** Ops with one operand through which a float stays the same problem. */
const elementwise: ReadonlySet<string> = new Set([
  ...["Relu", "Elu", "Selu", "LeakyRelu", "PRelu", "Sigmoid", "HardSigmoid", "Tanh", "Clip", "Softplus"],
  ...["Pad", "Dropout", "Neg", "Abs", "Squeeze", "Unsqueeze", "Cast", "Expand", "Tile", "Trunc"],
]);

const averages: ReadonlySet<string> = new Set(["AveragePool", "GlobalAveragePool", "ReduceMean"]);
const accumulating: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul", "Mul", "Sub", "Add"]);

function lossAt(context: RuleContext, { tensor, node }: TypeSource): Loss | undefined {
  const type = factsOf(context).type(tensor);
  if (node === undefined) return isIntegerLike(type) ? undefined : { cause: "input", culprit: undefined };
  if (isQuantizer(node)) return isIntegerLike(type) ? undefined : { cause: "quantizer", culprit: node };
  return isNarrow(type) ? undefined : floatCause(context, node);
}

/** From the node that gives the float back through what only passes it on, to what made it. */
function floatCause(context: RuleContext, node: GraphNode): Loss {
  const facts = factsOf(context);
  let at = node;
  while (elementwise.has(at.opType) || isScaling(facts, at) || keepsType(context, at)) {
    const input = at.inputs.find((name) => facts.tensor(name)?.constant !== true) ?? "";
    if (isNarrow(facts.type(input))) return { cause: "other", culprit: node };
    const before = facts.producer(input);
    if (before === undefined) return { cause: "input", culprit: undefined };
    at = before;
  }
  const cause = directCause(facts, at);
  // A bare accumulator or batch norm is the cause only when it is what the multiplication reads.
  const hidden = at !== node && (cause === "accumulator" || cause === "batchNorm");
  return hidden ? { cause: "other", culprit: node } : { cause, culprit: at };
}

function directCause(facts: Facts, node: GraphNode): Cause {
  if (isQuantizer(node)) return "quantizer";
  if (isSum(facts, node)) return "sum";
  if (averages.has(node.opType)) return "average";
  if (node.opType === "BatchNormalization" && isNarrow(facts.type(node.inputs[0] ?? ""))) return "batchNorm";
  return accumulating.has(node.opType) ? "accumulator" : "other";
}

/** True for a product with a constant, as behind an average pool that is to give the exact sum. */
function isScaling(facts: Facts, { opType, inputs }: GraphNode): boolean {
  return (opType === "Mul" || opType === "Div") && inputs.some((name) => facts.tensor(name)?.constant === true);
}

/** True for an elementwise sum of two computed tensors (not the addition of a constant). */
export function isSum(facts: Facts, node: GraphNode): boolean {
  if (node.opType !== "Add" || node.inputs.length !== 2) return false;
  return node.inputs.every((name) => facts.tensor(name)?.constant !== true);
}

/** True for ops that average: their results are fractions. */
export function isAverage(node: GraphNode): boolean {
  return averages.has(node.opType);
}
