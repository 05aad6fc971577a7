/** Quick fixes that put a quantiser behind a layer or before one. */
import { bitWidth } from "../../graph/datatype.js";
import type { CallId, Graph, GraphNode } from "../../graph/graph.js";
import type { Fix } from "../../problems.js";
import type { RuleContext } from "../types.js";
import { factsOf, type Mac } from "./facts.js";
import { isNarrow } from "./flow.js";
import { quantizerText } from "./quantizers.js";
import { usualActivationBits } from "./remedies.js";
import { isNonNegative } from "./sign.js";

/** A quantiser to suggest for a tensor. */
export interface Suggestion {
  readonly bits: number;
  readonly signed: boolean;
}

/** Layers that take their quantiser as `actQuant`. */
const activationLayers: ReadonlySet<string> = new Set([
  ...[
    "quantReLU",
    "quantHardTanh",
    "quantIdentity",
    "quantSigmoid",
    "quantTanh",
    "quantAvgPool1d",
    "quantAvgPool2d",
    "globalAvgPool",
  ],
]);

/** Layers that quantise their own input by `inputQuant`. */
const inputQuantLayers: ReadonlySet<string> = new Set([
  ...["quantConv1d", "quantConv2d", "quantConvTranspose1d", "quantConvTranspose2d", "quantLinear"],
]);

/** The width of the widest operand that is quantised, else the model's usual one; unsigned where nothing is negative. */
export function suggestFor(context: RuleContext, tensor: string, operands: readonly string[] = []): Suggestion {
  const facts = factsOf(context);
  const widths = operands
    .map((name) => facts.type(name))
    .filter(isNarrow)
    .map(bitWidth);
  const bits = widths.length > 0 ? Math.max(...widths) : usualActivationBits(context);
  return { bits, signed: !isNonNegative(context, tensor) };
}

/** Quantises what a layer gives: by its own option where it has one, else by wrapping its call. None without source. */
export function requantiseFix(context: RuleContext, node: GraphNode | undefined, { bits, signed }: Suggestion): Fix[] {
  const layer = node && factsOf(context).layerOf(node);
  if (!layer?.origin) return [];
  const { origin } = layer;
  const quantizer = quantizerText(bits, signed);
  const title = `Quantise the result with ${quantizer}`;
  const names = [signed ? "int" : "uint"];
  if (activationLayers.has(layer.kind)) {
    const set = { kind: "setOption", origin, path: ["actQuant"], text: quantizer } as const;
    return [{ title, preferred: true, edits: [set, { kind: "ensureImport", names }] }];
  }
  // A ReLU changes nothing where nothing is negative, and tells hardware tools that the range is unsigned.
  const wrapper = signed ? "quantIdentity" : "quantReLU";
  const wrap = { kind: "wrapCall", origin, before: `${wrapper}(`, after: `, { actQuant: ${quantizer} })` } as const;
  return [{ title, preferred: true, edits: [wrap, { kind: "ensureImport", names: [wrapper, ...names] }] }];
}

/** Quantises the input of a multiplication by `inputQuant`. None without source or where other executions would change too. */
export function inputQuantFix(context: RuleContext, macs: readonly Mac[], { bits, signed }: Suggestion): Fix[] {
  const facts = factsOf(context);
  const [first] = macs;
  const layer = first && facts.layerOf(first.node);
  if (!layer?.origin || !inputQuantLayers.has(layer.kind)) return [];
  const { origin } = layer;
  const executions = executionsAt(facts.graph, origin.calls.at(-1));
  const everywhere = executions === macs.length;
  const quantizer = quantizerText(bits, signed);
  return [
    {
      title: everywhere
        ? `Quantise the input with ${quantizer}`
        : `Quantise the input of all ${executions} layers made here with ${quantizer}`,
      ...(everywhere && { preferred: true }),
      edits: [
        { kind: "setOption", origin, path: ["inputQuant"], text: quantizer },
        { kind: "ensureImport", names: [signed ? "int" : "uint"] },
      ],
    },
  ];
}

/** Further multiplications that get an input quantiser by that fix: of the same call, or of the same object of options. */
export function inputQuantReach(context: RuleContext, macs: readonly Mac[]): readonly Mac[] {
  const facts = factsOf(context);
  const placeOf = (mac: Mac): string | undefined => {
    const layer = facts.layerOf(mac.node);
    if (!layer?.origin || !inputQuantLayers.has(layer.kind)) return undefined;
    return context.editPlaceOf?.([{ kind: "setOption", origin: layer.origin, path: ["inputQuant"], text: "" }]);
  };
  const [first] = macs;
  const place = first && placeOf(first);
  return place === undefined ? [] : facts.macs.filter((mac) => !macs.includes(mac) && placeOf(mac) === place);
}

/** How many layers a call made. */
function executionsAt(graph: Graph, call: CallId | undefined): number {
  let counts = countsOfGraph.get(graph);
  if (counts === undefined) {
    counts = new Map<CallId | undefined, number>();
    for (const { origin } of graph.layers) {
      const leaf = origin?.calls.at(-1);
      counts.set(leaf, (counts.get(leaf) ?? 0) + 1);
    }
    countsOfGraph.set(graph, counts);
  }
  return counts.get(call) ?? 0;
}

const countsOfGraph = new WeakMap<Graph, Map<CallId | undefined, number>>();
