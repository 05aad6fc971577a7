import { afterEach, describe, expect, it, vi } from "vitest";
import {
  defineModel,
  int,
  param,
  quantConv1d,
  quantIdentity,
  quantReLU,
  relu,
  scope,
  type Model,
  type ModelSpec,
  type Tensor,
} from "./index.js";

const input = { shape: [1, 2, 8] };

function codes(model: Model): string[] {
  return model.problems.map(({ code }) => code);
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("defineModel", () => {
  it("gives the graph's input, output and layers", () => {
    const model = defineModel({ name: "net", input, forward: (x) => relu(x) });
    expect(model).toMatchObject({ name: "net", inputShape: [1, 2, 8], recipe: [], problems: [] });
    expect(model.graph).toMatchObject({ name: "net", inputs: ["input"], outputs: ["relu.output"] });
  });

  it("passes on what forward throws, and is ready for the next model", () => {
    const failing = (): Tensor => {
      throw new RangeError("no such block");
    };
    expect(() => defineModel({ name: "net", input, forward: failing })).toThrow("no such block");
    expect(codes(defineModel({ name: "net", input, forward: (x) => relu(x) }))).toEqual([]);
  });

  it.each([undefined, null, 5, "model", [], true])("reports %j in place of a description", (spec) => {
    const model = defineModel(spec as never);
    expect(codes(model)).toEqual(expect.arrayContaining(["invalid-model", "missing-option"]));
    expect(model.graph).toMatchObject({ inputs: ["input"], outputs: ["input"], nodes: [] });
  });

  it.each([
    [{ input: { shape: [1, 0, 8] } }, "invalid-option", ["input", "shape"]],
    [{ input: { shape: [] } }, "invalid-option", ["input", "shape"]],
    [{ input: { shape: 8 } }, "invalid-option", ["input", "shape"]],
    [{ input: {} }, "missing-option", ["input"]],
    [{ input: { shape: [1, 2, 8], dtype: "float" } }, "unknown-option", ["input", "dtype"]],
    [{ input: [1, 2, 8] }, "invalid-option", ["input"]],
    [{ name: "" }, "invalid-option", ["name"]],
    [{ forward: 5 }, "invalid-option", ["forward"]],
    [{ budget: { score: 0 } }, "invalid-option", ["budget", "score"]],
    [{ budget: { scores: 1 } }, "unknown-option", ["budget", "scores"]],
    [{ challenge: { baseline: { bops: 1 } } }, "invalid-option", ["challenge"]],
    [{ data: "radioml" }, "invalid-option", ["data"]],
    [{ recipe: { epochs: 5 } }, "invalid-option", ["recipe"]],
    [{ recipe: [{ kind: "train" }] }, "invalid-option", ["recipe"]],
    [{ recipes: [] }, "unknown-option", ["recipes"]],
  ])("reports %o", (change, code, path) => {
    const spec = { name: "net", input, forward: (x: Tensor) => relu(x), ...change };
    expect(defineModel(spec as unknown as ModelSpec).problems).toMatchObject([{ code, path }]);
  });

  it("says which sizes were found", () => {
    const shape = [1, "two", -3] as unknown as number[];
    const { problems } = defineModel({ name: "net", input: { shape }, forward: (x) => relu(x) });
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('found [1, "two", -3];')]);
  });

  it.each([
    ["nothing", () => undefined],
    ["null", () => null],
    ["a promise", async () => Promise.resolve(5)],
    ["a list", (x: Tensor) => [x]],
  ])("reports a forward that returns %s, and takes the last layer as output", (_, result) => {
    const model = defineModel({
      name: "net",
      input,
      forward(x) {
        relu(x);
        return result(x) as never;
      },
    });
    expect(model.problems).toMatchObject([{ code: "forward-output", path: ["forward"] }]);
    expect(model.graph.outputs).toEqual(["relu.output"]);
  });

  it("reports a tensor of another model", () => {
    let stolen: Tensor | undefined;
    defineModel({ name: "first", input, forward: (x) => (stolen = x) });
    const model = defineModel({ name: "second", input: { shape: [1, 3, 8] }, forward: () => relu(stolen!) });
    expect(model.problems).toMatchObject([{ code: "foreign-tensor", path: [0] }]);
    expect(model.graph.nodes[0]?.inputs).toEqual(["input"]);
    expect(codes(defineModel({ name: "third", input, forward: () => stolen! }))).toEqual(["forward-output"]);
  });

  it("builds models within models", () => {
    let inner: Model | undefined;
    const outer = defineModel({
      name: "outer",
      input,
      forward(x) {
        inner = defineModel({ name: "inner", input, forward: (y) => relu(relu(y)) });
        return relu(x);
      },
    });
    expect([inner?.graph.layers.length, outer.graph.layers.length]).toEqual([2, 1]);
  });
});

describe("problems outside forward", () => {
  it("belong to the next model", () => {
    const quantizer = int(6.5);
    const model = defineModel({ name: "net", input, forward: (x) => quantIdentity(x, { actQuant: quantizer }) });
    expect(codes(model)).toEqual(["bit-width-not-integer"]);
  });

  it("belong to the last model when none follows", () => {
    let x: Tensor | undefined;
    const first = defineModel({ name: "first", input, forward: (tensor) => (x = relu(tensor)) });
    relu(x!);
    expect(codes(first)).toEqual(["layer-outside-forward"]);
    expect(first.graph.layers).toHaveLength(1);
    const second = defineModel({ name: "second", input, forward: relu });
    expect([codes(first), codes(second)]).toEqual([[], ["layer-outside-forward"]]);
  });

  it("are reported once per place, however often a loop meets them", () => {
    const model = defineModel({
      name: "net",
      input,
      forward(x) {
        for (let i = 0; i < 100; i++) x = relu(x, { nmae: "a" } as never);
        return x;
      },
    });
    expect(codes(model)).toEqual(["unknown-option"]);
    expect(model.graph.layers).toHaveLength(100);
  });
});

describe("parameters", () => {
  it("have their defaults, and are listed", () => {
    const bits = param("bits", 6);
    const model = defineModel({ name: "net", input, forward: (x) => quantIdentity(x, { actQuant: int(bits) }) });
    expect(model.parameters).toContainEqual({ name: "bits", value: 6, default: 6 });
  });

  it("can be chosen from outside when they have the default's type", () => {
    vi.stubGlobal("__quantlens", {
      origin: () => ({ calls: [1], rows: [] }),
      parameters: { bits: 3, kernels: [3, 5], word: 7 },
    });
    expect(param("bits", 6)).toBe(3);
    expect(param("kernels", [9])).toEqual([3, 5]);
    expect(param("word", "same")).toBe("same");
    const model = defineModel({ name: "net", input, forward: relu });
    expect(model.problems).toMatchObject([{ code: "invalid-parameter" }]);
    expect(model.problems[0]?.message).toContain("expects a string");
    expect(model.parameters).toContainEqual({
      name: "bits",
      value: 3,
      default: 6,
      origin: { calls: [1], rows: [] },
    });
  });

  it.each([
    ["", 5],
    ["a b", 5],
    [undefined, 5],
    ["bits", undefined],
    ["bits", Number.NaN],
    ["bits", {}],
  ])("reports param(%j, %j) and gives its default", (name, value) => {
    expect(param(name!, value as number)).toBe(value);
    expect(codes(defineModel({ name: "net", input, forward: relu }))).toEqual(["invalid-parameter"]);
  });

  it("come with defaults as defineModel's second argument", () => {
    const model = defineModel(
      ({ bits, kernels }) => ({
        name: "net",
        input,
        forward: (x) =>
          kernels.reduce((y, kernelSize) => quantConv1d(y, { outChannels: 2, kernelSize, weightQuant: int(bits) }), x),
      }),
      { bits: 5, kernels: [3, 3] },
    );
    expect(codes(model)).toEqual([]);
    expect(model.graph.nodes.filter(({ opType }) => opType === "Conv")).toHaveLength(2);
    expect(model.parameters).toEqual(
      expect.arrayContaining([
        { name: "bits", value: 5, default: 5 },
        { name: "kernels", value: [3, 3], default: [3, 3] },
      ]),
    );
  });

  it("or with defaults in the function's own list", () => {
    vi.stubGlobal("__quantlens", { origin: () => ({ calls: [], rows: [] }), parameters: { bits: 3 } });
    const model = defineModel(({ bits = 6, depth = 2 }: { bits?: number; depth?: number }) => ({
      name: `net-${bits}-${depth}`,
      input,
      forward: relu,
    }));
    expect(model.name).toBe("net-3-2");
    expect(model.parameters.map(({ name, value }) => [name, value])).toEqual(
      expect.arrayContaining([
        ["bits", 3],
        ["depth", undefined],
      ]),
    );
  });
});

describe("names", () => {
  const block = (x: Tensor) => quantReLU(quantConv1d(x, { outChannels: 2, kernelSize: 1 }));
  const names = (forward: (x: Tensor) => Tensor) =>
    defineModel({ name: "net", input, forward }).graph.layers.map(({ name }) => name);

  it("come from name and scope", () => {
    const named = names((x) => scope("conv.0", () => scope("dw", () => block(relu(x, { name: "first" })))));
    expect(named).toEqual(["conv.0.dw.first", "conv.0.dw.conv", "conv.0.dw.relu"]);
  });

  it("are made unique in order of execution", () => {
    expect(names((x) => block(block(x)))).toEqual(["conv", "relu", "conv_1", "relu_1"]);
    expect(names((x) => relu(relu(relu(x, { name: "relu_1" }))))).toEqual(["relu_1", "relu", "relu_2"]);
  });

  it("do not depend on layers of other kinds", () => {
    expect(names((x) => block(quantIdentity(block(x))))).toEqual(["conv", "relu", "identity", "conv_1", "relu_1"]);
  });

  it("are reported when given twice", () => {
    const model = defineModel({ name: "net", input, forward: (x) => relu(relu(x, { name: "a" }), { name: "a" }) });
    expect(model.problems).toMatchObject([{ code: "duplicate-name", path: ["name"] }]);
    expect(model.graph.layers.map(({ name }) => name)).toEqual(["a", "a_1"]);
  });

  it("come from the helpers that made a layer, when the program is marked", () => {
    const callees = ["", "defineModel", "block", "block", "quantConv1d", "blocks.map", "this.head", "quantLinear"];
    let calls: number[] = [];
    vi.stubGlobal("__quantlens", {
      origin: () => ({ calls: [...calls], rows: [] }),
      callee: (id: number) => callees[id],
    });
    const at = <T>(chain: number[], make: () => T) => {
      calls = [1, ...chain];
      return make();
    };
    const conv = (x: Tensor) => quantConv1d(x, { outChannels: 2, kernelSize: 1 });
    const named = names((x) => {
      x = at([2, 4], () => conv(x));
      x = at([2, 4], () => conv(x));
      x = at([3, 4], () => conv(x));
      return at([5, 6, 7], () => conv(x));
    });
    expect(named).toEqual(["block.conv", "block.conv_1", "block_1.conv", "head.conv"]);
  });

  it("scope gives what its function gives, and what it throws", () => {
    expect(scope("a", () => 5)).toBe(5);
    expect(() =>
      scope("a", () => {
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(names((x) => relu(x))).toEqual(["relu"]);
  });

  it.each(["", " ", 5, undefined])("a scope called %j is reported and left out", (name) => {
    const model = defineModel({ name: "net", input, forward: (x) => scope(name as string, () => relu(x)) });
    expect(codes(model)).toEqual(["invalid-option"]);
    expect(model.graph.layers[0]?.name).toBe("relu");
  });
});

describe("origins", () => {
  it("are those of the layer's, the quantiser's and the model's call", () => {
    let call = 0;
    vi.stubGlobal("__quantlens", { origin: () => ({ calls: [++call], rows: [7] }) });
    const model = defineModel({ name: "net", input, forward: (x) => quantIdentity(x, { actQuant: int(6) }) });
    expect(model.origin).toEqual({ calls: [1], rows: [7] });
    expect(model.graph.nodes[0]?.quantizerOrigin?.calls).toEqual([2]);
    expect(model.graph.layers[0]?.origin?.calls).toEqual([3]);
  });

  it("are absent where nothing is marked", () => {
    const model = defineModel({ name: "net", input, forward: relu });
    expect(model).not.toHaveProperty("origin");
    expect(model.graph.layers[0]).not.toHaveProperty("origin");
  });
});

it("builds 2,000 layers of one name in linear time", () => {
  const model = defineModel({
    name: "deep",
    input,
    forward(x) {
      for (let i = 0; i < 2000; i++) x = quantIdentity(x, { actQuant: int(4) });
      expect(x.dataType).toBe("SCALEDINT4");
      return x;
    },
  });
  expect(new Set(model.graph.layers.map(({ name }) => name)).size).toBe(2000);
  // One scale per quantiser; bit width and zero point are shared.
  expect(model.graph.tensors).toHaveLength(1 + 2000 * 2 + 2);
});
