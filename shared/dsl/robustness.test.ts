import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { graphFromJson } from "../graph/graph.js";
import { inferShapes } from "../graph/infer-shapes.js";
import * as dsl from "./index.js";
import { dslProblemCodes } from "./problem-codes.js";

/** Every function of the DSL but those that call the user's own code with values that it must accept. */
const functions = Object.entries(dsl).filter(
  ([name, value]) => typeof value === "function" && !["defineModel", "scope", "param"].includes(name),
) as [string, (...args: unknown[]) => unknown][];

const unknownName = "z".repeat(30);

/** The options of a function, as its complaint about an unknown one lists them. */
function optionsOf(call: (...args: unknown[]) => unknown): readonly string[] {
  const { problems } = dsl.defineModel({
    name: "names",
    input: { shape: [1, 4, 4] },
    forward(x) {
      call(x, { [unknownName]: 1 });
      call(x, [1, 4, 4], { [unknownName]: 1 });
      return x;
    },
  });
  const complaint = problems.find(({ code }) => code === "unknown-option")?.message;
  return complaint?.replace(/.*its options are (.*)\.$/, "$1").split(", ") ?? ["name"];
}

const sizes = fc.oneof(
  fc.integer({ min: -2, max: 40 }),
  fc.constantFrom(0, -0, 1.5, 1e9, 2 ** 31 - 1, 2 ** 40, 1e300, Number.NaN, Number.POSITIVE_INFINITY),
);

const quantizers = fc
  .tuple(fc.constantFrom("int", "uint"), sizes, fc.constantFrom(undefined, 1, 0.5, -1, [0.5, 0.25], Number.NaN))
  .map(([kind, bits, scale]) =>
    (kind === "int" ? dsl.int : dsl.uint)(bits, { scale, granularity: "channel" } as never),
  );

const others = fc.oneof(
  fc.constantFrom(undefined, null, true, false, "same", "valid", "stats", "const", "log", "", 5n, Symbol("s")),
  fc.func(fc.integer()),
  fc.array(sizes, { maxLength: 5 }),
);

const values = fc.oneof({ weight: 4, arbitrary: sizes }, { weight: 2, arbitrary: quantizers }, others);

/** A call: its function, what it gets for a tensor, and the rest. */
const calls = fc.oneof(
  ...functions.map(([, call]) => {
    const options = fc.dictionary(fc.constantFrom(...optionsOf(call), unknownName), values, { maxKeys: 6 });
    return fc.record({
      call: fc.constant(call),
      tensor: fc.oneof({ weight: 8, arbitrary: fc.constant("tensor") }, fc.constantFrom("twice", "list", "none")),
      rest: fc.array(fc.oneof({ weight: 8, arbitrary: options }, values), { maxLength: 2 }),
    });
  }),
);

const inputShapes = fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), sizes), { maxLength: 5 });

type Call = typeof calls extends fc.Arbitrary<infer T> ? T : never;

function run({ call, tensor, rest }: Call, x: dsl.Tensor): unknown {
  if (tensor === "twice") return call(x, x, ...rest);
  if (tensor === "list") return call([x, x], ...rest);
  return tensor === "none" ? call(...rest) : call(x, ...rest);
}

function buildFrom(shape: readonly number[], list: readonly Call[]): dsl.Model {
  return dsl.defineModel({
    name: "fuzz",
    input: { shape },
    forward(x) {
      for (const call of list) {
        const result = run(call, x);
        if (typeof result === "object" && result !== null && "dataType" in result) x = result as dsl.Tensor;
      }
      return x;
    },
  });
}

describe("whatever a model file passes", () => {
  it("builds a model that survives JSON, and reports with known codes", () => {
    fc.assert(
      fc.property(inputShapes, fc.array(calls, { maxLength: 12 }), (shape, list) => {
        const model = buildFrom(shape, list);
        const json = JSON.parse(JSON.stringify(model)) as dsl.Model;
        expect(json.graph.tensors.map((tensor) => tensor.shape)).toEqual(
          model.graph.tensors.map((tensor) => tensor.shape),
        );
        for (const { code, message } of model.problems) {
          expect(Object.keys(dslProblemCodes)).toContain(code);
          expect(message).toMatch(/^[A-Za-z].*\.$/s);
        }
      }),
      { seed: 7, numRuns: 400 },
    );
  });

  it("builds a sound graph: every input is made before it is read, names are unique, shapes hold", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 4 }),
        fc.array(calls, { maxLength: 12 }),
        (shape, list) => {
          const { graph } = buildFrom(shape, list);
          const known = new Set([
            ...graph.inputs,
            ...graph.tensors.filter(({ constant }) => constant).map(({ name }) => name),
          ]);
          for (const node of graph.nodes) {
            expect(node.inputs.every((name) => known.has(name))).toBe(true);
            for (const output of node.outputs) {
              expect(known.has(output)).toBe(false);
              known.add(output);
            }
          }
          expect(new Set(graph.nodes.map(({ name }) => name)).size).toBe(graph.nodes.length);
          expect(graph.outputs.every((name) => known.has(name))).toBe(true);
          for (const { shape: sizesOf } of graph.tensors)
            expect(sizesOf?.every((size) => Number.isInteger(size) && size >= 1)).toBe(true);
          expect(inferShapes(graphFromJson(graph)).problems).toEqual([]);
        },
      ),
      { seed: 11, numRuns: 400 },
    );
  });
});
