import { describe, expect, it } from "vitest";
import { applyEdits, parseFixture } from "./fixture.js";
import { graphFromOnnxText } from "./onnx-text.js";

describe("parseFixture", () => {
  it("takes the cursor out and finds what carets underline", () => {
    const fixture = parseFixture("let a = $0b;\n//      ^ first: one\n//  ^^^^^ second\nlet c;\n");
    expect(fixture.text).toBe("let a = b;\n//      ^ first: one\n//  ^^^^^ second\nlet c;\n");
    expect(fixture.cursor).toBe(8);
    expect(fixture.annotations).toEqual([
      { line: 0, start: 8, end: 9, message: "first: one" },
      { line: 0, start: 4, end: 9, message: "second" },
    ]);
  });

  it("leaves other comments alone", () => {
    expect(parseFixture("// a comment\nlet a; // b ^ c\n").annotations).toEqual([]);
  });
});

describe("applyEdits", () => {
  it("makes edits from the end on, so that offsets stay right", () => {
    const file = "a";
    expect(
      applyEdits("abcdef", [
        { file, start: 0, end: 0, newText: "<" },
        { file, start: 2, end: 4, newText: "" },
        { file, start: 6, end: 6, newText: ">" },
      ]),
    ).toBe("<abef>");
  });
});

describe("graphFromOnnxText", () => {
  it("reads inputs, initialisers, attributes and domains", () => {
    const graph = graphFromOnnxText(`
<ir_version: 8, opset_import: ["" : 13]>
small (float[1,2,8] x) => (float y)
<float[4,2,1] w, int64[] b = {8}>
{
  q = my.domain.Quant <signed = 1, mode = "ROUND"> (x, b)
  y, z = Conv <strides = [2], group = 1> (q, w)
}
`);
    expect(graph).toMatchObject({ name: "small", opset: 13, inputs: ["x"], outputs: ["y"] });
    expect(graph.nodes).toEqual([
      {
        name: "q",
        opType: "Quant",
        domain: "my.domain",
        inputs: ["x", "b"],
        outputs: ["q"],
        attributes: { signed: 1, mode: "ROUND" },
      },
      {
        name: "y",
        opType: "Conv",
        domain: "",
        inputs: ["q", "w"],
        outputs: ["y", "z"],
        attributes: { strides: [2], group: 1 },
      },
    ]);
    expect(graph.tensors.get("w")).toEqual({ name: "w", elementType: "float32", shape: [4, 2, 1], constant: true });
    expect(graph.tensors.get("b")).toMatchObject({ shape: [], constant: true, data: Float64Array.of(8) });
    expect(graph.tensors.get("y")).toEqual({ name: "y", elementType: "float32" });
  });

  it("refuses what it does not understand", () => {
    expect(() => graphFromOnnxText("nothing")).toThrow("No graph found");
  });
});
