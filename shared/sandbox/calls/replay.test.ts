/** What a program says of its model through the record must be what it says by calling the DSL itself. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as dsl from "../../dsl/index.js";
import { ModelTooLargeError, newSession, withSession } from "../../dsl/session.js";
import { buildFrom, randomCalls, randomShapes, type Library } from "../../dsl/testing/random-calls.js";
import { functionNames, layerNames, type FunctionName } from "./functions.js";
import { connect, idOf, takeCalls } from "./recorder.js";
import * as remote from "./remote-dsl.js";
import { Replay, ReplayTimeoutError, type ReplayOptions } from "./replay.js";

const origin = { calls: [], rows: [] };

beforeEach(() => {
  vi.stubGlobal("__quantlens", { origin: () => origin });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function newReplay(options: Partial<ReplayOptions> = {}): Replay {
  return new Replay({ callee: () => undefined, parameters: {}, deadline: Infinity, ...options });
}

/** What a program exports that is written for the remote DSL, and how often it asked. */
function recorded(program: (library: Library) => unknown, replay = newReplay()): { model: dsl.Model; asked: number } {
  let asked = 0;
  connect(([calls, result, property]) => {
    asked += 1;
    replay.play(calls);
    return replay.answer(result, property);
  });
  const exported = program(remote) as object;
  replay.play(takeCalls());
  return { model: replay.model(idOf(exported) ?? -1), asked };
}

const direct = dsl as unknown as Library;

function json(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** What a program can see of a result. */
function seen(result: unknown): unknown {
  const { shape, rank, channels, height, width, length, dataType, bits, signed, kind, options } = Object(
    result,
  ) as Readonly<Record<string, unknown>>;
  return json({ shape, rank, channels, height, width, length, dataType, bits, signed, kind, options });
}

const input = { shape: [1, 2, 16] };

/** A program as a user's own Node runs it. */
function directly(program: (library: Library) => unknown): unknown {
  return withSession(newSession(), () => program(direct));
}

/** The same program both ways. */
function both(program: (library: Library) => unknown): { one: unknown; other: unknown } {
  return { one: json(directly(program)), other: json(recorded(program).model) };
}

describe("the remote DSL", () => {
  it("has the functions of the DSL", () => {
    const names = Object.entries(dsl).flatMap(([name, value]) => (typeof value === "function" ? [name] : []));
    expect(Object.keys(remote).sort()).toEqual(names.sort());
  });

  it("gives the same model and the same answers for whatever a program passes", () => {
    fc.assert(
      fc.property(randomShapes, fc.array(randomCalls, { maxLength: 12 }), (shape, list) => {
        const answers: unknown[][] = [[], []];
        const one = buildFrom(direct, shape, list, (result) => answers[0]?.push(seen(result)));
        const { model } = recorded((library) =>
          buildFrom(library, shape, list, (result) => answers[1]?.push(seen(result))),
        );
        expect(json(model)).toEqual(json(one));
        expect(answers[1]).toEqual(answers[0]);
      }),
      { seed: 5, numRuns: 400 },
    );
  });

  it("gives the same model of layers when nothing is asked before the end", () => {
    const layers = randomCalls.filter(({ name }) => layerNames.some((layer) => layer === name));
    fc.assert(
      fc.property(randomShapes, fc.array(layers, { maxLength: 12 }), (shape, list) => {
        const { model, asked } = recorded((library) => buildFrom(library, shape, list));
        expect(json(model)).toEqual(json(buildFrom(direct, shape, list)));
        expect(asked).toBe(0);
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  const programs: Readonly<Record<string, (library: typeof dsl) => unknown>> = {
    "options that change after the call": ({ defineModel, quantConv1d }) =>
      defineModel({
        name: "net",
        input,
        forward(x) {
          const options = { outChannels: 4, kernelSize: 3, padding: 1 };
          x = quantConv1d(x, options);
          options.outChannels = 8;
          return quantConv1d(x, options);
        },
      }),
    "options with a key that is no name": ({ defineModel, relu }) =>
      defineModel({ name: "net", input, forward: (x) => relu(x, { "": 1, ["__proto__"]: 2, name: "a" } as never) }),
    "formulas, whose calls come first": ({ customOp, defineModel, int, quantReLU, uint }) =>
      defineModel({
        name: "net",
        input,
        forward: (x) =>
          customOp([x, x], {
            name: "Shift",
            outputShape: (shape) =>
              quantReLU(x, { actQuant: uint(4) }).shape.map((size, axis) => size * (shape[axis] ?? 1)),
            macs: (output, first) => (output[1] ?? 0) * (first[2] ?? 0),
            weights: { elements: 7, quant: int(3) },
          }),
      }),
    "formulas that give nothing useful": ({ customOp, defineModel }) =>
      defineModel({
        name: "net",
        input,
        forward: (x) =>
          customOp({ inputs: x, name: "Odd", outputShape: () => [0.5], macs: (output) => -(output[1] ?? 0) }),
      }),
    "a formula with a shape": ({ customOp, defineModel }) =>
      defineModel({
        name: "net",
        input,
        forward: (x) => customOp(x, { name: "Even", outputShape: [1, 4], macs: (output) => output[1] ?? 0 }),
      }),
    "layers outside forward, before and after": ({ defineModel, relu }) => {
      relu(undefined as never);
      let last: dsl.Tensor | undefined;
      const model = defineModel({ name: "net", input, forward: (x) => (last = relu(x)) });
      relu(last!, { nmae: "a" } as never);
      return model;
    },
    "models within models, and tensors that go astray": ({ add, defineModel, relu }) => {
      let inner: dsl.Tensor | undefined;
      return defineModel({
        name: "outer",
        input,
        forward(x) {
          defineModel({ name: "inner", input: { shape: [1, 3, 5] }, forward: (y) => (inner = relu(y)) });
          return add(x, inner!);
        },
      });
    },
    "a forward that throws, and another model": ({ defineModel, relu, scope }) => {
      const failing = (x: dsl.Tensor) =>
        scope("a", () => {
          relu(x);
          throw new Error("no");
        });
      expect(() => defineModel({ name: "first", input, forward: failing })).toThrow("no");
      return defineModel({ name: "second", input, forward: (x) => scope("b", () => relu(x)) });
    },
    "scopes that are none": ({ defineModel, relu, scope }) =>
      defineModel({
        name: "net",
        input,
        forward: (x) =>
          relu(
            scope(" ", () => scope("a", relu(x) as never)),
            { name: "a" },
          ),
      }),
    parameters: ({ defineModel, int, param, quantIdentity }) =>
      defineModel(
        ({ bits, kernels }) => ({
          name: `net-${String(kernels)}-${String("bits" in { bits })}`,
          input,
          forward: (x) => quantIdentity(x, { actQuant: int(bits + param("more", 1) + param("", 0)) }),
        }),
        { bits: 5, kernels: [3, 5] },
      ),
    "parameters in the function's own list": ({ defineModel, param, relu }) => {
      const odd = (): number => 1;
      expect(param("odd", odd as never)).toBe(odd);
      return defineModel(({ bits = 6, ...rest }: { bits?: number }) => ({
        name: `net-${bits}-${Object.keys(rest).join()}`,
        input,
        forward: relu,
      }));
    },
    "no model at all": ({ defineModel }) => defineModel("net" as never),
    "a recipe": ({ adam, cosineWarmRestarts, defineModel, itu2021, prune, radioml2018, relu, train }) =>
      defineModel({
        name: "net",
        input,
        forward: relu,
        challenge: itu2021(),
        budget: { bops: itu2021().baseline.bops / 10 },
        data: radioml2018({ minSnr: -6, modClasses: ["none"] }),
        recipe: [
          train({ epochs: 2, optimizer: adam({ lr: Number.NaN }), schedule: cosineWarmRestarts({ t0: 5 }) }),
          { ...prune({ minAbs: 0.1 }) },
        ],
      }),
  };
  it.each(Object.entries(programs))("gives the same model for %s", (_, program) => {
    const { one, other } = both(program as unknown as (library: Library) => unknown);
    expect(other).toEqual(one);
  });

  it("passes parameters that were chosen on", () => {
    const parameters = { bits: 3, kernels: [7], more: 2 };
    vi.stubGlobal("__quantlens", { origin: () => origin, parameters });
    const program = programs.parameters as unknown as (library: Library) => unknown;
    const one = json(directly(program)) as dsl.Model;
    expect(json(recorded(program, newReplay({ parameters })).model)).toEqual(one);
    expect(one.parameters.map(({ value }) => value)).toEqual(expect.arrayContaining([3, [7], 2]));
  });

  it("shows the program what its calls gave, and no more than it asks for", () => {
    const { asked } = recorded(({ ...library }) => {
      const { adam, defineModel, int, relu } = library as unknown as typeof dsl;
      const made = adam({ lr: 0.5 });
      expect(Object.keys(made)).toEqual(["kind", "lr", "weightDecay", "options"]);
      expect({ ...made }).toMatchObject({ kind: "adam", lr: 0.5 });
      expect(Object.isFrozen(made)).toBe(true);
      expect([int(3).bits, int(3).signed]).toEqual([3, true]);
      const model = defineModel({ name: "net", input, forward: relu });
      expect("graph" in model).toBe(true);
      expect(model.graph.layers).toHaveLength(1);
      expect(JSON.stringify(model)).toContain('"relu"');
      expect({ ...model, name: "other" }.name).toBe("other");
      return model;
    });
    expect(asked).toBe(4);
  });

  it("is no promise: awaiting a model asks nothing", async () => {
    let model: unknown;
    const { asked } = recorded(
      ({ defineModel, relu }) => (model = defineModel?.({ name: "net", input, forward: relu })),
    );
    expect(await Promise.resolve(model)).toBe(model);
    expect(asked).toBe(0);
  });
});

describe("a record that was tampered with", () => {
  const code = (name: FunctionName): number => functionNames.indexOf(name);
  const call = (name: FunctionName, ...args: unknown[]) => [code(name), [], args.length, ...args];
  const model = [
    ...call("openModel"),
    ...call("beginModel", { "": 0 }, { name: "net", input: { shape: [1, 2, 8] }, forward: { "": "function" } }),
  ];

  it("is refused, or is a model", () => {
    const argument = fc.oneof(
      fc.anything({ maxDepth: 3 }),
      fc.record({ "": fc.oneof(fc.integer({ min: -1, max: 9 }), fc.anything({ maxDepth: 2 })) }),
    );
    const sound = fc
      .tuple(fc.nat(functionNames.length), fc.array(argument, { maxLength: 3 }))
      .map(([number, args]) => [number, [], args.length, ...args]);
    const calls = fc.array(fc.oneof({ weight: 9, arbitrary: sound }, fc.array(fc.oneof(fc.nat(3), argument))));
    fc.assert(
      fc.property(calls, (list) => {
        try {
          newReplay().play([...model, ...list.flat()]);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it.each([
    ["no list", {}],
    ["a call that is no number", ["relu", [], 0]],
    ["an unknown function", [1000, [], 0]],
    ["places that are no numbers", [0, ["a"], 0]],
    ["less than it says", [0, [], 5, 1]],
    ["a length that is none", [0, [], 0.5]],
    ["a step of no model", call("endModel", { "": 0 })],
    ["the end of a model that has not begun", [...call("openModel"), ...call("endModel", { "": 0 })]],
    ["an unknown kind of value", call("relu", { "": ["other"] })],
    ["too long a list", call("relu", new Array(70_000).fill(0))],
    ["too many options", call("relu", 0, Object.fromEntries(Array.from({ length: 2000 }, (_, key) => [`k${key}`, 0])))],
  ])("is refused: %s", (_, calls) => {
    expect(() => {
      newReplay().play(calls);
    }).toThrow(RangeError);
  });

  it("exports no model that is none", () => {
    const replay = newReplay();
    replay.play([...model, ...call("itu2021")]);
    for (const result of [0, 1, 2, 3, -1, 0.5]) expect(() => replay.model(result)).toThrow("exports no model");
  });

  it("may be no larger than a model can be", () => {
    const large: Readonly<Record<string, readonly unknown[]>> = {
      layers: Array.from({ length: 30_000 }, (_, at) => call("relu", { "": at + 1 })),
      names: Array.from({ length: 2000 }, () => call("relu", { "": 1 }, { name: "n".repeat(10_000) })),
      dimensions: Array.from({ length: 400 }, (_, at) =>
        at === 0
          ? call("reshape", { "": 1 }, [...new Array<number>(60_000).fill(1), -1])
          : call("relu", { "": at + 1 }),
      ),
      values: [
        call("int", 4, { scale: new Array(60_000).fill(0.5), granularity: "channel" }),
        call("reshape", { "": 1 }, [1, 2, 8]),
        ...Array.from({ length: 400 }, () =>
          call("quantLinear", { "": 1 }, { outFeatures: 60_000, bias: false, weightQuant: { "": 2 } }),
        ),
      ],
      joins: Array.from({ length: 400 }, () => call("concat", new Array(60_000).fill({ "": 1 }))),
    };
    for (const calls of Object.values(large)) {
      expect(() => {
        newReplay().play([...model, ...calls.flat()]);
      }).toThrow(ModelTooLargeError);
    }
  });

  it("is over at the deadline, at a place that is known", () => {
    const replay = newReplay({ deadline: -1 });
    expect(() => {
      replay.play(model);
    }).toThrow(ReplayTimeoutError);
    expect(replay.origin).toEqual({ calls: [], rows: [] });
  });
});
