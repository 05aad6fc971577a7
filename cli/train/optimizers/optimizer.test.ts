import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { adam, adamW, binary, quantLinear, sgd, type Optimizer } from "../../../shared/dsl/index.js";
import { goldenPath, hasGolden } from "../../../shared/testing/golden.js";
import { programOf } from "../testing/program.js";
import { clipGradients } from "./clip.js";
import { newOptimizerState, updateParameters, type OptimizerState } from "./optimizer.js";

const program = programOf([1, 3], (x) => quantLinear(x, { outFeatures: 1, bias: false }));

const start = [0.5, -1.25, 2];
const gradients = [
  [0.1, -0.2, 0.3],
  [-0.4, 0.5, 0.6],
  [0.7, 0, -0.1],
];

/** The parameter after each update. */
function run(
  optimizer: Optimizer,
  { from = start, along = gradients, state = newOptimizerState() }: Partial<Run> = {},
): readonly (readonly number[])[] {
  const weight = Float32Array.from(from);
  const parameters = new Map([["linear.weight", weight]]);
  return along.map((gradient) => {
    const target = { program, parameters, gradients: new Map([["linear.weight", Float32Array.from(gradient)]]) };
    updateParameters(optimizer, target, state, { lr: optimizer.lr });
    return [...weight];
  });
}

interface Run {
  readonly from: readonly number[];
  readonly along: readonly (readonly number[])[];
  readonly state: OptimizerState;
}

function expectClose(found: readonly (readonly number[])[], expected: readonly (readonly number[])[]): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((row, step) => {
    row.forEach((value, index) => {
      const other = expected[step]?.[index] ?? NaN;
      expect(Math.abs(value - other)).toBeLessThanOrEqual(1e-6 * Math.abs(other));
    });
  });
}

describe("optimisers", () => {
  // The expected numbers were printed by PyTorch 1.13.
  const decay = { lr: 0.1, weightDecay: 0.05 };
  const cases: readonly (readonly [string, Optimizer, readonly (readonly number[])[]])[] = [
    [
      "Adam",
      adam({ ...decay, betas: [0.8, 0.99], eps: 1e-6 }),
      [
        [0.400000811, -1.15000033, 1.90000021],
        [0.454882652, -1.18546164, 1.80067801],
        [0.412183702, -1.20285261, 1.72959542],
      ],
    ],
    [
      "AdamW",
      adamW(decay),
      [
        [0.397500008, -1.14374995, 1.88999999],
        [0.451462865, -1.18225276, 1.78403187],
        [0.416096747, -1.21052492, 1.71074355],
      ],
    ],
    [
      "SGD",
      sgd(decay),
      [
        [0.487500012, -1.22375, 1.96000004],
        [0.525062501, -1.26763129, 1.89020002],
        [0.452437192, -1.26129317, 1.89074898],
      ],
    ],
    [
      "SGD with momentum",
      sgd({ ...decay, momentum: 0.9 }),
      [
        [0.487500012, -1.22375, 1.96000004],
        [0.513812542, -1.24400628, 1.85420001],
        [0.464924723, -1.25601685, 1.759709],
      ],
    ],
    [
      "SGD with Nesterov's momentum",
      sgd({ lr: 0.1, momentum: 0.9, nesterov: true }),
      [
        [0.481000006, -1.21200001, 1.94299996],
        [0.548900008, -1.29079998, 1.8046999],
        [0.441009998, -1.31672001, 1.75322986],
      ],
    ],
  ];

  it.each(cases)("%s moves parameters as PyTorch's", (_, optimizer, expected) => {
    expectClose(run(optimizer), expected);
  });

  it.each(cases)("%s goes on from a saved state as if it had not stopped", (_, optimizer) => {
    const whole = run(optimizer);
    const state = newOptimizerState();
    const [first = []] = run(optimizer, { along: gradients.slice(0, 1), state });
    const copy = {
      buffers: new Map(Array.from(state.buffers, ([name, buffer]) => [name, buffer.slice()] as const)),
      steps: new Map(state.steps),
    };
    expect(run(optimizer, { from: first, along: gradients.slice(1), state: copy })).toEqual(whole.slice(1));
  });

  it("leave alone what has no gradient or is frozen, and count each parameter's own updates", () => {
    const parameters = new Map([
      ["a", Float32Array.of(1)],
      ["b", Float32Array.of(1)],
    ]);
    const state = newOptimizerState();
    const update = (names: readonly string[], frozen: readonly string[]) => {
      const found = new Map(names.map((name) => [name, Float32Array.of(0.5)]));
      updateParameters(adam({ lr: 0.1 }), { program, parameters, gradients: found }, state, {
        lr: 0.1,
        frozen: new Set(frozen),
      });
    };
    update(["a"], []);
    expect(parameters.get("b")).toEqual(Float32Array.of(1));
    update(["a", "b"], ["a"]);
    expect(state.steps).toEqual(
      new Map([
        ["a", 1],
        ["b", 1],
      ]),
    );
    // Both have had Adam's first step, which has the length of the learning rate.
    expect(parameters.get("a")).toEqual(parameters.get("b"));
  });

  it("keep binary weights within their levels", () => {
    const small = programOf([1, 3], (x) => quantLinear(x, { outFeatures: 1, bias: false, weightQuant: binary() }));
    const parameters = new Map([["linear.weight", Float32Array.of(0.1, -0.1, 0.05)]]);
    const target = { program: small, parameters, gradients: new Map([["linear.weight", Float32Array.of(-1, 1, 1)]]) };
    updateParameters(sgd({ lr: 0.01 }), target, newOptimizerState(), { lr: 0.01 });
    expect(parameters.get("linear.weight")).toEqual(Float32Array.of(0.1, -0.1, 0.04));
  });
});

describe("clipGradients", () => {
  it("scales all gradients to the largest norm, as PyTorch does", () => {
    const found = new Map([
      ["a", Float32Array.of(3, 4)],
      ["b", Float32Array.of(12)],
    ]);
    expect(clipGradients(found, 6.5)).toBe(13);
    expectClose([[...(found.get("a") ?? [])], [...(found.get("b") ?? [])]], [[1.49999988, 1.99999988], [5.99999952]]);
  });

  it("leaves small and infinite gradients alone", () => {
    const found = new Map([["a", Float32Array.of(3, 4)]]);
    expect(clipGradients(found, 6)).toBe(5);
    expect(found.get("a")).toEqual(Float32Array.of(3, 4));
    found.set("b", Float32Array.of(Infinity));
    expect(clipGradients(found, 1)).toBe(Infinity);
    expect(found.get("a")).toEqual(Float32Array.of(3, 4));
  });
});

describe.skipIf(!hasGolden)("the challenge winner's Adam", () => {
  it("makes the same five updates", () => {
    interface Trace {
      readonly init: readonly number[];
      readonly steps: readonly { readonly grad: readonly number[]; readonly param: readonly number[] }[];
    }
    const trace = JSON.parse(readFileSync(goldenPath("optim", "adam_l2.json"), "utf8")) as Trace;
    const found = run(adam({ lr: 0.01, weightDecay: 1e-4 }), {
      from: trace.init,
      along: trace.steps.map(({ grad }) => grad),
    });
    expectClose(
      found,
      trace.steps.map(({ param }) => param),
    );
  });
});
