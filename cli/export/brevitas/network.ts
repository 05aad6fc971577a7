/** All layers of a network that its result depends on, as modules and statements. */
import type { Graph, Layer } from "../../../shared/graph/graph.js";
import type { TrainProgram } from "../../train/program.js";
import { access, attributePaths } from "./attributes.js";
import type { Statement } from "./forward.js";
import { makerOf, neededLayers, newConversion, type Conversion, type LayerContext } from "./layer-context.js";
import { convertLayer, type LayerDraft, type ModuleDraft } from "./layers.js";
import { NotExpressible, refuse } from "./problems.js";
import { newQuantizerClasses, type QuantizerClasses } from "./quantizers.js";
import type { PlacedSource } from "./state.js";

/** A module at its place. */
export interface PlacedModule extends ModuleDraft {
  readonly path: readonly string[];
}

export interface ConvertedNetwork {
  readonly modules: readonly PlacedModule[];
  readonly sources: readonly PlacedSource[];
  /** In the order of the model file; the last one gives the network's result. */
  readonly statements: readonly Statement[];
  readonly classes: QuantizerClasses;
  /** One sentence for each layer that Brevitas cannot express. */
  readonly problems: readonly string[];
}

export function convertNetwork(graph: Graph, program: TrainProgram): ConvertedNetwork {
  const layers = neededLayers(graph);
  const conversion = newConversion(graph, program, newQuantizerClasses());
  const drafted = draftLayers(conversion, layers);
  const paths = attributePaths(layers.map(({ name }) => name));
  const modules = layers.flatMap((layer) =>
    (drafted.drafts.get(layer)?.modules ?? []).map((module) => ({
      ...module,
      path: [...(paths.get(layer.name) ?? []), ...module.below],
    })),
  );
  return {
    modules,
    sources: modules.flatMap(({ path, state }) => state.map((source) => ({ ...source, path }))),
    statements: statementsOf(graph, layers, drafted, (name) => access(paths.get(name) ?? [])),
    classes: conversion.classes,
    problems: drafted.problems,
  };
}

interface Drafted {
  readonly drafts: ReadonlyMap<Layer, LayerDraft>;
  /** Layers whose result is a `QuantTensor`. */
  readonly quantTensors: ReadonlySet<Layer>;
  readonly problems: readonly string[];
}

/** From the last layer to the first, because a bias decides what the layers before it must give. */
function draftLayers(conversion: Conversion, layers: readonly Layer[]): Drafted {
  const quantTensors = new Set<Layer>();
  const drafts = new Map<Layer, LayerDraft>();
  const problems: string[] = [];
  for (const layer of layers.toReversed()) {
    try {
      const draft = convertLayer(contextOf(conversion, layer, quantTensors.has(layer)));
      drafts.set(layer, draft);
      if (quantTensors.has(layer)) checkGivesQuantTensor(layer, draft);
      if (!takesQuantTensor(layer, draft, quantTensors)) continue;
      for (const maker of makersOf(conversion.graph, layer)) {
        if (maker) quantTensors.add(maker);
        else refuse(layer.name, "has intBias(), but reads the model's input, which has no scale; add an inputQuant.");
      }
    } catch (error) {
      if (!(error instanceof NotExpressible)) throw error;
      problems.unshift(error.message);
    }
  }
  return { drafts, quantTensors, problems };
}

function contextOf(conversion: Conversion, layer: Layer, quantTensor: boolean): LayerContext {
  const shapeOf = (name: string) => conversion.graph.tensors.get(name)?.shape ?? [];
  return {
    ...{ conversion, layer, quantTensor },
    inputShapes: layer.inputs.map(shapeOf),
    outputShape: shapeOf(layer.output),
  };
}

/** Per input, the layer that made it; `undefined` for the model's input. */
function makersOf({ layers }: Graph, { inputs, dropouts, index }: Layer): readonly (Layer | undefined)[] {
  return inputs.map((name, position) => makerOf(layers, name, { dropout: dropouts?.[position], before: index }));
}

function takesQuantTensor(layer: Layer, draft: LayerDraft, quantTensors: ReadonlySet<Layer>): boolean {
  return draft.readsQuantTensor === true || (draft.keepsQuantTensor === true && quantTensors.has(layer));
}

/** Only what quantises, or passes a quantised tensor on, gives one that knows its scale. */
function checkGivesQuantTensor({ name, kind }: Layer, { keepsQuantTensor, modules }: LayerDraft): void {
  const quantises = modules.some(({ construct }) => construct.includes("return_quant_tensor=True"));
  if (keepsQuantTensor === true || quantises) return;
  refuse(
    name,
    `is a ${kind} between a quantiser and a layer with intBias(), where Brevitas loses the scale; give the layer with the bias an inputQuant.`,
  );
}

function statementsOf(
  graph: Graph,
  layers: readonly Layer[],
  { drafts, quantTensors }: Drafted,
  accessTo: (layer: string) => string,
): readonly Statement[] {
  const numbers = new Map(layers.map((layer, index) => [layer, index + 1]));
  return layers.flatMap((layer) => {
    const draft = drafts.get(layer);
    if (!draft) return [];
    const makers = makersOf(graph, layer);
    const takes = takesQuantTensor(layer, draft, quantTensors);
    return [
      {
        inputs: makers.map((maker) => (maker && numbers.get(maker)) ?? 0),
        unpack: makers.map((maker) => maker !== undefined && quantTensors.has(maker) && !takes),
        expression: (args: readonly string[]) => draft.expression(accessTo(layer.name), args),
      },
    ];
  });
}
