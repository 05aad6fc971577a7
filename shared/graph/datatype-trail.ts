/** The way of a data type through a graph: where a tensor stopped being integer, or since when it is not. */
import { isIntegerLike, type DataType } from "./datatype.js";
import type { Graph } from "./graph.js";
import { graphIndex } from "./graph-index.js";

export interface TrailStep {
  /** Name of the node that makes the tensor; absent for an input or a constant. */
  readonly node?: string;
  readonly tensor: string;
  readonly dataType: DataType;
  /** True where the node has an integer input and a float output. */
  readonly lost: boolean;
}

/**
 * The steps from the nearest ancestor that is integer to this tensor, in graph order. Of a node's inputs the first
 * float one that was computed is followed; where all are integer the trail starts. An integer tensor's trail is the
 * tensor alone; one that was never integer goes back to the graph's input.
 */
export function dataTypeTrail(
  graph: Graph,
  dataTypes: ReadonlyMap<string, DataType>,
  tensor: string,
): readonly TrailStep[] {
  const { producers } = graphIndex(graph);
  const typeOf = (name: string) => dataTypes.get(name) ?? "FLOAT32";
  const steps: TrailStep[] = [];
  for (let name: string | undefined = tensor; name !== undefined;) {
    const dataType = typeOf(name);
    const producer = producers.get(name);
    const computed = producer?.inputs.filter((input) => graph.tensors.get(input)?.constant !== true) ?? [];
    const float = computed.find((input) => !isIntegerLike(typeOf(input)));
    const lost = !isIntegerLike(dataType) && computed.length > 0 && float === undefined;
    steps.push({ ...(producer && { node: producer.name }), tensor: name, dataType, lost });
    if (isIntegerLike(dataType)) break;
    name = float ?? computed[0];
  }
  return steps.reverse();
}
