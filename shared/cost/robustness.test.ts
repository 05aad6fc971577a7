/** Graphs that no exporter would write: whatever stands in them, costs are data and nothing throws. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AttributeValue, ElementType, Graph, GraphNode, Tensor } from "../graph/graph.js";
import { foldConstants } from "../graph/fold.js";
import { inferShapes } from "../graph/infer-shapes.js";
import { dataTypeTrail } from "../graph/datatype-trail.js";
import { attribute } from "./attribution.js";
import { computeCost } from "./cost.js";
import { netronAttachment } from "./netron.js";
import { officialDictionary } from "./official.js";

fc.configureGlobal({ seed: 2018 });

const opTypes = [
  ...[
    "Conv",
    "ConvTranspose",
    "MatMul",
    "Gemm",
    "MaxPool",
    "GlobalMaxPool",
    "BatchNormalization",
    "Relu",
    "Clip",
    "Cast",
  ],
  ...[
    "Flatten",
    "Reshape",
    "Transpose",
    "Concat",
    "Squeeze",
    "Unsqueeze",
    "Slice",
    "Gather",
    "GatherElements",
    "Split",
  ],
  ...[
    "Pad",
    "Expand",
    "Tile",
    "Upsample",
    "Resize",
    "ReduceMean",
    "ArgMax",
    "DepthToSpace",
    "Shape",
    "Size",
    "Constant",
  ],
  ...["ConstantOfShape", "CustomOp", "CodebookQuant", "Add", "Div", "Pow", "Where", "Quant", "BipolarQuant", "Mystery"],
  ...["QuantizeLinear", "DequantizeLinear", "Identity"],
];

const number = fc.oneof(fc.integer({ min: -3, max: 5 }), fc.constantFrom(0.5, 1e9, -1e9, NaN, Infinity));
const shape = fc.array(fc.nat(4), { maxLength: 4 });

const attributeNames = [
  ...[
    "axis",
    "axes",
    "perm",
    "kernel_shape",
    "strides",
    "pads",
    "dilations",
    "group",
    "transA",
    "auto_pad",
    "ceil_mode",
  ],
  ...["mode", "scales", "starts", "ends", "shape", "to", "signed", "narrow", "outputShape", "macs", "weightElements"],
  ...["blocksize", "keepdims", "value_ints", "value_int", "output_shape", "split", "allowzero", "rounding_mode"],
];

const attributes: fc.Arbitrary<Record<string, AttributeValue>> = fc.dictionary(
  fc.constantFrom(...attributeNames),
  fc.oneof(number, fc.array(number, { maxLength: 4 }), fc.constantFrom("nearest", "linear", "SAME_UPPER", "nonsense")),
  { maxKeys: 5 },
);

const constant = fc.record({
  shape,
  elementType: fc.constantFrom<ElementType>("float32", "int64", "int8"),
  values: fc.option(fc.array(number, { minLength: 256, maxLength: 256 }), { nil: undefined }),
});

const node = fc.record({
  opType: fc.constantFrom(...opTypes),
  domain: fc.constantFrom("", "quantlens"),
  inputs: fc.array(fc.nat(20), { maxLength: 5 }),
  outputs: fc.integer({ min: 1, max: 2 }),
  attributes,
});

const graph: fc.Arbitrary<Graph> = fc
  .record({
    inputShape: shape,
    constants: fc.array(constant, { maxLength: 6 }),
    nodes: fc.array(node, { maxLength: 8 }),
  })
  .map(({ inputShape, constants, nodes }) => {
    const tensors = new Map<string, Tensor>([["x", { name: "x", elementType: "float32", shape: inputShape }]]);
    const names = ["", "x"];
    constants.forEach(({ shape: size, elementType, values }, index) => {
      const name = `constant${index}`;
      const data =
        values &&
        Float64Array.from(
          values.slice(
            0,
            size.reduce((product, dimension) => product * dimension, 1),
          ),
        );
      tensors.set(name, { name, elementType, shape: size, constant: true, ...(data && { data }) });
      names.push(name);
    });
    const made = nodes.map(({ inputs, outputs, ...rest }, index): GraphNode => {
      const results = Array.from({ length: outputs }, (_, output) => `node${index}.${output}`);
      const operands = inputs.map((at) => names[at % names.length] ?? "");
      names.push(...results);
      for (const name of results) tensors.set(name, { name, elementType: "undefined" });
      return { name: `node${index}`, inputs: operands, outputs: results, ...rest };
    });
    return { name: "random", nodes: made, tensors, inputs: ["x"], outputs: names.slice(-1), layers: [] };
  });

describe("any graph at all", () => {
  it("has shapes, a cost in both flavours, an attribution and a trail", () => {
    fc.assert(
      fc.property(graph, (built) => {
        expect(inferShapes(built).value.nodes).toHaveLength(built.nodes.length);
        expect(foldConstants(built).nodes.length).toBeLessThanOrEqual(built.nodes.length);
        for (const flavor of ["finn-base", "qonnx"] as const) {
          const report = computeCost(built, { flavor, discountSparsity: true });
          const changes = built.nodes.map(({ name }) => ({ kind: "bits", node: name, bits: 2 }) as const);
          computeCost(built, { flavor, discountSparsity: true, changes });
          expect(officialDictionary(report, true)).toBeTypeOf("object");
          expect(netronAttachment(report, built).metrics.length).toBeGreaterThan(0);
          expect(attribute(report, built).calls.size).toBe(0);
          for (const output of built.outputs)
            expect(dataTypeTrail(built, report.dataTypes, output)).not.toHaveLength(0);
        }
      }),
      { numRuns: 500 },
    );
  });
});
