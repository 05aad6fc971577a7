/**
 * Decides what each stage computes, what it reads from memory and what is kept for later stages. From the last stage to the
 * first, each stage makes what its sinks and later stages need; a tensor of an earlier stage is read where it was kept, or
 * computed again from what was.
 */
import type { Flow, FlowNode, FlowSink, NodeId, SinkId } from "./flow.js";

export interface Schedule {
  readonly stages: readonly StageSchedule[];
  /** Kept tensors and the last stage that reads them. */
  readonly kept: ReadonlyMap<NodeId, number>;
}

export interface StageSchedule {
  /** In the order of execution. */
  readonly items: readonly Item[];
}

export type Item =
  | { readonly kind: "node"; readonly id: NodeId; readonly node: FlowNode }
  | { readonly kind: "sink"; readonly id: SinkId; readonly node: FlowSink };

export function schedule(flow: Flow): Schedule {
  const count = Math.max(0, ...flow.sinks.map(({ stage }) => stage)) + 1;
  const kept = new Map<NodeId, number>();
  const stages: StageSchedule[] = [];
  for (let stage = count - 1; stage >= 0; stage--) stages.unshift({ items: stageItems(flow, stage, kept) });
  return { stages, kept };
}

function stageItems(flow: Flow, stage: number, kept: Map<NodeId, number>): Item[] {
  const items: Item[] = [];
  const seen = new Set<NodeId>();
  const need = (id: NodeId): void => {
    if (seen.has(id)) return;
    seen.add(id);
    const node = flow.nodeAt(id);
    if (node.source !== undefined) return;
    if (node.ready < stage && node.keep === "always") {
      if (!kept.has(id)) kept.set(id, stage);
      return;
    }
    for (const input of node.inputs) need(input);
    items.push({ kind: "node", id, node });
  };
  for (const [id, sink] of flow.sinks.entries()) {
    if (sink.stage !== stage) continue;
    for (const input of sink.inputs) need(input);
    items.push({ kind: "sink", id, node: sink });
  }
  for (const id of [...kept.keys()]) if (flow.nodeAt(id).ready === stage) need(id);
  return items;
}
