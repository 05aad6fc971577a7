/**
 * Which tensors of a stage are written straight into another one's memory: a padded copy without the copy, a sum without
 * its terms, an operation in place.
 */
import type { FlowNode, NodeId } from "./flow.js";
import type { Item } from "./schedule.js";

/** The node in whose memory a tensor lies. */
export interface Host {
  readonly node: NodeId;
  /** Floats from the begin of the host's memory. */
  readonly offset: number;
  /** 1: it is added to what another term of a sum has left there. */
  readonly accumulate: 0 | 1;
}

export function findHosts(items: readonly Item[], isKept: (id: NodeId) => boolean): Map<NodeId, Host> {
  const hosts = new Map<NodeId, Host>();
  const computed = new Set<NodeId>();
  const readers = new Map<NodeId, number>();
  for (const item of items) {
    if (item.kind === "node") computed.add(item.id);
    for (const input of new Set(item.node.inputs)) readers.set(input, (readers.get(input) ?? 0) + 1);
  }
  const isFree = (id: NodeId): boolean => computed.has(id) && !isKept(id) && !hosts.has(id);
  const isExclusive = (id: NodeId): boolean => isFree(id) && readers.get(id) === 1;
  const nodes = new Map(items.flatMap((item) => (item.kind === "node" ? [[item.id, item.node] as const] : [])));
  for (const [id, node] of nodes) hostInputs(id, node, nodes, hosts, isFree, isExclusive);
  return hosts;
}

function hostInputs(
  id: NodeId,
  { inputs, hosting }: FlowNode,
  nodes: ReadonlyMap<NodeId, FlowNode>,
  hosts: Map<NodeId, Host>,
  isFree: (id: NodeId) => boolean,
  isExclusive: (id: NodeId) => boolean,
): void {
  const [first] = inputs;
  if (hosting === undefined || first === undefined) return;
  switch (hosting.kind) {
    case "inside":
      if (isFree(first)) hosts.set(first, { node: id, offset: hosting.offset, accumulate: 0 });
      return;
    case "inPlace":
      if (isExclusive(first) && inputs.every((input, at) => at === 0 || input !== first)) {
        hosts.set(first, { node: id, offset: 0, accumulate: 0 });
      }
      return;
    case "sum":
      hostTerms(id, inputs, nodes, hosts, isExclusive);
  }
}

/** The first term that may writes, later ones that can add themselves do. */
function hostTerms(
  id: NodeId,
  terms: readonly NodeId[],
  nodes: ReadonlyMap<NodeId, FlowNode>,
  hosts: Map<NodeId, Host>,
  isExclusive: (id: NodeId) => boolean,
): void {
  const exclusive = terms.filter(
    (term, at) => isExclusive(term) && terms.indexOf(term) === at && terms.lastIndexOf(term) === at,
  );
  // A stage computes its nodes in the order of `nodes`: the term that is made first writes.
  const order = [...nodes.keys()];
  const inOrder = [...exclusive].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const writer = inOrder[0];
  if (writer === undefined) return;
  hosts.set(writer, { node: id, offset: 0, accumulate: 0 });
  const hosting = new Set([...hosts.values()].map(({ node }) => node));
  for (const term of inOrder.slice(1)) {
    // A term that works in place would destroy the terms before it.
    const canAdd = nodes.get(term)?.accumulates === true && !hosting.has(term);
    if (canAdd) hosts.set(term, { node: id, offset: 0, accumulate: 1 });
  }
}
