import { describe, expect, it } from "vitest";
import { draftGraph } from "../testing/draft-graph.js";
import type { CostFlavor, DataType } from "./datatype.js";
import type { AttributeValue, GraphNode, Tensor } from "./graph.js";
import { inferDataTypes, inferNodeDataTypes } from "./infer-datatypes.js";

const tensor: Tensor = { name: "", elementType: "float32", shape: [1, 2] };

function infer(
  opType: string,
  types: readonly DataType[],
  flavor: CostFlavor,
  attributes: Record<string, AttributeValue> = {},
) {
  const inputs = types.map((_, index) => `in${index}`);
  const domain = opType === "CustomOp" ? "quantlens" : "";
  const node: GraphNode = { name: "node", opType, domain, inputs, outputs: ["out"], attributes };
  return inferNodeDataTypes(
    node,
    types.map((dataType) => ({ dataType, tensor })),
    flavor,
  )[0];
}

/** Op, input types, what finn-base infers, what qonnx infers. */
const cases: readonly (readonly [string, readonly DataType[], DataType, DataType])[] = [
  ["Conv", ["INT8", "INT4"], "INT32", "INT32"],
  ["Conv", ["UINT8", "BINARY"], "UINT32", "UINT32"],
  ["Conv", ["UINT8", "BIPOLAR"], "INT32", "INT32"],
  ["Conv", ["SCALEDINT8", "SCALEDINT4"], "FLOAT32", "SCALEDINT32"],
  ["Conv", ["INT8", "SCALEDINT4"], "FLOAT32", "SCALEDINT32"],
  ["Conv", ["SCALEDINT8", "FLOAT32"], "FLOAT32", "FLOAT32"],
  ["MatMul", ["INT2", "INT2"], "INT32", "INT32"],
  ["Gemm", ["INT8", "INT8", "INT32"], "FLOAT32", "INT32"],
  ["Gemm", ["SCALEDINT8", "SCALEDINT8", "FLOAT32"], "FLOAT32", "FLOAT32"],
  ["Add", ["SCALEDUINT6", "SCALEDUINT6"], "FLOAT32", "SCALEDINT32"],
  ["Sub", ["UINT4", "UINT4"], "FLOAT32", "UINT32"],
  ["Mul", ["INT4", "FLOAT32"], "FLOAT32", "FLOAT32"],
  ["Div", ["INT4", "INT4"], "FLOAT32", "FLOAT32"],
  ["Reshape", ["SCALEDINT4", "FLOAT32"], "SCALEDINT4", "SCALEDINT4"],
  ["Transpose", ["INT4"], "INT4", "INT4"],
  ["Flatten", ["INT4"], "INT4", "INT4"],
  ["MaxPool", ["SCALEDUINT6"], "SCALEDUINT6", "SCALEDUINT6"],
  ["GlobalMaxPool", ["SCALEDUINT6"], "FLOAT32", "SCALEDUINT6"],
  ["Concat", ["SCALEDUINT6", "FLOAT32"], "FLOAT32", "SCALEDUINT6"],
  ["Pad", ["INT4"], "FLOAT32", "INT4"],
  ["Clip", ["INT4"], "FLOAT32", "INT4"],
  ["Squeeze", ["INT4"], "FLOAT32", "INT4"],
  ["AveragePool", ["INT4"], "FLOAT32", "FLOAT32"],
  ["Relu", ["INT4"], "FLOAT32", "FLOAT32"],
  ["BatchNormalization", ["INT4"], "FLOAT32", "FLOAT32"],
  ["Trunc", ["INT8"], "FLOAT32", "FLOAT32"],
  ["Sign", ["FLOAT32"], "BIPOLAR", "BIPOLAR"],
  ["Mystery", ["INT4"], "FLOAT32", "FLOAT32"],
  ["CodebookQuant", ["INT4"], "FLOAT32", "FLOAT32"],
];

describe("inferNodeDataTypes", () => {
  it.each(cases)("%s of %j is %s in finn-base and %s in qonnx", (opType, types, finn, qonnx) => {
    expect(infer(opType, types, "finn-base")).toBe(finn);
    expect(infer(opType, types, "qonnx")).toBe(qonnx);
  });

  it("keeps the type through nearest resizing in qonnx only", () => {
    expect(infer("Resize", ["INT4"], "qonnx", { mode: "nearest" })).toBe("INT4");
    expect(infer("Upsample", ["INT4"], "qonnx")).toBe("INT4");
    expect(infer("Upsample", ["INT4"], "qonnx", { mode: "linear" })).toBe("FLOAT32");
    expect(infer("Upsample", ["INT4"], "finn-base")).toBe("FLOAT32");
  });

  it("charges QCDQ by its containers in qonnx", () => {
    const node = { name: "q", domain: "", inputs: ["x", "scale", "zero"], outputs: ["y"], attributes: {} };
    const input = (elementType: Tensor["elementType"]) =>
      ({ dataType: "FLOAT32", tensor: { ...tensor, elementType } }) as const;
    const types = (opType: string, first: Tensor["elementType"], zero: Tensor["elementType"], flavor: CostFlavor) =>
      inferNodeDataTypes({ ...node, opType }, [input(first), input("float32"), input(zero)], flavor);
    expect(types("QuantizeLinear", "float32", "int8", "qonnx")).toEqual(["INT8"]);
    expect(types("QuantizeLinear", "float32", "uint16", "qonnx")).toEqual(["UINT16"]);
    expect(types("DequantizeLinear", "int8", "int8", "qonnx")).toEqual(["SCALEDINT8"]);
    expect(types("DequantizeLinear", "undefined", "int16", "qonnx")).toEqual(["SCALEDINT16"]);
    expect(types("DequantizeLinear", "int8", "int8", "finn-base")).toEqual(["FLOAT32"]);
  });

  it("takes a custom operator's own output type", () => {
    expect(infer("CustomOp", ["INT4"], "finn-base", { outputDataType: "UINT4" })).toBe("UINT4");
    expect(infer("CustomOp", ["INT4"], "finn-base", { outputDataType: "NONSENSE" })).toBe("FLOAT32");
  });
});

describe("a quantiser's output", () => {
  function quantType(options: Parameters<ReturnType<typeof draftGraph>["quant"]>[1], flavor: CostFlavor = "finn-base") {
    const graph = draftGraph();
    const out = graph.quant(graph.input("x", [1, 2]), options);
    return inferDataTypes(graph.build(out), flavor).get(out);
  }

  it("is a plain integer when every scale is exactly 1", () => {
    expect(quantType({ bits: 4, scale: 1 })).toBe("INT4");
    expect(quantType({ bits: 4, scale: [1, 1], scaleShape: [2], signed: false })).toBe("UINT4");
    expect(quantType({ bits: 1, scale: 1 })).toBe("BIPOLAR");
    expect(quantType({ bits: 1, scale: 1, signed: false })).toBe("BINARY");
  });

  it("is a scaled integer otherwise, also when the scale is not known", () => {
    expect(quantType({ bits: 6, scale: 0.5 })).toBe("SCALEDINT6");
    expect(quantType({ bits: 6, scale: [1, 0.5], scaleShape: [2], signed: false })).toBe("SCALEDUINT6");
    expect(quantType({ bits: 6 })).toBe("SCALEDINT6");
    expect(quantType({ bits: 1, scale: 0.5 })).toBe("SCALEDINT1");
  });

  it("is float with a zero point, a fractional width or no width at all", () => {
    expect(quantType({ bits: 6, scale: 0.5, zeroPoint: 3 })).toBe("FLOAT32");
    expect(quantType({ bits: 6.5, scale: 0.5 })).toBe("FLOAT32");
    expect(quantType({ bits: 0, scale: 0.5 })).toBe("FLOAT32");
  });

  it("is float when the bit width is computed or has a dimension", () => {
    const graph = draftGraph();
    const x = graph.input("x", [2]);
    const one = graph.constant("one", [], [1]);
    const zero = graph.constant("zero", [], [0]);
    const computed = graph.node("Ceil", [graph.constant("bits", [], [3.5])]);
    const vector = graph.constant("vector", [1], [4]);
    const a = graph.node("Quant", [x, one, zero, computed], { signed: 1, narrow: 0 });
    const b = graph.node("Quant", [x, one, zero, vector], { signed: 1, narrow: 0 });
    const types = inferDataTypes(graph.build(a, b), "qonnx");
    expect([types.get(a), types.get(b)]).toEqual(["FLOAT32", "FLOAT32"]);
  });

  it.each(["", "onnx.brevitas", "finn.custom_op.general", "qonnx.custom_op.general"])(
    "is the same in domain '%s'",
    (domain) => {
      expect(quantType({ bits: 4, scale: 0.5, domain })).toBe("SCALEDINT4");
      expect(quantType({ bits: 4, scale: 0.5, domain, opType: "IntQuant" }, "qonnx")).toBe("SCALEDINT4");
      expect(quantType({ bits: 1, scale: 1, domain, opType: "BipolarQuant" })).toBe("BIPOLAR");
      expect(quantType({ bits: 1, scale: 0.5, domain, opType: "BipolarQuant" })).toBe("FLOAT32");
    },
  );
});

describe("inferDataTypes", () => {
  it("takes tensors without annotation for float, constants too, and believes annotations", () => {
    const graph = draftGraph();
    const x = graph.input("x", [2]);
    const plain = graph.constant("plain", [2], [1, 2]);
    const annotated = graph.constant("annotated", [2], [1, 2], { dataType: "INT2" });
    const types = inferDataTypes(graph.build(x, plain, annotated), "qonnx");
    expect([types.get(x), types.get(plain), types.get(annotated)]).toEqual(["FLOAT32", "FLOAT32", "INT2"]);
  });

  it("keeps an annotated output where the op is not known, and only there", () => {
    const graph = draftGraph();
    const x = graph.input("x", [2]);
    const threshold = graph.node("MultiThreshold", [x]);
    const relu = graph.node("Conv", [x, x]);
    const built = graph.build(threshold, relu);
    const annotate = (name: string): [string, Tensor] => [name, { name, elementType: "float32", dataType: "UINT2" }];
    const tensors = new Map([...built.tensors, annotate(threshold), annotate(relu)]);
    const types = inferDataTypes({ ...built, tensors }, "finn-base");
    expect([types.get(threshold), types.get(relu)]).toEqual(["UINT2", "FLOAT32"]);
  });

  it("takes overrides for granted and goes on from them", () => {
    const graph = draftGraph();
    const sum = graph.node("Add", [graph.input("x", [2]), graph.input("y", [2])]);
    const flat = graph.node("Flatten", [sum]);
    const types = inferDataTypes(graph.build(flat), "finn-base", new Map([[sum, "UINT6"]]));
    expect([types.get(sum), types.get(flat)]).toEqual(["UINT6", "UINT6"]);
  });

  it("does not call an absent optional input an integer", () => {
    const graph = draftGraph();
    const x = graph.quant(graph.input("x", [1, 2, 4]), { bits: 4, scale: 1 });
    const out = graph.node("Conv", [x, x, ""]);
    expect(inferDataTypes(graph.build(out), "qonnx").get(out)).toBe("FLOAT32");
  });
});
