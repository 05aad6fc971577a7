import { describe, expect, it } from "vitest";
import {
  int,
  intBias,
  quantConv1d,
  quantConv2d,
  uint,
  type QuantConv1dOptions,
  type QuantConv2dOptions,
} from "./index.js";
import { build } from "./testing/build.js";

const conv1d = (shape: readonly number[], options: QuantConv1dOptions) => build(shape, (x) => quantConv1d(x, options));
const conv2d = (shape: readonly number[], options: QuantConv2dOptions) => build(shape, (x) => quantConv2d(x, options));

describe("shapes, as PyTorch's Conv1d gives them", () => {
  it.each<[QuantConv1dOptions, number]>([
    [{ outChannels: 8, kernelSize: 27, stride: 2, padding: 13 }, 512],
    [{ outChannels: 8, kernelSize: 3 }, 1022],
    [{ outChannels: 8, kernelSize: 3, dilation: 4, padding: 4 }, 1024],
    [{ outChannels: 8, kernelSize: 4, padding: "same" }, 1024],
    [{ outChannels: 8, kernelSize: 4, padding: "valid" }, 1021],
    [{ outChannels: 8, kernelSize: 1024 }, 1],
  ])("%o", (options, length) => {
    expect(conv1d([1, 2, 1024], options)).toMatchObject({ shape: [1, 8, length], codes: [] });
  });

  it.each<[QuantConv2dOptions, readonly number[]]>([
    [{ outChannels: 8, kernelSize: 3 }, [1, 8, 30, 62]],
    [{ outChannels: 8, kernelSize: [3, 5], padding: [1, 2], stride: [1, 2] }, [1, 8, 32, 32]],
    [{ outChannels: 8, kernelSize: 2, padding: "same" }, [1, 8, 32, 64]],
  ])("%o", (options, shape) => {
    expect(conv2d([1, 3, 32, 64], options)).toMatchObject({ shape, codes: [] });
  });

  it("gives the weight the shape (outChannels, C / groups, kernel)", () => {
    expect(conv1d([1, 6, 9], { outChannels: 12, kernelSize: 3, groups: 3 }).inputShape("Conv", 1)).toEqual([12, 2, 3]);
    expect(conv2d([1, 6, 9, 9], { outChannels: 4, kernelSize: [1, 3] }).inputShape("Conv", 1)).toEqual([4, 6, 1, 3]);
  });

  it('pads "same" with the odd zero at the end', () => {
    expect(conv1d([1, 1, 8], { outChannels: 1, kernelSize: 4, padding: "same" }).node("Conv").attributes).toMatchObject(
      {
        pads: [1, 2],
      },
    );
  });
});

describe("lowering", () => {
  it("writes input, weight, bias and output quantisers around the convolution", () => {
    const { model } = build([1, 2, 8], (x) =>
      quantConv1d(x, {
        outChannels: 2,
        kernelSize: 1,
        inputQuant: int(8),
        weightQuant: int(6),
        biasQuant: intBias(),
        outputQuant: int(4),
      }),
    );
    expect(model.graph.nodes.map(({ name, role }) => [name, role])).toEqual([
      ["conv.input_quant", "inputQuant"],
      ["conv.weight_quant", "weightQuant"],
      ["conv.bias_quant", "biasQuant"],
      ["conv", "mac"],
      ["conv.output_quant", "outputQuant"],
    ]);
    expect(model.graph.nodes.every(({ layer }) => layer === 0)).toBe(true);
  });

  it("has a bias unless told otherwise", () => {
    expect(conv1d([1, 2, 8], { outChannels: 5, kernelSize: 1 }).inputShape("Conv", 2)).toEqual([5]);
    expect(conv1d([1, 2, 8], { outChannels: 5, kernelSize: 1, bias: false }).node("Conv").inputs).toHaveLength(2);
  });

  it("is float without quantisers", () => {
    expect(conv1d([1, 2, 8], { outChannels: 5, kernelSize: 1 })).toMatchObject({ ops: ["Conv"], dataType: "FLOAT32" });
  });

  it("records options with defaults", () => {
    const { model } = conv1d([1, 2, 8], { outChannels: 5, kernelSize: 3, weightQuant: int(6) });
    expect(model.graph.layers[0]).toMatchObject({
      name: "conv",
      kind: "quantConv1d",
      options: { outChannels: 5, kernelSize: [3], stride: [1], groups: 1, bias: true, weightQuant: { bits: 6 } },
      inputs: ["input"],
      output: "conv.output",
    });
  });
});

describe("problems", () => {
  it.each<[string, string, QuantConv1dOptions]>([
    ["group-divisibility", "groups", { outChannels: 6, kernelSize: 1, groups: 4 }],
    ["group-divisibility", "groups", { outChannels: 5, kernelSize: 1, groups: 2 }],
    ["channel-mismatch", "inChannels", { outChannels: 6, kernelSize: 1, inChannels: 3 }],
    ["shape-mismatch", "kernelSize", { outChannels: 6, kernelSize: 33 }],
    ["shape-mismatch", "kernelSize", { outChannels: 6, kernelSize: 9, dilation: 5 }],
    ["invalid-option", "stride", { outChannels: 6, kernelSize: 1, stride: 0 }],
    ["invalid-option", "kernelSize", { outChannels: 6, kernelSize: 1.5 }],
    ["invalid-option", "outChannels", { outChannels: -1, kernelSize: 1 }],
    ["invalid-option", "padding", { outChannels: 6, kernelSize: 1, padding: "full" as never }],
    ["invalid-option", "padding", { outChannels: 6, kernelSize: 3, padding: "same", stride: 2 }],
    ["invalid-option", "paddingMode", { outChannels: 6, kernelSize: 1, paddingMode: "reflect" as never }],
    ["invalid-option", "dilation", { outChannels: 6, kernelSize: 1, dilation: Number.NaN }],
    ["invalid-option", "bias", { outChannels: 6, kernelSize: 1, bias: 0 as never }],
    ["option-without-effect", "biasQuant", { outChannels: 6, kernelSize: 1, bias: false, biasQuant: intBias() }],
    ["unknown-option", "out_channels", { outChannels: 6, kernelSize: 1, out_channels: 6 } as QuantConv1dOptions],
  ])("%s at %s", (code, option, options) => {
    const { model } = conv1d([1, 4, 32], options);
    expect(model.problems).toMatchObject([{ code, path: [option] }]);
  });

  it("goes on with groups that divide, and with the largest kernel that fits", () => {
    expect(conv1d([1, 8, 4], { outChannels: 12, kernelSize: 1, groups: 6 }).node("Conv").attributes).toMatchObject({
      group: 2,
    });
    expect(conv1d([1, 8, 4], { outChannels: 12, kernelSize: 9, padding: 1 }).shape).toEqual([1, 12, 1]);
  });

  it("names the nearest option, and the option itself when it is missing", () => {
    const messages = (options: QuantConv1dOptions) =>
      conv1d([1, 4, 32], options).model.problems.map(({ message }) => message);
    expect(messages({ outChannels: 6, kernel_size: 3, kernelSize: 3 } as QuantConv1dOptions)[0]).toBe(
      "quantConv1d has no option kernel_size, so it is ignored; write kernelSize if that is meant.",
    );
    expect(messages({ kernelSize: 3 } as QuantConv1dOptions)).toEqual([
      "quantConv1d needs outChannels (a whole number of at least 1); it is taken as { outChannels: 1 } until then.",
    ]);
  });

  it.each([
    [[1, 4], "Reshape"],
    [[1, 4, 3, 3], "Reshape"],
  ])("reshapes an input of shape %j, which has no positions in a row", (shape, op) => {
    const { model, ops } = conv1d(shape, { outChannels: 2, kernelSize: 1 });
    expect(model.problems).toMatchObject([{ code: "shape-mismatch", path: [0] }]);
    expect(ops).toEqual([op, "Conv"]);
  });

  it.each([undefined, null, 5, "x", {}, []])("takes the input for a tensor when it gets %j", (value) => {
    const { model, shape } = build([1, 4, 32], () => quantConv1d(value as never, { outChannels: 2, kernelSize: 1 }));
    expect(model.problems).toMatchObject([{ code: "not-a-tensor", path: [0] }]);
    expect(shape).toEqual([1, 2, 32]);
  });

  it.each([undefined, null, 5, [], "x"])("takes required options as 1 when its options are %j", (options) => {
    const { codes, shape } = build([1, 4, 32], (x) => quantConv1d(x, options as never));
    expect(codes).toContain("missing-option");
    expect(shape).toEqual([1, 1, 32]);
  });
});

it("charges a quantised input and weight at their bits", () => {
  const { model } = build([1, 2, 8], (x) =>
    quantConv1d(x, { outChannels: 2, kernelSize: 1, inputQuant: uint(3), weightQuant: int(5) }),
  );
  expect(model.graph.tensors.map(({ name }) => name)).toEqual(expect.arrayContaining(["bit_width.3", "bit_width.5"]));
});
