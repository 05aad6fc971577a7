/** A DSL of three functions: what the sandbox's own tests import as `quantlens`. */

interface Origin {
  readonly calls: readonly number[];
  readonly rows: readonly number[];
}

interface Small {
  layers: { readonly name: string; readonly origin: Origin }[];
}

const origin = (): Origin => (globalThis as unknown as { __quantlens: { origin(): Origin } }).__quantlens.origin();
const small: Small = { layers: [] };

/** Adds a layer; the name is whatever the test wants to find again. */
export function layer(x: unknown, name: unknown = ""): unknown {
  small.layers.push({ name: typeof name === "string" ? name : JSON.stringify(name), origin: origin() });
  return x;
}

/** Runs `forward` and gives back the layers that it made, and a value to look at. */
export function defineModel(options: { forward?: (x: unknown) => unknown; value?: unknown }): unknown {
  const output = options.forward?.({ channels: 2 });
  return { layers: small.layers, value: options.value, output };
}
