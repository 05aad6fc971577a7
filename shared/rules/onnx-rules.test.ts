/** Rules that only ONNX files can break, and what the others say about files: nodes instead of call sites. */
import { describe, expect, it } from "vitest";
import { analyzeOnnxText, checkOnnx } from "../testing/fixture.js";
import { onnxExample } from "./support/example.js";

const quant = "qonnx.custom_op.general.Quant <signed = 1, narrow = 1>";

describe("bit-width-not-integer", () => {
  it.each([
    ["a fraction", "float[] b = {2.5}", "the bit width 2.5"],
    ["zero", "float[] b = {0}", "the bit width 0"],
    ["several", "float[2] b = {4, 8}", "2 bit widths"],
  ])("refuses %s", (_what, initializers, message) => {
    checkOnnx(
      "bit-width-not-integer",
      onnxExample({ initializers, nodes: `q = ${quant} (x, s, z, b)\ny = Conv (q, w)` }),
      [["q", message]],
    );
  });

  it("refuses a width that is computed from data", () => {
    const nodes = `c = ReduceMax (x)\nq = ${quant} (x, s, z, c)\ny = Conv (q, w)`;
    checkOnnx("bit-width-not-integer", onnxExample({ nodes }), [["q", "a bit width that is no constant"]]);
  });

  it("accepts one that is computed from constants", () => {
    const nodes = `c = Ceil (b)\nq = ${quant} (x, s, z, c)\ny = Conv (q, w)`;
    checkOnnx("bit-width-not-integer", onnxExample({ initializers: "float[] b = {6.3}", nodes }), []);
  });
});

describe("scale-not-positive-static", () => {
  it.each([
    ["negative", "float[] s = {-1}", "the scale -1"],
    ["not finite", "float[] s = {Infinity}", "the scale Infinity"],
  ])("refuses a %s scale", (_what, initializers, message) => {
    checkOnnx(
      "scale-not-positive-static",
      onnxExample({ initializers, nodes: `q = ${quant} (x, s, z, b)\ny = Conv (q, w)` }),
      [["q", message]],
    );
  });
});

describe("scale-granularity", () => {
  it("knows where output channels lie in a transposed weight", () => {
    const nodes = `q = ${quant} (m, t, z, b)\nr = Transpose <perm = [1, 0]> (q)\nf = Flatten (x)\ny = MatMul (f, r)`;
    const graph = (scale: string) => onnxExample({ initializers: `float[24,2048] m; ${scale} t`, nodes });
    checkOnnx("scale-granularity", graph("float[24,1]"), []);
    checkOnnx("scale-granularity", graph("float[1,2048]"), [["q", "scales of shape [1, 2048]"]]);
  });
});

describe("shared-weight-quantiser", () => {
  it("names the readers", () => {
    const nodes = `q = ${quant} (v, s, z, b)\nc = Conv (x, q)\ny = Conv (c, q)`;
    checkOnnx(
      "shared-weight-quantiser",
      onnxExample({ initializers: "float[2,2,1] v", nodes }),
      [["q", "is read by c and y"]],
      { profile: "finn" },
    );
  });
});

describe("group-divisibility", () => {
  it("checks both numbers of channels and the weight", () => {
    checkOnnx("group-divisibility", onnxExample({ nodes: "y = Conv <group = 3> (x, w)" }), [
      ["y", "3 groups, which do not divide its 2 input and 24 output channels"],
    ]);
    checkOnnx("group-divisibility", onnxExample({ nodes: "y = Conv <group = 2> (x, w)" }), [
      ["y", "a weight for 2 channels in each of 2 groups, but its input has 2"],
    ]);
    checkOnnx("group-divisibility", onnxExample({ nodes: "y = Conv (x, w)" }), []);
  });
});

describe("node-input-order", () => {
  it("minds constants in the first place", () => {
    const initializers = "float[2,2] m; float[2,1] a";
    const nodes = "c = MatMul (m, x)\nd = Add (a, c)\ny = Add (d, a)";
    checkOnnx("node-input-order", onnxExample({ initializers, nodes }), [
      ["c", "the constant m as its first input"],
      ["d", "the constant a as its first input"],
    ]);
  });
});

describe("dynamic-kernel", () => {
  it("wants kernel_shape on pools", () => {
    checkOnnx("dynamic-kernel", onnxExample({ nodes: "c = AveragePool (x)\ny = Relu (c)" }), [
      ["c", "not fixed in the file"],
    ]);
  });
  it("takes a convolution's kernel from its weight", () => {
    checkOnnx("dynamic-kernel", onnxExample({ nodes: "y = Conv (x, w)" }), []);
  });
});

describe("static-input-shape", () => {
  it("wants the challenge's input in the challenge only", () => {
    const graph = onnxExample({ input: "float[1,3,32] x", nodes: "y = Relu (x)" });
    checkOnnx("static-input-shape", graph, [["y", "expects [1, 2, 1024]"]]);
    checkOnnx("static-input-shape", graph, [], { profile: "finn" });
  });
  it("wants a shape at all", () => {
    checkOnnx("static-input-shape", onnxExample({ input: "float x", nodes: "y = Relu (x)" }), [
      ["y", "has no fixed shape, where [1, 2, 1024] is expected"],
    ]);
  });
});

describe("unsupported-op", () => {
  it("advises by op, and counts an element of an op without weights once", () => {
    const nodes = "c = GlobalAveragePool (x)\ny = Softmax (c)";
    checkOnnx("unsupported-op", onnxExample({ nodes }), [
      [
        "c",
        "GlobalAveragePool (c) is unknown to finn-base's cost tool, so the cost is not the whole cost: it adds at least nothing and at most +2.10 Mbop",
      ],
      ["y", "leave it out"],
    ]);
  });
  it("says nothing about nodes that are folded away", () => {
    checkOnnx("unsupported-op", onnxExample({ nodes: "c = Sqrt (s)\ny = Mul (x, c)" }), []);
  });
});

describe("bipolar-scale-not-one", () => {
  it("prices a BipolarQuant node that qonnx takes for a float", () => {
    const nodes = "q = qonnx.custom_op.general.BipolarQuant (x, s)\ny = Conv (q, w)";
    checkOnnx(
      "bipolar-scale-not-one",
      onnxExample({ nodes }),
      [["q", "the scale 0.125 where a bipolar tensor needs exactly 1; set scale to 1: costs"]],
      { flavor: "qonnx" },
    );
    checkOnnx("bipolar-scale-not-one", onnxExample({ initializers: "float[] s = {1}", nodes }), [], {
      flavor: "qonnx",
    });
  });
});

describe("qcdq-opset", () => {
  it.each([
    [9, "int8[] u = {0}; float[] t = {0.1}", 1],
    [10, "int8[] u = {0}; float[] t = {0.1}", 0],
    [12, "int8[24] u; float[24] t", 1],
    [13, "int8[24] u; float[24] t", 0],
  ])("knows what opset %i has", (opset, parameters, count) => {
    const nodes = "d = DequantizeLinear <axis = 0> (v, t, u)\ny = Conv (x, d)";
    const { problems } = analyzeOnnxText(onnxExample({ opset, initializers: `int8[24,2,27] v; ${parameters}`, nodes }));
    expect(problems.filter(({ code }) => code === "qcdq-opset")).toHaveLength(count);
  });
});

describe("qcdq-cost", () => {
  it("is one finding per file, by flavour", () => {
    const nodes =
      "c = QuantizeLinear (x, t, u)\nd = DequantizeLinear (c, t, u)\ne = DequantizeLinear (v, t, u)\ny = Conv (d, e)";
    const graph = onnxExample({ initializers: "int8[24,2,27] v; float[] t = {0.1}; int8[] u = {0}", nodes });
    checkOnnx("qcdq-cost", graph, [["d", "2 DequantizeLinear nodes, which finn-base takes for floats"]]);
    checkOnnx("qcdq-cost", graph, [["d", "charged at the width of their containers"]], { flavor: "qonnx" });
    checkOnnx("weight-not-quantised", graph, []);
  });
});

describe("trunc-power-of-two", () => {
  const trunc = (initializers: string, inputs: string) =>
    onnxExample({ initializers, nodes: `y = qonnx.custom_op.general.Trunc (x, s, z, ${inputs})` });
  it("knows both versions of the op", () => {
    checkOnnx("trunc-power-of-two", trunc("float[] i = {8}; float[] o = {9}", "i, o"), [["y", "widens 8 bits to 9"]]);
    checkOnnx("trunc-power-of-two", trunc("float[] i = {10}; float[] o = {8}", "i, o"), []);
    checkOnnx("trunc-power-of-two", trunc("float[] i = {10}; float[] t = {0.375}; float[] o = {8}", "i, t, o"), [
      ["y", "divides by 3 where a power of two"],
    ]);
    checkOnnx("trunc-power-of-two", trunc("float[] i = {10}; float[] t = {0.5}; float[] o = {8}", "i, t, o"), []);
  });
  it("wants zero point 0", () => {
    checkOnnx("trunc-power-of-two", trunc("float[] z = {1}; float[] i = {10}; float[] o = {8}", "i, o"), [
      ["y", "the zero point 1"],
    ]);
  });
});

describe("avgpool-finn-shape", () => {
  const graph = (pool: string, trunc = "") =>
    onnxExample({
      input: "float[1,2,32,32] x",
      initializers: "float[] k = {16}; float[] i = {12}; float[] o = {8}",
      nodes: `q = ${quant} (x, s, z, b)\np = AveragePool <${pool}> (q)\nm = Mul (p, k)\ny = qonnx.custom_op.general.Trunc <rounding_mode = "${trunc || "FLOOR"}"> (m, s, z, i, o)`,
    });
  it("accepts FINN's pattern", () => {
    checkOnnx("avgpool-finn-shape", graph("kernel_shape = [4, 4], strides = [4, 4]"), [], { profile: "finn" });
  });
  it.each([
    ["kernel_shape = [4, 2], strides = [4, 4]", "", "the window 4×2 where a square one is expected"],
    ["kernel_shape = [4, 4], strides = [4, 2]", "", "the strides 4×2 where equal ones are expected"],
    ["kernel_shape = [4, 4], strides = [4, 4], pads = [1, 1, 1, 1]", "", "padding where none is expected"],
    ["kernel_shape = [4, 4], strides = [4, 4]", "ROUND", "a Trunc that rounds by ROUND"],
  ])("minds %s %s", (pool, trunc, message) => {
    checkOnnx("avgpool-finn-shape", graph(pool, trunc), [["p", message]], { profile: "finn" });
  });
});

describe("activation-unsupported", () => {
  it("accepts a quantiser on the input, and batch norm before one", () => {
    const initializers = "float[2] g; float[2] a; float[2] m; float[2] v";
    const nodes = `q = ${quant} (x, s, z, b)\nn = BatchNormalization (q, g, a, m, v)\ny = ${quant} (n, s, z, b)`;
    checkOnnx("activation-unsupported", onnxExample({ initializers, nodes }), [], { profile: "finn" });
  });
});
