/** A DSL of two functions: what the sandbox's own tests import as `quantlens`. */
import type { ModelDefinition } from "../../dsl/definition.js";
import type { Layer } from "../../graph/graph.js";
import type { QuantlensGlobal } from "../marks-runtime.js";

const marks = (): QuantlensGlobal => (globalThis as unknown as { __quantlens: QuantlensGlobal }).__quantlens;
const layers: Layer[] = [];

/** Adds a layer; the name is whatever the test wants to find again. Gives back its first argument. */
export function layer<T>(x: T, name: unknown = "", options: Readonly<Record<string, unknown>> = {}): T {
  const origin = marks().origin();
  const text = typeof name === "string" ? name : JSON.stringify(name);
  layers.push({ index: layers.length, name: text, kind: "layer", options, inputs: [], output: "", origin });
  return x;
}

/** Runs `forward` and gives back the layers that it made; `value` becomes the budget, to look at. */
export function defineModel(options: { forward?: (x: unknown) => unknown; value?: unknown } = {}): ModelDefinition {
  const origin = marks().origin();
  options.forward?.({ channels: 2 });
  const graph = { name: "small", nodes: [], tensors: [], inputs: [], outputs: [], layers };
  const parameters = Object.entries(marks().parameters).map(([name, value]) => ({ name, value, default: value }));
  const recipe = options.value === undefined ? [] : [{ kind: "prune" as const, options: { value: options.value } }];
  return { name: "small", graph, inputShape: [1], recipe, parameters, problems: [], origin };
}
