/** Average pools as FINN recognises them. */
import { numbersAttribute } from "../../graph/attributes.js";
import type { GraphNode } from "../../graph/graph.js";
import type { Facts } from "./facts.js";

/** `AveragePool → Mul(constant) → Trunc`, each read by the next one only. */
export interface AveragePattern {
  readonly pool: GraphNode;
  readonly mul: GraphNode;
  readonly trunc: GraphNode;
}

/** The pattern that begins at an average pool, if it does. */
export function averagePattern(facts: Facts, pool: GraphNode): AveragePattern | undefined {
  if (pool.opType !== "AveragePool") return undefined;
  const mul = soleConsumer(facts, pool);
  if (mul?.opType !== "Mul" || !mul.inputs.some((name) => facts.tensor(name)?.constant === true)) return undefined;
  const trunc = soleConsumer(facts, mul);
  return trunc?.opType === "Trunc" ? { pool, mul, trunc } : undefined;
}

/** Positions of a pool's window along each spatial axis; a global pool's are the input's. */
export function poolWindow(facts: Facts, pool: GraphNode): readonly number[] | undefined {
  return numbersAttribute(pool, "kernel_shape") ?? facts.shape(pool.inputs[0])?.slice(2);
}

function soleConsumer(facts: Facts, node: GraphNode): GraphNode | undefined {
  const consumers = facts.consumers(node.outputs[0] ?? "");
  return consumers.length === 1 ? consumers[0] : undefined;
}
