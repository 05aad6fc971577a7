/** Go to definition: from a layer that joins branches to the layers that feed it, from a finding to its related layers. */
import type { Location, Position } from "vscode-languageserver";
import { graphIndex } from "../../../shared/graph/graph-index.js";
import type { Graph, Layer } from "../../../shared/graph/graph.js";
import { attributionOf, type ModelState, type RunAnalysis, type ShownModel } from "../models/model-state.js";
import type { SourceLocation, Sources } from "../text/sources.js";
import { placedProblems, type RuleLink } from "./diagnostics.js";
import { callAt } from "./positions.js";

/**
 * Empty at layers with one input: there TypeScript's own answer (the function) is what people want.
 */
export function definition(
  state: ModelState,
  shown: ShownModel,
  file: string,
  position: Position,
  link: RuleLink,
): Location[] {
  const { analysis, sources } = shown;
  const source = sources.file(file);
  const call = source && callAt(analysis, source, source.offsetAt(position));
  const layers = call && attributionOf(analysis).calls.get(call.id);
  if (!source || !call || !layers?.leaf) return [];
  const feeding = layers.layers.flatMap((index) => feedingLayers(analysis.graph, analysis.graph.layers[index]));
  const own = source.rangeOf(call);
  const related = placedProblems(state, link).flatMap(({ diagnostic, file: where, range }) =>
    where === file && own && own.start.line <= range.start.line && range.end.line <= own.end.line
      ? (diagnostic.relatedInformation ?? []).map(({ location }) => location)
      : [],
  );
  const places = feeding.flatMap((layer) => callLocation(analysis, sources, layer) ?? []);
  return unique([...places, ...related]);
}

/** The layers whose outputs a layer joins; empty for one with a single computed input. */
function feedingLayers(graph: Graph, layer: Layer | undefined): Layer[] {
  if (!layer || layer.inputs.length < 2) return [];
  const { producers } = graphIndex(graph);
  return layer.inputs.flatMap((name) => {
    const index = producers.get(name)?.layer;
    return index === undefined ? [] : (graph.layers[index] ?? []);
  });
}

function callLocation({ program }: RunAnalysis, sources: Sources, { origin }: Layer): SourceLocation | undefined {
  const call = program.calls.get(origin?.calls.at(-1) ?? -1);
  return call && sources.locationOf({ file: call.file, ...call.calleeSpan });
}

function unique(locations: readonly Location[]): Location[] {
  return [...new Map(locations.map((location) => [JSON.stringify(location), location])).values()];
}
