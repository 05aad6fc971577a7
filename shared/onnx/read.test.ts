import onnxProto, { type onnx } from "onnx-proto";
import { describe, expect, it } from "vitest";
import { readOnnx } from "./read.js";
import { encodeModel, oneNode, tensorInfo } from "./testing/models.js";
import { read, refusal } from "./testing/reading.js";

const { AttributeType } = onnxProto.onnx.AttributeProto;

const text = new TextEncoder();

describe("nodes", () => {
  const domains = ["", "onnx.brevitas", "finn.custom_op.general", "qonnx.custom_op.general"];
  it.each(domains)("puts the Quant of domain '%s' into QONNX's domain", (domain) => {
    const graph = read(encodeModel(oneNode({ opType: "Quant", domain })));
    expect(graph.nodes[0]).toMatchObject({ opType: "Quant", domain: "qonnx.custom_op.general" });
  });

  it("leaves other domains as they are, and knows that ai.onnx is ONNX's own", () => {
    expect(
      read(encodeModel(oneNode({ opType: "MultiThreshold", domain: "qonnx.custom_op.general" }))).nodes[0]?.domain,
    ).toBe("qonnx.custom_op.general");
    expect(read(encodeModel(oneNode({ opType: "Quant", domain: "com.example" }))).nodes[0]?.domain).toBe("com.example");
    expect(read(encodeModel(oneNode({ opType: "Relu", domain: "ai.onnx" }))).nodes[0]?.domain).toBe("");
  });

  it("reads every kind of attribute", () => {
    const attribute: onnx.IAttributeProto[] = [
      { name: "f", type: AttributeType.FLOAT, f: 0.5 },
      { name: "i", type: AttributeType.INT, i: -3 },
      { name: "s", type: AttributeType.STRING, s: text.encode("ROUND") },
      { name: "floats", type: AttributeType.FLOATS, floats: [1.5, 2] },
      { name: "ints", type: AttributeType.INTS, ints: [1, -2] },
      { name: "strings", type: AttributeType.STRINGS, strings: [text.encode("a"), text.encode("")] },
      { name: "none", type: AttributeType.INTS },
      { name: "zero", type: AttributeType.INT },
      { name: "t", type: AttributeType.TENSOR, t: { dims: [1], dataType: 1, floatData: [4] } },
    ];
    expect(read(encodeModel(oneNode({ opType: "Any", attribute }))).nodes[0]?.attributes).toEqual({
      f: 0.5,
      i: -3,
      s: "ROUND",
      floats: [1.5, 2],
      ints: [1, -2],
      strings: ["a", ""],
      none: [],
      zero: 0,
      t: { name: "", elementType: "float32", shape: [1], constant: true, data: Float32Array.of(4) },
    });
  });

  it("takes names such as __proto__ and constructor as names like any other", () => {
    const attribute = [
      { name: "__proto__", type: AttributeType.INT, i: 1 },
      { name: "constructor", type: AttributeType.INT, i: 2 },
    ];
    const bytes = encodeModel({
      name: "__proto__",
      input: [tensorInfo("__proto__", [1])],
      output: [tensorInfo("toString", [1])],
      node: [{ name: "__proto__", opType: "hasOwnProperty", input: ["__proto__"], output: ["toString"], attribute }],
    });
    const graph = read(bytes);
    expect(Object.entries(graph.nodes[0]?.attributes ?? {})).toEqual([
      ["__proto__", 1],
      ["constructor", 2],
    ]);
    expect(Object.getPrototypeOf(graph.nodes[0]?.attributes)).toBe(Object.prototype);
    expect(graph.inputs).toEqual(["__proto__"]);
  });

  const forms: readonly (readonly [string, onnx.IAttributeProto, object])[] = [
    [
      "value",
      { t: { dims: [1], dataType: 7, int64Data: [3] }, type: AttributeType.TENSOR },
      { elementType: "int64", shape: [1], data: Float64Array.of(3) },
    ],
    [
      "value_float",
      { f: 0.5, type: AttributeType.FLOAT },
      { elementType: "float32", shape: [], data: Float32Array.of(0.5) },
    ],
    [
      "value_floats",
      { floats: [1, 2], type: AttributeType.FLOATS },
      { elementType: "float32", shape: [2], data: Float32Array.of(1, 2) },
    ],
    ["value_int", { i: 4, type: AttributeType.INT }, { elementType: "int64", shape: [], data: Float64Array.of(4) }],
    [
      "value_ints",
      { ints: [1, 2], type: AttributeType.INTS },
      { elementType: "int64", shape: [2], data: Float64Array.of(1, 2) },
    ],
    ["value_string", { s: text.encode("a"), type: AttributeType.STRING }, { elementType: "string", shape: [] }],
    [
      "value_strings",
      { strings: [text.encode("a")], type: AttributeType.STRINGS },
      { elementType: "string", shape: [1] },
    ],
  ];
  it.each(forms)("turns a Constant's %s into the tensor 'value'", (name, attribute, tensor) => {
    const bytes = encodeModel({
      node: [{ opType: "Constant", output: ["y"], attribute: [{ name, ...attribute }] }],
      output: [tensorInfo("y", [1])],
    });
    expect(read(bytes).nodes[0]?.attributes.value).toMatchObject({ constant: true, ...tensor });
  });

  it("gives nodes without a name, or with one that is taken, a name of their own", () => {
    const node = [
      { opType: "Relu", name: "", input: ["x"], output: ["a"] },
      { opType: "Relu", name: "Relu_0", input: ["a"], output: ["b"] },
      { opType: "Relu", name: "Relu_0", input: ["b"], output: ["y"] },
    ];
    const graph = read(encodeModel({ ...oneNode({}), node }));
    const names = graph.nodes.map(({ name }) => name);
    expect(names).toContain("Relu_0");
    expect(new Set(names).size).toBe(3);
    expect(graph.nodes[1]?.name).toBe("Relu_0");
  });

  it("sorts nodes that are out of order and leaves the rest where it was", () => {
    const node = [
      { opType: "Neg", name: "last", input: ["b"], output: ["y"] },
      { opType: "Relu", name: "first", input: ["x"], output: ["a"] },
      { opType: "Abs", name: "second", input: ["a"], output: ["b"] },
    ];
    expect(read(encodeModel({ ...oneNode({}), node })).nodes.map(({ name }) => name)).toEqual([
      "first",
      "second",
      "last",
    ]);
  });

  it("leaves a subgraph out and says so", () => {
    const attribute = [{ name: "then_branch", type: AttributeType.GRAPH, g: oneNode({ opType: "Relu" }) }];
    const { value, problems } = readOnnx(encodeModel(oneNode({ opType: "If", name: "choice", attribute })));
    expect(value?.nodes[0]).toMatchObject({ opType: "If", attributes: {} });
    expect(problems.map(({ message }) => message)).toEqual([
      'The node "choice" (If) contains a subgraph, which is not looked into: its cost is not counted.',
    ]);
  });

  const node = (opType: string, input: string[], output: string[]): onnx.INodeProto => ({
    opType,
    name: opType,
    input,
    output,
  });
  const refused: readonly (readonly [string, onnx.IGraphProto, RegExp])[] = [
    [
      "a cycle",
      { node: [node("A", ["x", "c"], ["b"]), node("B", ["b"], ["c"]), node("C", ["c"], ["y"])] },
      /cycle through 2 nodes: "A", "B"/,
    ],
    ["a node that reads its own output", { node: [node("A", ["x", "y"], ["y"])] }, /cycle through the node "A"/],
    [
      "two sources of one tensor",
      { node: [node("A", ["x"], ["y"]), node("B", ["x"], ["y"])] },
      /"y" is written by two nodes, "A" and "B"/,
    ],
    ["a node that writes an input", { node: [node("A", ["x"], ["x", "y"])] }, /"A" writes "x", which is also an input/],
    ["an unknown tensor", { node: [node("A", ["nowhere"], ["y"])] }, /"A" \(A\) reads "nowhere"/],
    [
      "an output that nothing writes",
      { node: [node("A", ["x"], ["z"])] },
      /The output "y" of the graph is written by no node/,
    ],
    ["no output", { node: [node("A", ["x"], ["y"])], output: [] }, /no output/],
    ["no node and so nothing that writes the output", { node: [] }, /"y" of the graph is written by no node/],
    ["a node without an operator", { node: [{ input: ["x"], output: ["y"] }] }, /node without an operator/],
    [
      "the same attribute twice",
      {
        node: [
          {
            ...node("A", ["x"], ["y"]),
            attribute: [
              { name: "i", i: 1 },
              { name: "i", i: 2 },
            ],
          },
        ],
      },
      /"i" twice/,
    ],
    [
      "two initialisers of one name",
      {
        initializer: [
          { name: "w", dims: [0], dataType: 1 },
          { name: "w", dims: [0], dataType: 1 },
        ],
      },
      /two initialisers named "w"/,
    ],
    ["an initialiser without a name", { initializer: [{ dims: [0], dataType: 1 }] }, /initialiser has no name/],
    ["two inputs of one name", { input: [tensorInfo("x", [1]), tensorInfo("x", [1])] }, /two inputs named "x"/],
    [
      "an attribute beyond 2^53",
      { node: [{ ...node("A", ["x"], ["y"]), attribute: [{ name: "i", type: AttributeType.INT, i: 2 ** 53 + 2 }] }] },
      /beyond 2\^53/,
    ],
  ];
  it.each(refused)("refuses %s", (_, graph, message) => {
    expect(refusal(encodeModel({ ...oneNode({ opType: "Relu" }), ...graph }))).toMatch(message);
  });
});

describe("inputs and shapes", () => {
  const withInput = (input: onnx.IValueInfoProto): Uint8Array =>
    encodeModel({ ...oneNode({ opType: "Relu" }), input: [input] });

  it("takes a free first dimension as a batch of 1", () => {
    for (const batch of ["N", "", 0]) {
      expect(read(withInput(tensorInfo("x", [batch, 2]))).tensors.get("x")?.shape).toEqual([1, 2]);
    }
  });

  it("takes the batch's name as 1 in inner tensors and leaves other names to inference", () => {
    const graph = oneNode({ opType: "Relu" });
    const bytes = encodeModel({
      ...graph,
      input: [tensorInfo("x", ["N", 2])],
      node: [...(graph.node ?? []), { opType: "Relu", input: ["x"], output: ["z"] }],
      output: [tensorInfo("y", ["N", 2]), tensorInfo("z", ["N", "M"])],
    });
    expect(read(bytes).tensors.get("y")?.shape).toEqual([1, 2]);
    expect(read(bytes).tensors.get("z")?.shape).toBeUndefined();
  });

  const refused: readonly (readonly [string, onnx.IValueInfoProto, RegExp])[] = [
    ["another free dimension", tensorInfo("x", [1, "L"]), /Dimension 1 of the input "x" is L/],
    [
      "an open dimension",
      { name: "x", type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 1 }, {}] } } } },
      /Dimension 1 of the input "x" is open/,
    ],
    ["a negative dimension", tensorInfo("x", [-1, 2]), /Dimension 0 of the input "x" is -1/],
    ["no shape", { name: "x", type: { tensorType: { elemType: 1 } } }, /"x" has no shape/],
    ["a sequence", { name: "x", type: { sequenceType: {} } }, /"x" is not a tensor/],
  ];
  it.each(refused)("refuses an input with %s", (_, input, message) => {
    expect(refusal(withInput(input))).toMatch(message);
  });

  it("does not take an initialiser that is also listed as an input for a dynamic input", () => {
    const graph = oneNode({ opType: "Add" }, [{ name: "w", dims: [1], dataType: 1, floatData: [1] }]);
    const bytes = encodeModel({ ...graph, input: [tensorInfo("x", [1, 4]), tensorInfo("w", [1])] });
    expect(read(bytes).inputs).toEqual(["x"]);
  });

  it("reads FINN's data type annotations and reports a type it has no word for", () => {
    const annotate = (tensorName: string, value: string): onnx.ITensorAnnotation => ({
      tensorName,
      quantParameterTensorNames: [{ key: "finn_datatype", value }],
    });
    const graph = {
      ...oneNode({ opType: "Relu" }),
      quantizationAnnotation: [annotate("x", "SCALEDINT<8>"), annotate("y", "FIXED<8,4>"), annotate("none", "INT2")],
    };
    const { value, problems } = readOnnx(encodeModel(graph));
    expect(value?.tensors.get("x")?.dataType).toBe("SCALEDINT8");
    expect(value?.tensors.get("y")?.dataType).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain('"FIXED<8,4>"');
  });

  it("makes a layer of each node on the data path but quantisers", () => {
    const bytes = encodeModel({
      ...oneNode({}),
      initializer: [{ name: "w", dims: [4], dataType: 1, floatData: [1, 2, 3, 4] }],
      node: [
        { opType: "Neg", name: "constant", input: ["w"], output: ["v"] },
        { opType: "Quant", name: "quant", input: ["x"], output: ["q"] },
        { opType: "Add", name: "sum", input: ["q", "v"], output: ["y"] },
      ],
    });
    const graph = read(bytes);
    expect(graph.layers).toMatchObject([{ index: 0, name: "sum", kind: "Add", inputs: ["q"], output: "y" }]);
    expect(graph.nodes.map(({ layer }) => layer)).toEqual([undefined, undefined, 0]);
  });
});

describe("a file without its end", () => {
  const { ModelProto } = onnxProto.onnx;

  it("is refused when the graph is missing", () => {
    expect(refusal(ModelProto.encode({ irVersion: 8, opsetImport: [{ version: 13 }] }).finish())).toMatch(
      /has no graph/,
    );
  });

  it("is refused when the operator sets are missing, which follow the graph", () => {
    const bytes = ModelProto.encode({ irVersion: 8, graph: oneNode({ opType: "Relu" }) }).finish();
    expect(refusal(bytes)).toMatch(/ends before its list of operator sets/);
  });
});
