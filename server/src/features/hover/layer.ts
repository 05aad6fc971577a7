/** The record of a layer call, or of a helper call that made layers. */
import { formatBits, formatBops, formatCount, formatShape } from "../../../../shared/format.js";
import { accumulatorBits } from "../../../../shared/graph/accumulator.js";
import { dataTypeTrail } from "../../../../shared/graph/datatype-trail.js";
import { graphIndex } from "../../../../shared/graph/graph-index.js";
import type { CallSite } from "../../../../shared/sandbox/program.js";
import { layerCost, outputShape, type LayerCost } from "../../models/layer-costs.js";
import type { RunAnalysis } from "../../models/model-state.js";
import { basis } from "../inlay-hints/tooltip.js";
import { densityOf, escapeMarkdown, layerFormulas, layerTable, shareOf, table, typesOf } from "../layer-record.js";

/** `layers` are the executions that this call made, in order. */
export function callHover(analysis: RunAnalysis, call: CallSite, layers: readonly number[]): string {
  const [only] = layers;
  const parts = layers.length === 1 && only !== undefined ? single(analysis, only) : several(analysis, call, layers);
  return [...parts, basis(analysis)].filter((part) => part !== "").join("\n\n");
}

function single(analysis: RunAnalysis, index: number): string[] {
  const layer = analysis.graph.layers[index];
  if (!layer) return [];
  const { graph } = analysis;
  const cost = layerCost(analysis, index);
  const shapes = layer.inputs.map((name) => graph.tensors.get(name)?.shape).filter((shape) => shape !== undefined);
  const output = outputShape(analysis, index);
  const rows = [
    [
      "input",
      `${shapes.map(formatShape).join(", ")} · ${layer.inputs.map((name) => typeOf(analysis, name)).join(", ")}`,
    ],
    ["output", `${output ? formatShape(output) : "unknown"} · ${typeOf(analysis, layer.output)}`],
  ];
  if (cost.nodes.length > 0) {
    rows.push(
      ["input × weight", typesOf(cost)],
      ["MACs", formatCount(cost.macs)],
      ["density", densityOf(cost)],
      ["bit-ops", `${formatBops(cost.bops)} · ${shareOf(analysis, cost.bops)} of the model`],
      ["weights", formatBits(cost.memWBits)],
      ["output memory", formatBits(cost.memOBits)],
      ["accumulator", accumulatorOf(analysis, cost)],
    );
  }
  const title = `**${escapeMarkdown(layer.kind)}** · ${escapeMarkdown(layer.name)}`;
  return [title, table(["", ""], rows), layerFormulas(analysis, index), trailOf(analysis, index)];
}

function several(analysis: RunAnalysis, call: CallSite, layers: readonly number[]): string[] {
  const shapes = layers.map((layer) => outputShape(analysis, layer)).filter((shape) => shape !== undefined);
  const outputs = [...new Set(shapes.map(formatShape))];
  const title = `**${escapeMarkdown(call.callee)}** · ${layers.length} layers`;
  const shown = outputs.length > 6 ? [...outputs.slice(0, 5), "…", outputs.at(-1)] : outputs;
  const firstLoss = layers.map((layer) => trailOf(analysis, layer)).find((trail) => trail !== "");
  return [title, `outputs ${shown.join(", ")}`, layerTable(analysis, layers), firstLoss ?? ""];
}

function typeOf({ cost }: RunAnalysis, tensor: string): string {
  return cost.dataTypes.get(tensor) ?? "FLOAT32";
}

/** Worst-case width of the accumulator, which only exists between integers. */
function accumulatorOf({ graph, cost: { dataTypes } }: RunAnalysis, { nodes }: LayerCost): string {
  const widths = nodes.map(({ node: name }) => {
    const node = graphIndex(graph).nodes.get(name);
    const bits = node && accumulatorBits(graph, node, dataTypes);
    return bits === undefined ? "float" : `${bits} b in the worst case`;
  });
  return widths.join(", ");
}

/** Where the integer type of a multiplication's input was lost; "" where it was not. */
function trailOf(analysis: RunAnalysis, layer: number): string {
  const { graph, cost } = analysis;
  const { nodes } = graphIndex(graph);
  const float = layerCost(analysis, layer).nodes.find(({ inputType }) => inputType === "FLOAT32");
  const input = float && nodes.get(float.node)?.inputs[0];
  if (input === undefined) return "";
  const steps = dataTypeTrail(graph, cost.dataTypes, input).map(({ node: name, tensor, dataType, lost }) => {
    const node = name === undefined ? undefined : nodes.get(name);
    const made = node?.layer === undefined ? undefined : graph.layers[node.layer]?.name;
    const label = `${escapeMarkdown(made ?? name ?? tensor)} \`${dataType}\``;
    return lost ? `**${label}, integers are lost here**` : label;
  });
  return `The input is charged 32 bits. Data types on the way: ${shortened(steps).join(" → ")}`;
}

/** The beginning and the end of a long way. */
function shortened(steps: readonly string[]): readonly string[] {
  return steps.length <= 8 ? steps : [...steps.slice(0, 4), "…", ...steps.slice(-3)];
}
