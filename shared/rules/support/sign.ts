/** Which tensors can have no negative value, from the ops that made them. */
import { numberAttribute } from "../../graph/attributes.js";
import type { RuleContext } from "../types.js";
import { factsOf } from "./facts.js";

/** Results of these are never below 0. */
const nonNegativeOps: ReadonlySet<string> = new Set([
  "Relu",
  "Sigmoid",
  "HardSigmoid",
  "Softmax",
  "Abs",
  "Exp",
  "Softplus",
]);

/** Results of these are as non-negative as all their computed inputs. */
const transparentOps: ReadonlySet<string> = new Set([
  ...["Add", "Mul", "Concat", "MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool", "ReduceMean"],
  ...["Reshape", "Flatten", "Transpose", "Slice", "Gather", "Identity", "Squeeze", "Unsqueeze", "Pad", "Dropout"],
  ...["Resize", "Upsample", "Expand", "Tile", "Trunc"],
]);

/** True when the tensor cannot be negative; memoised on the run. */
export function isNonNegative(context: RuleContext, tensor: string): boolean {
  let known = knownOfContext.get(context);
  if (known === undefined) {
    known = new Map();
    knownOfContext.set(context, known);
  }
  return infer(context, tensor, known);
}

const knownOfContext = new WeakMap<RuleContext, Map<string, boolean>>();

/** Depth first with a list instead of recursion: a chain may have more nodes than the call stack has frames. */
function infer(context: RuleContext, tensor: string, known: Map<string, boolean>): boolean {
  const facts = factsOf(context);
  const pending = [tensor];
  for (let at = pending.at(-1); at !== undefined; at = pending.at(-1)) {
    const node = facts.producer(at);
    const decided = known.get(at) ?? decideAlone(context, at);
    if (decided !== undefined || node === undefined) {
      known.set(at, decided ?? false);
      pending.pop();
      continue;
    }
    const inputs = node.inputs.filter((name) => name !== "" && !isShapeOperand(node.opType, node.inputs, name));
    const open = inputs.filter((name) => !known.has(name));
    if (open.length > 0) {
      pending.push(...open);
    } else {
      known.set(
        at,
        inputs.every((name) => known.get(name)),
      );
      pending.pop();
    }
  }
  return known.get(tensor) ?? false;
}

/** What a tensor says without its ancestors; `undefined` when they decide. */
function decideAlone(context: RuleContext, name: string): boolean | undefined {
  const facts = factsOf(context);
  const tensor = facts.tensor(name);
  if (tensor?.constant === true) return tensor.data?.every((value) => value >= 0) ?? false;
  const node = facts.producer(name);
  if (node === undefined) return false;
  if (nonNegativeOps.has(node.opType)) return true;
  const quantizer = facts.quantizerOf(name);
  // A signed uniform quantiser keeps the sign of what it quantises; the others have negative levels of their own.
  if (quantizer?.kind === "uniform" && quantizer.signed) return undefined;
  if (quantizer)
    return quantizer.kind === "uniform" && (quantizer.zeroPoint?.data?.every((zero) => zero === 0) ?? true);
  if (node.opType === "Clip") {
    const least = numberAttribute(node, "min", facts.tensor(node.inputs[1])?.data?.[0] ?? -Infinity);
    return least >= 0;
  }
  return transparentOps.has(node.opType) ? undefined : false;
}

/** Quantiser parameters, shapes and indices do not carry a sign on. */
function isShapeOperand(opType: string, inputs: readonly string[], name: string): boolean {
  return opType !== "Add" && opType !== "Mul" && opType !== "Concat" && inputs[0] !== name;
}
