/** One layer of the model file, with all that its counterpart in PyTorch is written from. */
import type { Graph, GraphNode, Layer, NodeRole } from "../../../shared/graph/graph.js";
import type { QuantizerSpec, TrainProgram } from "../../train/program.js";
import { quantizerClass, type QuantizerClasses } from "./quantizers.js";

/** What all layers are written from. */
export interface Conversion {
  readonly graph: Graph;
  readonly classes: QuantizerClasses;
  /** By Quant node. */
  readonly quantizers: ReadonlyMap<string, QuantizerSpec>;
  /** Nodes of each layer, by its index. */
  readonly nodes: ReadonlyMap<number, readonly GraphNode[]>;
}

export function newConversion(graph: Graph, program: TrainProgram, classes: QuantizerClasses): Conversion {
  const quantizers = new Map(
    program.quantizers.flatMap((spec) => [spec.name, ...(spec.twins ?? [])].map((name) => [name, spec] as const)),
  );
  const nodes = new Map<number, GraphNode[]>();
  for (const node of graph.nodes) {
    const index = node.layer ?? -1;
    const found = nodes.get(index);
    if (found) found.push(node);
    else nodes.set(index, [node]);
  }
  return { graph, classes, quantizers, nodes };
}

export interface LayerContext {
  readonly conversion: Conversion;
  readonly layer: Layer;
  /** Shapes of the inputs, batch included. */
  readonly inputShapes: readonly (readonly number[])[];
  readonly outputShape: readonly number[];
  /** The output has to be Brevitas's `QuantTensor`, which knows its scale. */
  readonly quantTensor: boolean;
}

/** A layer's quantiser. */
export interface UsedQuantizer {
  /** Its class in Python. */
  readonly name: string;
  readonly spec: QuantizerSpec;
}

/** The layer's quantiser with this role, if it has one. Throws `NotExpressible`. */
export function quantizerOf({ conversion, layer }: LayerContext, role: NodeRole): UsedQuantizer | undefined {
  const node = nodeOf(conversion, layer, (candidate) => candidate.role === role);
  const spec = node && conversion.quantizers.get(node.name);
  if (!node || !spec) return undefined;
  const { minVal, maxVal, biasQuant } = layer.options;
  const bits = (biasQuant as { readonly bits?: number } | undefined)?.bits ?? 0;
  const use = {
    layer: layer.name,
    shape: conversion.graph.tensors.get(node.inputs[0] ?? "")?.shape ?? [],
    ...(layer.kind === "quantHardTanh" && { limits: { min: Number(minVal), max: Number(maxVal) } }),
    ...(role === "biasQuant" && bits > 0 && { biasBits: bits }),
  };
  return { name: quantizerClass(conversion.classes, spec, use), spec };
}

/** The node that does the layer's own work. Every layer but `dropout` and a lone quantiser has one. */
export function mainNode({ conversion, layer }: LayerContext): GraphNode {
  const node = nodeOf(conversion, layer, ({ role, name }) => role === "mac" || name === layer.name);
  if (!node) throw new Error(`${layer.name} has no node of its own`);
  return node;
}

function nodeOf(
  { nodes }: Conversion,
  { index }: Layer,
  isWanted: (node: GraphNode) => boolean,
): GraphNode | undefined {
  return nodes.get(index)?.find(isWanted);
}

/** Which layers the output depends on, in the model file's order. */
export function neededLayers(graph: Graph): readonly Layer[] {
  const { layers } = graph;
  const open = [...graph.outputs].map((name) => lastMaker(layers, name, layers.length));
  const found = new Set<Layer>();
  for (let layer = open.pop(); layer !== undefined || open.length > 0; layer = open.pop()) {
    if (layer === undefined || found.has(layer)) continue;
    found.add(layer);
    const { inputs, dropouts = [], index } = layer;
    open.push(...inputs.map((name, position) => makerOf(layers, name, { dropout: dropouts[position], before: index })));
  }
  return layers.filter((layer) => found.has(layer));
}

interface Reader {
  /** Of the reader's record: the dropout layer whose result is read, or -1. */
  readonly dropout: number | undefined;
  /** The reader's index. */
  readonly before: number;
}

/** The layer that made a tensor, as one of its readers sees it: a dropout has its input's tensor as its own. */
export function makerOf(layers: readonly Layer[], tensor: string, { dropout, before }: Reader): Layer | undefined {
  if (dropout !== undefined && dropout >= 0) return layers[dropout];
  return layers.findLast(({ kind, output, index }) => index < before && kind !== "dropout" && output === tensor);
}

/** The layer whose result the model gives. */
export function lastMaker(layers: readonly Layer[], tensor: string, before: number): Layer | undefined {
  const read = new Set(layers.flatMap(({ dropouts = [] }) => dropouts));
  const dropout = layers.findLast(
    ({ kind, output, index }) => kind === "dropout" && output === tensor && !read.has(index),
  );
  return dropout ?? makerOf(layers, tensor, { dropout: -1, before });
}

/** The values of a constant that a node reads, as numbers. */
export function constantInput(
  { conversion: { graph } }: LayerContext,
  node: GraphNode,
  index: number,
): readonly number[] {
  return [...(graph.tensors.get(node.inputs[index] ?? "")?.data ?? [])];
}
