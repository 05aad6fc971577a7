/** From a graph to the calls of a model file, node by node. */
import { quantlensDomain } from "../graph/custom-op.js";
import { qonnxDomain } from "../graph/domains.js";
import type { Graph, GraphNode } from "../graph/graph.js";
import type { LayerCall, NotExpressed } from "./calls.js";
import { isPassing, makerOf, viewGraph, type GraphView } from "./graph-view.js";
import { macCall } from "./mac-layers.js";
import { globalPool, poolCall, reduceMeanCall } from "./pool-layers.js";
import {
  identityCall,
  isInputQuantizer,
  mainInput,
  quantizerOf,
  quantizerOps,
  type Found,
  type Recognizer,
} from "./recognizer.js";
import { concatCall, padCall, reshapeCall, transposeCall, upsampleCall } from "./shape-layers.js";
import { activationCall, batchNormCall, clipCall, elementwiseCall, eluCall } from "./simple-layers.js";
import { customOpCall, standIns } from "./stand-in.js";

export interface Recognition {
  readonly view: GraphView;
  /** In an order in which they can be made. */
  readonly calls: readonly LayerCall[];
  readonly notExpressed: readonly NotExpressed[];
  /** The node for which nothing can stand; then the graph has no model file. */
  readonly impossible?: GraphNode;
}

type Recognise = (recognizer: Recognizer, node: GraphNode) => Found;

const globalMax: Recognise = (recognizer, node) =>
  globalPool(recognizer, node, true, mainInput(recognizer, node).input);
const globalMean: Recognise = (recognizer, node) =>
  globalPool(recognizer, node, false, mainInput(recognizer, node).input);

/** Operators of ONNX itself. */
const operators: Readonly<Record<string, Recognise>> = {
  Conv: macCall,
  ConvTranspose: macCall,
  Gemm: macCall,
  MatMul: macCall,
  BatchNormalization: batchNormCall,
  Relu: activationCall,
  Sigmoid: activationCall,
  Tanh: activationCall,
  Elu: eluCall,
  Selu: eluCall,
  Clip: clipCall,
  Add: elementwiseCall,
  Mul: elementwiseCall,
  Sub: elementwiseCall,
  Div: elementwiseCall,
  MaxPool: poolCall,
  AveragePool: poolCall,
  GlobalMaxPool: globalMax,
  GlobalAveragePool: globalMean,
  ReduceMean: reduceMeanCall,
  Flatten: reshapeCall,
  Reshape: reshapeCall,
  Squeeze: reshapeCall,
  Unsqueeze: reshapeCall,
  Transpose: transposeCall,
  Concat: concatCall,
  Pad: padCall,
  Upsample: upsampleCall,
  Resize: upsampleCall,
};

/** Operators of other domains, by `domain:op`. */
const customOperators: Readonly<Record<string, Recognise>> = {
  [`${qonnxDomain}:Quant`]: identityCall,
  [`${quantlensDomain}:CodebookQuant`]: identityCall,
  [`${quantlensDomain}:CustomOp`]: customOpCall,
};

/** Recognises every node of a graph whose shapes are known. */
export function recognize(graph: Graph): Recognition {
  const view = viewGraph(graph);
  const recognizer: Recognizer = { view, calls: [], notExpressed: [], done: new Set(), deferred: new Set() };
  const { calls, notExpressed } = recognizer;
  for (const node of view.graph.nodes) {
    if (view.folded.has(node) || recognizer.done.has(node) || isPassing(view, node)) continue;
    if (!recognizeNode(recognizer, node)) return { view, calls, notExpressed, impossible: node };
  }
  return { view, calls, notExpressed };
}

function recognizeNode(recognizer: Recognizer, node: GraphNode): boolean {
  const { calls, notExpressed, deferred } = recognizer;
  if (quantizerOps.has(node.opType) && isInputQuantizer(recognizer, node)) {
    const found = quantizerOf(recognizer, node, { suffix: "input_quant", channelAxis: 1 });
    if (typeof found !== "string") {
      deferred.add(node);
      return true;
    }
  }
  const key = node.domain === "" ? node.opType : `${node.domain}:${node.opType}`;
  const table = node.domain === "" ? operators : customOperators;
  const recognise = Object.hasOwn(table, key) ? table[key] : undefined;
  const found = recognise?.(recognizer, node) ?? "has no function in the DSL";
  if (typeof found !== "string") {
    calls.push(found);
    return true;
  }
  makeDeferred(recognizer, node);
  const instead = standIns(recognizer, node);
  if (instead === undefined) return false;
  calls.push(...instead);
  notExpressed.push({ node: node.name, opType: node.opType, reason: found });
  return true;
}

/** Quantisers that a product was to take stand on their own after all. */
function makeDeferred(recognizer: Recognizer, node: GraphNode): void {
  for (const name of node.inputs) {
    const maker = makerOf(recognizer.view, name);
    if (maker === undefined || !recognizer.deferred.delete(maker)) continue;
    const call = identityCall(recognizer, maker);
    if (typeof call !== "string") recognizer.calls.push(call);
  }
}
