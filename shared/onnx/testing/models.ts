/** Small ONNX files for tests, encoded by onnx-proto, and random graphs. */
import onnxProto, { type onnx } from "onnx-proto";
import fc from "fast-check";
import { qonnxDomain } from "../../graph/domains.js";
import type { Graph, GraphNode, Shape, Tensor } from "../../graph/graph.js";

const { ModelProto } = onnxProto.onnx;

/** The bytes of a model with this graph; opset 13. */
export function encodeModel(graph: onnx.IGraphProto, model: onnx.IModelProto = {}): Uint8Array {
  return ModelProto.encode({ irVersion: 8, opsetImport: [{ domain: "", version: 13 }], graph, ...model }).finish();
}

/** A graph input or output; `"N"` is a symbolic dimension. */
export function tensorInfo(name: string, dims: readonly (number | string)[]): onnx.IValueInfoProto {
  const dim = dims.map((size) => (typeof size === "string" ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType: 1, shape: { dim } } } };
}

/** `x -> opType -> y` with the given initialisers as further inputs. */
export function oneNode(node: onnx.INodeProto, initializer: onnx.ITensorProto[] = []): onnx.IGraphProto {
  const names = initializer.map((tensor) => tensor.name ?? "");
  return {
    name: "g",
    input: [tensorInfo("x", [1, 4])],
    output: [tensorInfo("y", [1, 4])],
    node: [{ input: ["x", ...names], output: ["y"], ...node }],
    initializer,
  };
}

/** A model whose only purpose is to carry this initialiser, named "w". */
export function withInitializer(tensor: onnx.ITensorProto): Uint8Array {
  return encodeModel(oneNode({ opType: "Add", name: "add" }, [{ name: "w", ...tensor }]));
}

/** float32 values as raw data. */
export function rawFloats(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

interface LayerPlan {
  readonly kind: "conv" | "relu" | "norm" | "residual" | "pool";
  readonly channels: number;
  readonly kernel: number;
  readonly weightBits: number | undefined;
  readonly actBits: number | undefined;
  readonly signed: boolean;
  readonly perChannel: boolean;
  readonly scale: number | undefined;
  readonly density: number | undefined;
}

const layerPlan: fc.Arbitrary<LayerPlan> = fc.record({
  kind: fc.constantFrom("conv", "relu", "norm", "residual", "pool"),
  channels: fc.integer({ min: 1, max: 4 }),
  kernel: fc.integer({ min: 1, max: 3 }),
  weightBits: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
  actBits: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
  signed: fc.boolean(),
  perChannel: fc.boolean(),
  scale: fc.option(fc.constantFrom(1, 0.1, 0.037, 2 ** -7), { nil: undefined }),
  density: fc.option(fc.constantFrom(0.25, 0.5, 1), { nil: undefined }),
});

/** A chain of 1-D layers that ends in a matrix product, as a model file makes it: with parameters that have no values. */
export const randomGraph: fc.Arbitrary<Graph> = fc
  .array(layerPlan, { minLength: 1, maxLength: 8 })
  .map((plans) => chain(plans));

/** A chain of the smallest quantised convolutions with an activation each: the most structure for its bytes that is written. */
export function smallestConvolutions(count: number): Graph {
  const plan: LayerPlan = {
    ...{ kind: "conv", channels: 1, kernel: 1, weightBits: 4, actBits: 4 },
    ...{ signed: true, perChannel: false, scale: 0.1, density: undefined },
  };
  return chain(Array.from({ length: count }, () => plan));
}

function chain(plans: readonly LayerPlan[]): Graph {
  const builder = new GraphBuilder();
  const positions = 16;
  let x = builder.tensor("x", [1, 2, positions]);
  let shape: Shape = [1, 2, positions];
  plans.forEach((plan, index) => {
    const name = `layer${index}`;
    const before = x;
    const beforeShape = shape;
    const [, channels = 1] = shape;
    if (plan.kind === "conv") {
      const weight = builder.weight(`${name}.weight`, [plan.channels, channels, plan.kernel], plan);
      shape = [1, plan.channels, (shape[2] ?? 0) - plan.kernel + 1];
      if ((shape[2] ?? 0) < 3) return;
      x = builder.node("Conv", name, [x, weight], shape, { kernel_shape: [plan.kernel] });
    } else if (plan.kind === "norm") {
      const parameters = ["gamma", "beta", "mean", "var"].map((part) =>
        builder.constant(`${name}.${part}`, [channels]),
      );
      x = builder.node("BatchNormalization", name, [x, ...parameters], shape, { epsilon: 1e-5 });
    } else if (plan.kind === "pool") x = builder.node("MaxPool", name, [x], shape, { kernel_shape: [1], strides: [1] });
    else x = builder.node("Relu", name, [x], shape, {});
    if (plan.actBits !== undefined) x = builder.quant(x, shape, plan.actBits, plan);
    if (plan.kind === "residual" && beforeShape === shape)
      x = builder.node("Add", `${name}.add`, [x, before], shape, {});
  });
  const features = shape.reduce((product, size) => product * size, 1);
  x = builder.node("Flatten", "flatten", [x], [1, features], { axis: 1 });
  const last = plans[0];
  const weight = last === undefined ? "" : builder.weight("fc.weight", [3, features], last);
  x = builder.node("Gemm", "fc", [x, weight, builder.constant("fc.bias", [3])], [1, 3], {
    transB: 1,
    alpha: 1,
    beta: 1,
  });
  return builder.graph(x);
}

class GraphBuilder {
  private readonly nodes: GraphNode[] = [];
  private readonly tensors = new Map<string, Tensor>();

  tensor(name: string, shape: Shape): string {
    this.tensors.set(name, { name, elementType: "float32", shape });
    return name;
  }

  constant(name: string, shape: Shape, values?: readonly number[], density?: number): string {
    const data = values && Float32Array.from(values);
    this.tensors.set(name, {
      name,
      elementType: "float32",
      shape,
      constant: true,
      ...(data && { data }),
      ...(density !== undefined && { density }),
    });
    return name;
  }

  node(
    opType: string,
    name: string,
    inputs: readonly string[],
    shape: Shape,
    attributes: GraphNode["attributes"],
  ): string {
    const output = this.tensor(`${name}.output`, shape);
    const domain = opType === "Quant" ? qonnxDomain : "";
    this.nodes.push({ name, opType, domain, inputs, outputs: [output], attributes });
    return output;
  }

  quant(input: string, shape: Shape, bits: number, { signed, perChannel, scale }: LayerPlan): string {
    const isWeight = this.tensors.get(input)?.constant === true;
    const scaleShape = isWeight && perChannel ? shape.map((size, axis) => (axis === 0 ? size : 1)) : [];
    const count = scaleShape.reduce((product, size) => product * size, 1);
    const values = scale === undefined ? undefined : Array.from({ length: count }, (_, index) => scale * (index + 1));
    const parameters = [
      this.constant(`${input}.scale`, scaleShape, values),
      this.constant(`${input}.zero_point`, [], [0]),
      this.constant(`${input}.bits`, [], [bits]),
    ];
    const attributes = {
      signed: Number(signed),
      narrow: Number(isWeight && signed && bits > 1),
      rounding_mode: "ROUND",
    };
    return this.node("Quant", `${input}.quant`, [input, ...parameters], shape, attributes);
  }

  weight(name: string, shape: Shape, plan: LayerPlan): string {
    const count = shape.reduce((product, size) => product * size, 1);
    // A share that whole elements can have; a signed 1-bit quantiser has no zero at all.
    const hasZero = !(plan.weightBits === 1 && plan.signed);
    const density = plan.density === undefined || !hasZero ? undefined : Math.ceil(plan.density * count) / count;
    this.constant(name, shape, undefined, density);
    return plan.weightBits === undefined ? name : this.quant(name, shape, plan.weightBits, plan);
  }

  graph(output: string): Graph {
    return { name: "random", nodes: this.nodes, tensors: this.tensors, inputs: ["x"], outputs: [output], layers: [] };
  }
}
