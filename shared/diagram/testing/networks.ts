/** Deep networks of known structure, for tests and benchmarks of diagrams. */
import type { Graph } from "../../graph/graph.js";
import { inferShapes } from "../../graph/infer-shapes.js";
import { draftGraph, type DraftGraph } from "../../testing/draft-graph.js";

const channels = 4;

/**
 * `layers` convolutions of 4 bits; `join` may add what an earlier one made to a layer's result: it gives the number of
 * that layer, or nothing.
 */
export function deepNetwork(layers: number, join: (layer: number) => number | undefined = () => undefined): Graph {
  const draft = draftGraph();
  const made = [draft.input("x", [1, channels, 8])];
  for (let layer = 0; layer < layers; layer++) {
    const y = convolution(draft, made[layer] ?? "x", layer);
    const other = join(layer);
    made.push(other === undefined ? y : draft.node("Add", [y, made[other] ?? "x"], {}, { name: `add${layer}` }));
  }
  return inferShapes(draft.build(...made.slice(-1))).value;
}

/** Every third layer adds what the layer three before it made. */
export function residualNetwork(layers: number): Graph {
  return deepNetwork(layers, (layer) => (layer % 3 === 2 ? layer - 2 : undefined));
}

function convolution(draft: DraftGraph, input: string, layer: number): string {
  const weight = draft.constant(`w${layer}`, [channels, channels, 1]);
  const quantised = draft.quant(weight, { bits: 4, scale: 0.1, name: `weightQuant${layer}` });
  const y = draft.node("Conv", [input, quantised], { kernel_shape: [1] }, { name: `conv${layer}` });
  return draft.quant(y, { bits: 4, scale: 0.1, name: `actQuant${layer}` });
}
