/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- what the compiler must refuse stands here on purpose */
/** What the compiler accepts and refuses: these lines are checked by `npm run typecheck`; running them proves the rest. */
import { expect, expectTypeOf, it } from "vitest";
import {
  add,
  adam,
  customOp,
  defineModel,
  int,
  intBias,
  itu2021,
  param,
  prune,
  quantConv1d,
  quantConv2d,
  quantReLU,
  radioml2018,
  scope,
  train,
  uint,
  type Model,
  type QuantConv1dOptions,
  type Tensor,
} from "./index.js";

const input = { shape: [1, 2, 8] };

it("a model's parts have the types that helpers need", () => {
  const helper = (x: Tensor, options: Omit<QuantConv1dOptions, "bias">) => quantConv1d(x, { ...options, bias: false });
  const model = defineModel({
    name: "net",
    input,
    forward(x) {
      expectTypeOf(x).toEqualTypeOf<Tensor>();
      expectTypeOf(x.shape).toEqualTypeOf<readonly number[]>();
      expectTypeOf(x.channels).toEqualTypeOf<number>();
      const y = helper(x, { outChannels: x.channels, kernelSize: x.length, padding: "valid", weightQuant: int(4) });
      return scope("head", () => quantReLU(y, { actQuant: uint(4) }));
    },
    challenge: itu2021(),
    data: radioml2018({ minSnr: -6 }),
    recipe: [train({ epochs: 1, optimizer: adam() }), prune({ minAbs: 0.1 })],
  });
  expectTypeOf(model).toEqualTypeOf<Model>();
  expect(model.problems).toEqual([]);
});

it("parameters have the type of their default, not its value", () => {
  expectTypeOf(param("bits", 6)).toEqualTypeOf<number>();
  expectTypeOf(param("mode", "fast")).toEqualTypeOf<string>();
  expectTypeOf(param("deep", true)).toEqualTypeOf<boolean>();
  const model = defineModel(
    ({ bits, kernels }) => {
      expectTypeOf(bits).toEqualTypeOf<number>();
      expectTypeOf(kernels).toEqualTypeOf<number[]>();
      return { name: "net", input, forward: (x) => quantReLU(x, { actQuant: uint(bits) }) };
    },
    { bits: 6, kernels: [3, 5] },
  );
  expect(model.problems).toEqual([]);
});

it("refuses what cannot be right", () => {
  const noQuantizer = { bits: 6, signed: false };
  const model = defineModel({
    name: "net",
    input,
    forward(x) {
      // @ts-expect-error an option that does not exist
      quantConv1d(x, { outChannels: 1, kernelSize: 1, kernel_size: 1 });
      // @ts-expect-error a required option is missing
      quantConv1d(x, { kernelSize: 1 });
      // @ts-expect-error a list of three for two dimensions
      quantConv2d(x, { outChannels: 1, kernelSize: [1, 1, 1] });
      // @ts-expect-error a number for a quantiser
      quantReLU(x, { actQuant: 6 });
      // @ts-expect-error an object that is no quantiser
      quantReLU(x, { actQuant: noQuantizer });
      // @ts-expect-error an object that is no tensor
      add(x, input);
      // @ts-expect-error a word that is none of the scalings
      int(6, { scaling: "learned" });
      // @ts-expect-error intBias takes its bits as an option
      intBias(20);
      // @ts-expect-error a custom operator without its output's shape
      customOp(x, { name: "Shift" });
      return x;
    },
  });
  expect(model.problems.map(({ code }) => code)).toEqual(
    expect.arrayContaining(["unknown-option", "missing-option", "invalid-option", "not-a-tensor"]),
  );
});
