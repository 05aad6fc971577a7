/** Whether a model file's network is the one that it was made from: same shapes, same cost. */
import { computeCost } from "../../shared/cost/cost.js";
import type { CostTotals } from "../../shared/cost/types.js";
import type { Graph } from "../../shared/graph/graph.js";
import { withShapes } from "../../shared/graph/prepare.js";
import type { LayerCall } from "../../shared/import/calls.js";
import { flavors } from "../options.js";

/** The first layer whose output has another shape than the tensor that it was made from, as a sentence. */
export function shapeDifference(model: Graph, original: Graph, calls: readonly LayerCall[]): string | undefined {
  const { tensors } = withShapes(original);
  for (const [at, { output }] of calls.entries()) {
    const layer = model.layers[at];
    const [found, wanted] = [model.tensors.get(layer?.output ?? "")?.shape, tensors.get(output)?.shape];
    if (found === undefined || wanted === undefined || found.join() === wanted.join()) continue;
    return `The layer "${layer?.name ?? ""}" makes ${found.join("×")} where the ONNX file has ${wanted.join("×")}.`;
  }
  return undefined;
}

const counted = ["bops", "memWBits", "memOBits"] as const satisfies readonly (keyof CostTotals)[];

const words = { bops: "bit-operations", memWBits: "bits of weights", memOBits: "bits of outputs" } as const;

/** Where the two cost differently in either tool's count, as a sentence; `undefined` when all totals are equal. */
export function costDifference(model: Graph, original: Graph, discountSparsity: boolean): string | undefined {
  for (const flavor of flavors) {
    const [ours, theirs] = [model, original].map((graph) => computeCost(graph, { flavor, discountSparsity }));
    if (ours === undefined || theirs === undefined) continue;
    const total = counted.find((name) => ours.totals[name] !== theirs.totals[name]);
    if (total === undefined) continue;
    const at = theirs.nodes.findIndex((node, index) =>
      counted.some((name) => node[name] !== ours.nodes[index]?.[name]),
    );
    const node = theirs.nodes[at];
    const where = node ? `; the first difference is at ${node.opType} "${node.node}"` : "";
    return `The model file costs ${ours.totals[total]} ${words[total]} and the ONNX file ${theirs.totals[total]} (${flavor}${discountSparsity ? ", without zeros" : ""})${where}.`;
  }
  return undefined;
}
