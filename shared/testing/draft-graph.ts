/** Graphs made by hand, for tests: nodes are added one by one, names are given, shapes are left to inference. */
import { qonnxDomain } from "../graph/domains.js";
import type { AttributeValue, Graph, GraphNode, Layer, Origin, Shape, Tensor, TensorData } from "../graph/graph.js";

export interface QuantOptions {
  readonly bits: number;
  readonly signed?: boolean;
  readonly narrow?: boolean;
  /** Absent: a scale that is not known, as in a model file without weights. */
  readonly scale?: number | readonly number[];
  readonly scaleShape?: Shape;
  readonly zeroPoint?: number;
  readonly rounding?: string;
  readonly opType?: string;
  readonly domain?: string;
  readonly name?: string;
  readonly origin?: Origin;
  readonly layer?: number;
}

export interface NodeOptions {
  readonly name?: string;
  readonly outputs?: readonly string[];
  readonly domain?: string;
  readonly layer?: number;
}

/** A graph under construction. Every method that makes a tensor gives its name. */
export interface DraftGraph {
  input(name: string, shape: Shape): string;
  /** A constant; without data its values are not known. */
  constant(name: string, shape: Shape, data?: readonly number[] | TensorData, more?: Partial<Tensor>): string;
  node(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
    options?: NodeOptions,
  ): string;
  quant(input: string, options: QuantOptions): string;
  layer(kind: string, origin?: Origin): number;
  build(...outputs: readonly string[]): Graph;
}

/** Starts a graph. */
export function draftGraph(): DraftGraph {
  const nodes: GraphNode[] = [];
  const tensors = new Map<string, Tensor>();
  const inputs: string[] = [];
  const layers: Layer[] = [];
  const draft: DraftGraph = {
    input(name, shape) {
      tensors.set(name, { name, elementType: "float32", shape });
      inputs.push(name);
      return name;
    },
    constant(name, shape, data, more) {
      const values = Array.isArray(data)
        ? Float32Array.from(data as readonly number[])
        : (data as TensorData | undefined);
      tensors.set(name, {
        name,
        elementType: "float32",
        shape,
        constant: true,
        ...(values && { data: values }),
        ...more,
      });
      return name;
    },
    node(opType, nodeInputs, attributes = {}, { name = `node${nodes.length}`, outputs, domain = "", layer } = {}) {
      const made = outputs ?? [`${name}.out`];
      for (const output of made) tensors.set(output, { name: output, elementType: "float32" });
      nodes.push({
        ...{ name, opType, domain, inputs: nodeInputs, outputs: made, attributes },
        ...(layer !== undefined && { layer }),
      });
      return made[0] ?? "";
    },
    quant(input, options) {
      const { bits, signed = true, narrow = false, scale, zeroPoint = 0, rounding = "ROUND", origin, layer } = options;
      const name = options.name ?? `quant${nodes.length}`;
      const scales = typeof scale === "number" ? [scale] : scale;
      const parameters = [
        draft.constant(`${name}.scale`, options.scaleShape ?? [], scales),
        draft.constant(`${name}.zeroPoint`, [], [zeroPoint]),
        draft.constant(`${name}.bits`, [], [bits]),
      ];
      const attributes = { signed: Number(signed), narrow: Number(narrow), rounding_mode: rounding };
      const { opType = "Quant", domain = qonnxDomain } = options;
      const output = draft.node(opType, [input, ...parameters], attributes, {
        name,
        domain,
        ...(layer !== undefined && { layer }),
      });
      const made = nodes.at(-1);
      if (made && origin) nodes[nodes.length - 1] = { ...made, quantizerOrigin: origin };
      return output;
    },
    layer(kind, origin) {
      const index = layers.length;
      const layer = { index, name: `${kind}.${index}`, kind, options: {}, inputs: [], output: "" };
      layers.push({ ...layer, ...(origin && { origin }) });
      return index;
    },
    build: (...outputs) => ({
      name: "test",
      nodes: [...nodes],
      tensors: new Map(tensors),
      inputs,
      outputs,
      layers: [...layers],
    }),
  };
  return draft;
}
