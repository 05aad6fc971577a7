/** Graphs as pictures, for panels. */
import { diagramOf } from "../../../shared/diagram/diagram-of.js";
import type { Diagram, DiagramForm } from "../../../shared/diagram/types.js";
import type { DrawingRecord, DrawnPart, NoAnswer } from "../../../shared/network-messages.js";
import type { CallSite, ElementSite } from "../../../shared/sandbox/program.js";
import { isFresh, type ModelState, type ShownModel } from "../models/model-state.js";
import type { RunNetworkJob } from "../networks/runner.js";
import { layerLocation } from "./model-cost.js";

/** More than this a page shows slowly, and nobody finds anything in it. */
export const mostDrawnNodes = 2000;

/** The picture of what an ONNX file's graph shows. */
export function drawNetwork(diagram: Diagram | NoAnswer, run: RunNetworkJob): Promise<DrawingRecord | NoAnswer> {
  return draw(diagram, { fresh: true, places: {}, parts: [] }, run);
}

/** The picture of a model's graph, with the weights and parameters that its numbers stand for. */
export async function drawModel(
  state: ModelState,
  form: DiagramForm,
  run: RunNetworkJob,
): Promise<DrawingRecord | NoAnswer> {
  const { shown, config } = state;
  if (!shown) return noModel;
  const { graph, definition, baseline } = shown.analysis;
  const { flavor, discountSparsity } = config;
  const title = definition.name || "model";
  const { value, problem } = diagramOf(graph, { form, title, baseline, flavor, discountSparsity });
  if (!value) return { problem: problem ?? "There is nothing to draw." };
  const facts = { fresh: isFresh(state), places: placesOf(value, shown), parts: partsOf(value, shown) };
  return draw(value, facts, run);
}

export const noModel: NoAnswer = {
  problem: "There is no graph to show yet: it is no model, or it has not run. Its editor shows why.",
};

async function draw(
  diagram: Diagram | NoAnswer,
  facts: Pick<DrawingRecord, "fresh" | "places" | "parts">,
  run: RunNetworkJob,
): Promise<DrawingRecord | NoAnswer> {
  if ("problem" in diagram) return diagram;
  const { form, title, summary, nodes } = diagram;
  if (nodes.length > mostDrawnNodes) {
    return {
      problem: `The graph has ${nodes.length} nodes, and at most ${mostDrawnNodes} are drawn here: the command quantlens diagram draws larger ones into a file.`,
    };
  }
  const drawn = await run({ kind: "draw", diagram });
  return "problem" in drawn ? drawn : { form, title, summary, svg: drawn.svg, ...facts };
}

function placesOf({ nodes }: Diagram, shown: ShownModel): DrawingRecord["places"] {
  const places = nodes.flatMap(({ id, layer }) => {
    const location = layer === undefined ? undefined : layerLocation(shown, layer);
    return location ? [[id, location] as const] : [];
  });
  return Object.fromEntries(places);
}

/** The calls and rows of configuration that nodes were made by, in the order of their first nodes. */
function partsOf({ nodes }: Diagram, { analysis, sources }: ShownModel): DrawnPart[] {
  const { graph, program } = analysis;
  const made = new Map<CallSite | ElementSite, string[]>();
  for (const { id, layer } of nodes) {
    const { calls = [], rows = [] } = graph.layers[layer ?? -1]?.origin ?? {};
    const sites = [...calls.map((call) => program.calls.get(call)), ...rows.map((row) => program.elements.get(row))];
    for (const site of new Set(sites)) {
      if (site === undefined) continue;
      const ids = made.get(site);
      if (ids) ids.push(id);
      else made.set(site, [id]);
    }
  }
  return [...made].flatMap(([site, ids]): DrawnPart[] => {
    const location = sources.locationOf(site);
    return location ? [{ location, nodes: ids }] : [];
  });
}
