import { describe, expect, it } from "vitest";
import { evaluateNode } from "./evaluate.js";
import type { AttributeValue, ElementType, Tensor } from "./graph.js";
import { emptyData } from "./values/tensor-value.js";

function constant(shape: readonly number[], data: readonly number[], elementType: ElementType = "float32"): Tensor {
  const values = emptyData(elementType, data.length);
  values.set(data);
  return { name: "", elementType, shape, constant: true, data: values };
}

function run(opType: string, inputs: readonly (Tensor | undefined)[], attributes: Record<string, AttributeValue> = {}) {
  const names = inputs.map((_, index) => `in${index}`);
  const node = { name: "n", opType, domain: "", inputs: names, outputs: ["y"], attributes };
  const [value] = evaluateNode(node, inputs) ?? [];
  return value && { type: value.elementType, shape: value.shape, data: Array.from(value.data ?? [], (x) => x + 0) };
}

const matrix = constant([2, 3], [1, 2, 3, 4, 5, 6]);

/** Op, inputs, attributes, shape and values as NumPy gives them. */
const cases: readonly (readonly [
  string,
  readonly Tensor[],
  Record<string, AttributeValue>,
  readonly number[],
  readonly number[],
])[] = [
  ["Transpose", [matrix], {}, [3, 2], [1, 4, 2, 5, 3, 6]],
  ["Transpose", [constant([1, 2, 3], [1, 2, 3, 4, 5, 6])], { perm: [2, 0, 1] }, [3, 1, 2], [1, 4, 2, 5, 3, 6]],
  ["Reshape", [matrix, constant([2], [3, -1], "int64")], {}, [3, 2], [1, 2, 3, 4, 5, 6]],
  ["Flatten", [matrix], { axis: 0 }, [1, 6], [1, 2, 3, 4, 5, 6]],
  ["Concat", [matrix, constant([2, 1], [7, 8])], { axis: 1 }, [2, 4], [1, 2, 3, 7, 4, 5, 6, 8]],
  ["Concat", [matrix, constant([1, 3], [7, 8, 9])], { axis: 0 }, [3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ["Slice", [matrix], { starts: [1], ends: [3], axes: [1] }, [2, 2], [2, 3, 5, 6]],
  ["Slice", [constant([4], [1, 2, 3, 4]), ...[-1, -9, 0, -2].map((x) => constant([1], [x], "int64"))], {}, [2], [4, 2]],
  ["Gather", [matrix, constant([2], [2, -3], "int64")], { axis: 1 }, [2, 2], [3, 1, 6, 4]],
  ["Gather", [matrix, constant([], [1], "int64")], { axis: 0 }, [3], [4, 5, 6]],
  ["Expand", [constant([2, 1], [1, 2]), constant([2], [2, 2], "int64")], {}, [2, 2], [1, 1, 2, 2]],
  ["Unsqueeze", [constant([2], [1, 2])], { axes: [0] }, [1, 2], [1, 2]],
  ["Squeeze", [constant([1, 2], [1, 2])], { axes: [0] }, [2], [1, 2]],
  ["Add", [matrix, constant([3], [10, 20, 30])], {}, [2, 3], [11, 22, 33, 14, 25, 36]],
  ["Mul", [constant([2, 1], [1, 2]), constant([1, 2], [3, 4])], {}, [2, 2], [3, 4, 6, 8]],
  ["Sub", [constant([], [5]), constant([2], [1, 2])], {}, [2], [4, 3]],
  ["Div", [constant([2], [7, -7], "int64"), constant([], [2], "int64")], {}, [2], [3, -3]],
  ["Div", [constant([1], [1]), constant([1], [3])], {}, [1], [Math.fround(1 / 3)]],
  ["Pow", [constant([2], [2, 3]), constant([], [2])], {}, [2], [4, 9]],
  ["Ceil", [constant([2], [18.2, -0.5])], {}, [2], [19, 0]],
  ["Floor", [constant([1], [-0.5])], {}, [1], [-1]],
  ["Clip", [constant([3], [-5, 0, 5]), constant([], [-1]), constant([], [1])], {}, [3], [-1, 0, 1]],
  ["Clip", [constant([2], [-5, 5])], { max: 2 }, [2], [-5, 2]],
  ["Cast", [constant([2], [1.7, -1.7])], { to: 7 }, [2], [1, -1]],
  ["Cast", [constant([2], [0.5, 0])], { to: 9 }, [2], [1, 0]],
  ["Shape", [matrix], {}, [2], [2, 3]],
  ["Shape", [matrix], { start: 1 }, [1], [3]],
  ["Size", [matrix], {}, [], [6]],
  ["Equal", [constant([2], [1, 2]), constant([], [2])], {}, [2], [0, 1]],
];

describe("evaluateNode", () => {
  it.each(cases)("%s of %j with %j", (opType, inputs, attributes, shape, data) => {
    expect(run(opType, inputs, attributes)).toMatchObject({ shape, data });
  });

  it("gives a comparison and a cast their element type", () => {
    expect(run("Greater", [matrix, matrix])?.type).toBe("bool");
    expect(run("Cast", [matrix], { to: 6 })?.type).toBe("int32");
    expect(run("Cast", [matrix], { to: 8 })).toBeUndefined();
  });

  it("reads all forms of a Constant node", () => {
    expect(run("Constant", [], { value: constant([1], [3]) })).toMatchObject({ shape: [1], data: [3] });
    expect(run("Constant", [], { value_int: 3 })).toEqual({ type: "int64", shape: [], data: [3] });
    expect(run("Constant", [], { value_floats: [1, 2] })).toEqual({ type: "float32", shape: [2], data: [1, 2] });
    expect(run("Constant", [], { value_ints: [1, 2] })).toEqual({ type: "int64", shape: [2], data: [1, 2] });
  });

  it("fills a ConstantOfShape", () => {
    const target = constant([2], [1, 2], "int64");
    expect(run("ConstantOfShape", [target])?.data).toEqual([0, 0]);
    expect(run("ConstantOfShape", [target], { value: constant([1], [7]) })?.data).toEqual([7, 7]);
  });

  it("has no value when an input has none, or the op is not evaluated", () => {
    expect(run("Add", [matrix, { name: "", elementType: "float32", shape: [3], constant: true }])).toBeUndefined();
    expect(run("MatMul", [matrix, matrix])).toBeUndefined();
    expect(run("Shape", [{ name: "", elementType: "float32", shape: [4, 5] }])?.data).toEqual([4, 5]);
  });
});
