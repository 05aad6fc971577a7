/** Puts nodes in an order in which each comes after the nodes whose outputs it reads. */

export interface Dependent {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * Sorts stably: nodes that are in order already stay where they are.
 * @returns the order, or the names of nodes along one cycle. Tensors that no node produces do not matter.
 */
export function topologicalOrder<Node extends Dependent>(
  nodes: readonly Node[],
): { readonly order: readonly Node[] } | { readonly cycle: readonly string[] } {
  const producers = new Map<string, number>();
  nodes.forEach((node, index) => {
    for (const output of node.outputs) if (output !== "") producers.set(output, index);
  });
  const order: Node[] = [];
  const state = new Uint8Array(nodes.length);
  // Depth first without recursion: a chain may have more nodes than the call stack has frames.
  for (let root = 0; root < nodes.length; root++) {
    const path = [{ index: root, input: 0 }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const node = nodes[top.index];
      const input = node?.inputs[top.input++];
      if (node === undefined || state[top.index] === DONE) path.pop();
      else if (input === undefined) {
        state[top.index] = DONE;
        order.push(node);
        path.pop();
      } else {
        state[top.index] = OPEN;
        const producer = producers.get(input);
        if (producer === undefined || state[producer] === DONE) continue;
        if (state[producer] === OPEN)
          return {
            cycle: path
              .slice(path.findIndex(({ index }) => index === producer))
              .map(({ index }) => nodes[index]?.name ?? ""),
          };
        path.push({ index: producer, input: 0 });
      }
    }
  }
  return { order };
}

const OPEN = 1;
const DONE = 2;
