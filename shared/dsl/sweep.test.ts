import { describe, expect, it } from "vitest";
import {
  defineModel,
  evolution,
  grid,
  list,
  param,
  random,
  relu,
  sweep,
  tpe,
  type ModelSpec,
  type SweepOptions,
} from "./index.js";

/** A model with a parameter of each type. */
function define(options: SweepOptions, rest: Partial<ModelSpec> = {}) {
  const [bits, kernels, name] = [param("bits", 6), param("kernels", [27, 21]), param("kind", "dw")];
  expect([bits, kernels, name]).toBeDefined();
  return defineModel({ name: "net", input: { shape: [1, 2, 8] }, forward: relu, sweep: sweep(options), ...rest });
}

function messages(options: unknown): string[] {
  return define(options as SweepOptions).problems.map(({ code, message }) => `${code}: ${message}`);
}

describe("sweep", () => {
  it("is plain data with its defaults", () => {
    const { sweep: definition, problems } = define({
      vary: {
        bits: [4, 5, 6],
        kernels: [
          [27, 21],
          [9, 9],
        ],
        kind: ["dw", "full"],
      },
    });
    expect(problems).toEqual([]);
    expect(definition).toEqual({
      vary: {
        bits: { kind: "choices", values: [4, 5, 6] },
        kernels: {
          kind: "choices",
          values: [
            [27, 21],
            [9, 9],
          ],
        },
        kind: { kind: "choices", values: ["dw", "full"] },
      },
      sampler: { kind: "grid", options: {} },
    });
  });

  it("takes ranges and a budget of its own", () => {
    const { sweep: definition, problems } = define({
      vary: { bits: { min: 1e-4, max: 1e-2, scale: "log" } },
      budget: { score: 0.02 },
      sampler: random({ rows: 5 }),
    });
    expect(problems).toEqual([]);
    expect(definition).toMatchObject({
      vary: { bits: { kind: "range", min: 1e-4, max: 1e-2, scale: "log" } },
      budget: { score: 0.02 },
      sampler: { kind: "random", options: { rows: 5, seed: 0 } },
    });
  });

  it.each([
    [grid(), { kind: "grid", options: {} }],
    [tpe({ rows: 50, seed: 3 }), { kind: "tpe", options: { rows: 50, seed: 3 } }],
    [evolution({ rows: 64 }), { kind: "evolution", options: { rows: 64, population: 16, seed: 0 } }],
  ])("takes the sampler %o", (sampler, expected) => {
    const { sweep: definition, problems } = define({ vary: { bits: [4] }, sampler });
    expect(problems).toEqual([]);
    expect(definition?.sampler).toMatchObject(expected);
  });

  it("takes rows by list, in place of vary", () => {
    const rows = [{ bits: 4 }, { bits: 6, kernels: [9, 9] }];
    const { sweep: definition, problems } = define({ sampler: list(rows) });
    expect(problems).toEqual([]);
    expect(definition).toMatchObject({ vary: {}, sampler: { kind: "list", options: { rows } } });
  });

  it.each([
    [{}, "missing-option: sweep needs vary with at least one parameter, or rows by list"],
    [
      { vary: { bist: [4] } },
      "invalid-parameter: The sweep varies bist, which is no parameter of the model; write bits",
    ],
    [{ vary: { other_name: [4] } }, "its parameters are bits, kernels, kind."],
    [{ vary: { bits: ["4"] } }, 'The sweep gives bits the value "4", but its default 6 is a number.'],
    [{ vary: { bits: [] } }, "sweep expects vary.bits to be a list of plain values of one type, or a range"],
    [{ vary: { bits: [4, "5"] } }, "sweep expects vary.bits to be a list of plain values of one type"],
    [{ vary: { bits: [4, null] } }, "sweep expects vary.bits to be a list of plain values of one type"],
    [{ vary: { bits: 4 } }, "sweep expects vary.bits to be a list of values, or a range"],
    [{ vary: { bits: { min: 8, max: 3 } } }, "cannot use the range vary.bits: its min (8) is above its max (3)"],
    [{ vary: { bits: { min: 0, max: 3, scale: "log" } } }, "its min (0) is not above 0, as a log scale needs"],
    [{ vary: { bits: { min: 1, max: 3, step: 1, scale: "log" } } }, "its step (1) is not above 1"],
    [{ vary: { bits: { min: 1, max: 3, steps: 1 } } }, "sweep has no option vary.bits.steps"],
    [{ vary: { bits: [4] }, sampler: { kind: "grid" } }, "sweep expects sampler to be a sampler such as random"],
    [
      () => ({ vary: { bits: [4] }, sampler: list([{ bits: 4 }]) }),
      "sweep ignores vary, because list has its own rows",
    ],
    [() => ({ sampler: list([{ bits: [4] }]) }), "The sweep gives bits the value [4], but its default 6 is a number."],
    [() => ({ sampler: list("rows" as never) }), "list expects rows to be a list of objects"],
    [{ vary: { bits: [4] }, budget: { score: -1 } }, "sweep expects budget.score to be a number above 0"],
  ])("says what is wrong with %s", (options, expected) => {
    expect(messages(typeof options === "function" ? options() : options).join("\n")).toContain(expected);
  });

  it("knows parameters of a function's model, too", () => {
    const build = ({ bits }: { bits: number }): ModelSpec => ({
      name: `net${bits}`,
      input: { shape: [1, 2, 8] },
      forward: relu,
      sweep: sweep({ vary: { bits: [3, 4], width: [1] } }),
    });
    const { problems } = defineModel(build, { bits: 6 });
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining("The sweep varies width, which is no parameter of the model"),
    ]);
  });
});
