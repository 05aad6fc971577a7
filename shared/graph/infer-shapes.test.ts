import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draftGraph } from "../testing/draft-graph.js";
import type { AttributeValue, GraphNode, Shape, Tensor } from "./graph.js";
import { inferNodeShapes, inferShapes } from "./infer-shapes.js";

fc.configureGlobal({ seed: 2018 });

type Input = Shape | Tensor | undefined;

/** An integer constant, such as a Reshape's target. */
function ints(...values: number[]): Tensor {
  return { name: "", elementType: "int64", shape: [values.length], constant: true, data: Float64Array.from(values) };
}

function floats(...values: number[]): Tensor {
  return { name: "", elementType: "float32", shape: [values.length], constant: true, data: Float32Array.from(values) };
}

function tensorOf(input: Input): Tensor | undefined {
  return Array.isArray(input) ? { name: "", elementType: "float32", shape: input } : (input as Tensor | undefined);
}

function infer(opType: string, inputs: readonly Input[], attributes: Record<string, AttributeValue> = {}, outputs = 1) {
  const domain = opType === "CustomOp" ? "quantlens" : "";
  const names = Array.from({ length: outputs }, (_, index) => `out${index}`);
  const node: GraphNode = {
    name: "node",
    opType,
    domain,
    inputs: inputs.map(() => ""),
    outputs: names,
    attributes,
  };
  return inferNodeShapes(node, inputs.map(tensorOf));
}

type Case = readonly [string, readonly Input[], Record<string, AttributeValue>, Shape];

// prettier-ignore
const fitting: readonly Case[] = [
  ["Conv", [[1, 2, 1024], [24, 2, 27]], { strides: [2], pads: [13, 13] }, [1, 24, 512]],
  ["Conv", [[1, 24, 512], [24, 1, 21]], { pads: [10, 10], group: 24 }, [1, 24, 512]],
  ["Conv", [[4, 3, 8, 10], [5, 3, 3, 3]], { pads: [1, 0, 1, 2], strides: [2, 1] }, [4, 5, 4, 10]],
  ["Conv", [[1, 2, 16], [3, 2, 3]], { dilations: [3] }, [1, 3, 10]],
  ["Conv", [[1, 2, 15], [3, 2, 4]], { auto_pad: "SAME_UPPER", strides: [2] }, [1, 3, 8]],
  ["Conv", [[1, 2, 15], [3, 2, 4]], { auto_pad: "VALID", pads: [9, 9], strides: [2] }, [1, 3, 6]],
  ["ConvTranspose", [[1, 4, 10], [4, 3, 4]], { strides: [2], pads: [1, 1] }, [1, 3, 20]],
  ["ConvTranspose", [[1, 4, 5, 5], [4, 3, 3, 3]], { strides: [2, 2], output_padding: [1, 0], group: 2 }, [1, 6, 12, 11]],
  ["ConvTranspose", [[1, 4, 10], [4, 3, 3]], { strides: [3], auto_pad: "SAME_LOWER" }, [1, 3, 30]],
  ["ConvTranspose", [[1, 4, 10], [4, 3, 3]], { output_shape: [13] }, [1, 3, 13]],
  ["MaxPool", [[1, 48, 128]], { kernel_shape: [128], strides: [1] }, [1, 48, 1]],
  ["MaxPool", [[1, 3, 7]], { kernel_shape: [2], strides: [2], ceil_mode: 1 }, [1, 3, 4]],
  ["MaxPool", [[1, 3, 7]], { kernel_shape: [2], strides: [3], pads: [1, 1], ceil_mode: 1 }, [1, 3, 3]],
  ["AveragePool", [[1, 3, 8, 8]], { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 0, 0] }, [1, 3, 4, 4]],
  ["GlobalMaxPool", [[1, 24, 8, 9]], {}, [1, 24, 1, 1]],
  ["GlobalAveragePool", [[1, 24, 8]], {}, [1, 24, 1]],
  ["BatchNormalization", [[1, 24, 8], [24], [24], [24], [24]], {}, [1, 24, 8]],
  ["Relu", [[1, 24, 8]], {}, [1, 24, 8]],
  ["Quant", [[24, 1, 3], [24, 1, 1], [], []], {}, [24, 1, 3]],
  ["MatMul", [[1, 64], [64, 10]], {}, [1, 10]],
  ["MatMul", [[5, 1, 2, 3], [4, 3, 7]], {}, [5, 4, 2, 7]],
  ["MatMul", [[3], [3]], {}, []],
  ["MatMul", [[3], [2, 3, 4]], {}, [2, 4]],
  ["Gemm", [[1, 48], [24, 48], [24]], { transB: 1 }, [1, 24]],
  ["Gemm", [[48, 2], [48, 24], []], { transA: 1 }, [2, 24]],
  ["Flatten", [[1, 48, 4]], {}, [1, 192]],
  ["Flatten", [[2, 3, 4]], { axis: 0 }, [1, 24]],
  ["Flatten", [[2, 3, 4]], { axis: -1 }, [6, 4]],
  ["Reshape", [[2, 3, 4], ints(0, -1)], {}, [2, 12]],
  ["Reshape", [[2, 3, 4], ints(4, 6)], {}, [4, 6]],
  ["Transpose", [[2, 3, 4]], {}, [4, 3, 2]],
  ["Transpose", [[2, 3, 4]], { perm: [0, 2, 1] }, [2, 4, 3]],
  ["Concat", [[1, 3, 4], [1, 5, 4]], { axis: 1 }, [1, 8, 4]],
  ["Concat", [[1, 3, 4], [1, 3, 4]], { axis: -1 }, [1, 3, 8]],
  ["Add", [[1, 24, 8], [24, 1]], {}, [1, 24, 8]],
  ["Mul", [[3, 1], [1, 4]], {}, [3, 4]],
  ["Div", [[3, 1], []], {}, [3, 1]],
  ["Pad", [[1, 2, 8]], { pads: [0, 0, 2, 0, 0, 1] }, [1, 2, 11]],
  ["Pad", [[1, 2, 8], ints(0, 0, 2, 0, 0, 1)], {}, [1, 2, 11]],
  ["Pad", [[1, 2, 8], ints(3, 4), undefined, ints(-1)], {}, [1, 2, 15]],
  ["Upsample", [[1, 2, 8], floats(1, 1, 2.5)], {}, [1, 2, 20]],
  ["Upsample", [[1, 2, 8]], { scales: [1, 1, 2] }, [1, 2, 16]],
  ["Resize", [[1, 2, 8, 8], undefined, floats(1, 1, 2, 3)], {}, [1, 2, 16, 24]],
  ["Resize", [[1, 2, 8], undefined, undefined, ints(1, 2, 5)], {}, [1, 2, 5]],
  ["Shape", [[1, 2, 8]], {}, [3]],
  ["Gather", [[3, 4], ints(0, 2)], { axis: 1 }, [3, 2]],
  ["Gather", [[3], { ...ints(1), shape: [] }], {}, []],
  ["Unsqueeze", [[3, 4], ints(0, -1)], {}, [1, 3, 4, 1]],
  ["Unsqueeze", [[]], { axes: [0] }, [1]],
  ["Squeeze", [[1, 3, 1]], {}, [3]],
  ["Squeeze", [[1, 3, 1], ints(-1)], {}, [1, 3]],
  ["Slice", [[1, 10]], { starts: [2], ends: [1000], axes: [1] }, [1, 8]],
  ["Slice", [[10], ints(-1), ints(-1000), ints(0), ints(-2)], {}, [5]],
  ["Slice", [[10], ints(8), ints(2)], {}, [0]],
  ["Cast", [[2, 3]], { to: 1 }, [2, 3]],
  ["Expand", [[3, 1], ints(2, 1, 6)], {}, [2, 3, 6]],
  ["Tile", [[2, 3], ints(2, 1)], {}, [4, 3]],
  ["ReduceMean", [[2, 3, 4]], { axes: [-1] }, [2, 3, 1]],
  ["ReduceSum", [[2, 3, 4], ints(1)], { keepdims: 0 }, [2, 4]],
  ["ReduceMax", [[2, 3]], {}, [1, 1]],
  ["ArgMax", [[2, 3]], { axis: 1, keepdims: 0 }, [2]],
  ["DepthToSpace", [[1, 8, 2, 3]], { blocksize: 2 }, [1, 2, 4, 6]],
  ["SpaceToDepth", [[1, 2, 4, 6]], { blocksize: 2 }, [1, 8, 2, 3]],
  ["ConstantOfShape", [ints(2, 3)], {}, [2, 3]],
  ["CustomOp", [[1, 2, 8]], { outputShape: [1, 4] }, [1, 4]],
];

describe("inferNodeShapes", () => {
  it.each(fitting)("%s of %j with %j is %j", (opType, inputs, attributes, expected) => {
    expect(infer(opType, inputs, attributes)).toEqual({ value: [expected], problems: [] });
  });

  it("gives one shape per output", () => {
    expect(infer("Split", [[1, 7]], { axis: 1 }, 3).value).toEqual([
      [1, 3],
      [1, 3],
      [1, 1],
    ]);
    expect(infer("Split", [[1, 7], ints(5, 2)], { axis: 1 }, 2).value).toEqual([
      [1, 5],
      [1, 2],
    ]);
    expect(infer("MaxPool", [[1, 3, 8]], { kernel_shape: [2] }, 2).value).toEqual([
      [1, 3, 7],
      [1, 3, 7],
    ]);
    expect(infer("BatchNormalization", [[1, 3, 8]], {}, 3).value).toEqual([[1, 3, 8], undefined, undefined]);
  });

  it("knows nothing of ops and inputs that are unknown, and calls that no problem", () => {
    expect(infer("Mystery", [[1, 2]], {}, 2)).toEqual({ value: [undefined, undefined], problems: [] });
    expect(infer("Conv", [undefined, [3, 2, 1]])).toEqual({ value: [undefined], problems: [] });
    expect(infer("Reshape", [[2, 3], [2]])).toEqual({ value: [undefined], problems: [] });
  });

  it.each<readonly [string, readonly Input[], Record<string, AttributeValue>, Shape | undefined, RegExp]>([
    [
      "Conv",
      [
        [1, 3, 8],
        [4, 2, 3],
      ],
      {},
      [1, 4, 6],
      /expects 2 input channels, but its input 1×3×8 has 3/,
    ],
    [
      "Conv",
      [
        [1, 4, 8],
        [5, 2, 3],
      ],
      { group: 2 },
      [1, 5, 6],
      /cannot divide its 5 output channels into 2 groups/,
    ],
    [
      "Conv",
      [
        [1, 2, 4],
        [4, 2, 9],
      ],
      {},
      [1, 4, 1],
      /window is larger than its padded input 1×2×4/,
    ],
    [
      "Conv",
      [
        [1, 2],
        [4, 2, 9],
      ],
      {},
      undefined,
      /expects an input of rank 3/,
    ],
    [
      "ConvTranspose",
      [
        [1, 3, 8],
        [4, 2, 3],
      ],
      {},
      [1, 2, 10],
      /expects 4 input channels/,
    ],
    ["MaxPool", [[1, 8]], { kernel_shape: [2] }, [1, 8], /expects an input of rank 3 or more/],
    ["AveragePool", [[1, 2, 4]], { kernel_shape: [5] }, [1, 2, 1], /window is larger/],
    ["BatchNormalization", [[1, 3, 8], [4]], {}, [1, 3, 8], /parameters for 4 channels, but its input 1×3×8 has 3/],
    [
      "Add",
      [
        [1, 24, 8],
        [1, 48, 8],
      ],
      {},
      [1, 24, 8],
      /dimension 1 is 24 and 48/,
    ],
    [
      "MatMul",
      [
        [1, 3],
        [4, 5],
      ],
      {},
      [1, 5],
      /cannot multiply 1×3 by 4×5/,
    ],
    [
      "Gemm",
      [
        [1, 3],
        [4, 5],
      ],
      {},
      [1, 5],
      /expects 4 input features, but its input 1×3 has 3/,
    ],
    [
      "Gemm",
      [
        [1, 2, 3],
        [3, 5],
      ],
      {},
      undefined,
      /expects two matrices.*flatten/,
    ],
    ["Gemm", [[1, 3], [3, 5], [4]], {}, [1, 5], /expects a bias that fits 1×5, but found 4/],
    ["Reshape", [[2, 3], ints(4, 2)], {}, [4, 2], /cannot arrange the 6 elements of 2×3 as 4×2/],
    ["Reshape", [[2, 3], ints(4, -1)], {}, [4, 1], /cannot arrange the 6 elements/],
    ["Transpose", [[2, 3]], { perm: [0, 0] }, [2, 3], /expects a permutation of the 2 axes/],
    [
      "Concat",
      [
        [1, 3, 4],
        [1, 3, 5],
      ],
      { axis: 1 },
      [1, 6, 4],
      /cannot join 1×3×4 and 1×3×5 along axis 1/,
    ],
    [
      "Concat",
      [
        [1, 3],
        [1, 3],
      ],
      { axis: 2 },
      [1, 3],
      /axis 2, which 1×3 does not have/,
    ],
    ["Flatten", [[2, 3]], { axis: 7 }, [1, 6], /axis 7/],
    ["Squeeze", [[2, 3]], { axes: [0] }, [3], /only take out dimensions of size 1/],
    ["Pad", [[1, 2, 8]], { pads: [1, 1] }, [1, 2, 8], /expects 6 pads/],
    ["Upsample", [[1, 2, 8], floats(2)], {}, [1, 2, 8], /expects 3 scales/],
    ["Expand", [[3], ints(2)], {}, [3], /cannot stretch 3 to 2/],
  ])("%s of %j with %j goes on with %j and says why", (opType, inputs, attributes, guess, problem) => {
    const { value, problems } = infer(opType, inputs, attributes);
    expect(value).toEqual([guess]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });

  it("slides a window as often as it fits", () => {
    const window = fc.record({
      size: fc.integer({ min: 1, max: 40 }),
      kernel: fc.integer({ min: 1, max: 6 }),
      stride: fc.integer({ min: 1, max: 4 }),
      dilation: fc.integer({ min: 1, max: 3 }),
      begin: fc.integer({ min: 0, max: 3 }),
      end: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(window, ({ size, kernel, stride, dilation, begin, end }) => {
        let count = 0;
        for (let at = -begin; at + dilation * (kernel - 1) < size + end; at += stride) count++;
        const attributes = { kernel_shape: [kernel], strides: [stride], dilations: [dilation], pads: [begin, end] };
        const { value, problems } = infer(
          "Conv",
          [
            [1, 2, size],
            [3, 2, kernel],
          ],
          attributes,
        );
        expect(value[0]).toEqual([1, 3, Math.max(1, count)]);
        expect(problems).toHaveLength(count === 0 ? 1 : 0);
      }),
    );
  });

  it("undoes a convolution's size with its transpose", () => {
    const sizes = fc.tuple(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
    );
    fc.assert(
      fc.property(sizes, ([size, kernel, stride]) => {
        const attributes = { kernel_shape: [kernel], strides: [stride] };
        const [larger] = infer(
          "ConvTranspose",
          [
            [1, 2, size],
            [2, 3, kernel],
          ],
          attributes,
        ).value;
        expect(infer("Conv", [larger, [2, 3, kernel]], attributes).value).toEqual([[1, 2, size]]);
      }),
    );
  });
});

describe("inferShapes", () => {
  it("evaluates the shape computations that feed a Reshape", () => {
    const graph = draftGraph();
    const x = graph.input("x", [2, 3, 4]);
    const shape = graph.node("Shape", [x]);
    const index = graph.constant("index", [], [0], { elementType: "int64" });
    const batch = graph.node("Unsqueeze", [graph.node("Gather", [shape, index])], { axes: [0] });
    const rest = graph.constant("rest", [1], [-1], { elementType: "int64" });
    const target = graph.node("Concat", [batch, rest], { axis: 0 });
    const flat = graph.node("Reshape", [x, target]);
    const { value, problems } = inferShapes(graph.build(flat));
    expect(value.tensors.get(flat)?.shape).toEqual([2, 12]);
    expect(problems).toEqual([]);
  });

  it("keeps what the file states where it cannot infer", () => {
    const graph = draftGraph();
    const out = graph.node("Mystery", [graph.input("x", [2])]);
    const built = graph.build(out);
    const tensors = new Map(built.tensors).set(out, { name: out, elementType: "float32", shape: [7] });
    expect(inferShapes({ ...built, tensors }).value.tensors.get(out)?.shape).toEqual([7]);
  });

  it("names the node where something does not fit", () => {
    const graph = draftGraph();
    const sum = graph.node("Add", [graph.input("x", [2]), graph.input("y", [3])], {}, { name: "sum" });
    expect(inferShapes(graph.build(sum)).problems).toEqual([
      { node: "sum", message: expect.stringContaining("cannot combine 2 and 3") as string },
    ]);
  });
});
