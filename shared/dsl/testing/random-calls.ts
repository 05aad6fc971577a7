/** Random DSL calls with arguments of every kind, for any module that has the DSL's functions. */
import fc from "fast-check";
import * as dsl from "../index.js";

type AnyFunction = (...args: unknown[]) => unknown;

/** The DSL, or what stands in for it. */
export type Library = Readonly<Record<string, AnyFunction>>;

/** A value that may have to be made by the library itself. */
type Made = (library: Library) => unknown;

/** Every function of the DSL but those that call the user's own code with values that it must accept. */
const functions = Object.entries(dsl).filter(
  ([name, value]) => typeof value === "function" && !["defineModel", "scope", "param"].includes(name),
) as [string, AnyFunction][];

const unknownName = "z".repeat(30);

/** The options of a function, as its complaint about an unknown one lists them. */
function optionsOf(call: AnyFunction): readonly string[] {
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

const quantizers: fc.Arbitrary<Made> = fc
  .tuple(fc.constantFrom("int", "uint"), sizes, fc.constantFrom(undefined, 1, 0.5, -1, [0.5, 0.25], Number.NaN))
  .map(
    ([kind, bits, scale]) =>
      (library) =>
        library[kind]?.(bits, { scale, granularity: "channel" }),
  );

const sparse = new Array<unknown>(2);
sparse[1] = 1;
const cycle: Record<string, unknown> = { "": 1 };
cycle.cycle = cycle;

const plain = fc.oneof(
  fc.constantFrom(undefined, null, true, false, "same", "valid", "stats", "const", "log", "", 5n, Symbol("s")),
  fc.func(fc.integer()),
  fc.array(sizes, { maxLength: 5 }),
  fc.constantFrom<unknown>(
    cycle,
    [cycle],
    new Date(0),
    Promise.resolve(1),
    new Array(70_000),
    sparse,
    Object.create(null),
  ),
);
const others: fc.Arbitrary<Made> = plain.map((value) => () => value);

const values: fc.Arbitrary<Made> = fc.oneof(
  { weight: 4, arbitrary: sizes.map((size) => () => size) },
  { weight: 2, arbitrary: quantizers },
  others,
);

/** A call: its function, what it gets for a tensor, and the rest. */
export interface RandomCall {
  readonly name: string;
  readonly tensor: "tensor" | "twice" | "list" | "none";
  readonly rest: readonly Made[];
}

export const randomCalls: fc.Arbitrary<RandomCall> = fc.oneof(
  ...functions.map(([name, call]) => {
    const options = fc
      .dictionary(fc.constantFrom(...optionsOf(call), unknownName), values, { maxKeys: 6 })
      .map((made): Made => {
        return (library) => Object.fromEntries(Object.entries(made).map(([key, value]) => [key, value(library)]));
      });
    return fc.record({
      name: fc.constant(name),
      tensor: fc.oneof(
        { weight: 8, arbitrary: fc.constant("tensor" as const) },
        fc.constantFrom("twice" as const, "list" as const, "none" as const),
      ),
      rest: fc.array(fc.oneof({ weight: 8, arbitrary: options }, values), { maxLength: 2 }),
    });
  }),
);

export const randomShapes = fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), sizes), { maxLength: 5 });

/** A model that makes these calls one after another, each with the last tensor. `see` is given every result. */
export function buildFrom(
  library: Library,
  shape: readonly number[],
  calls: readonly RandomCall[],
  see: (result: unknown) => void = () => undefined,
): dsl.Model {
  return library.defineModel?.({
    name: "fuzz",
    input: { shape },
    forward(x: unknown) {
      for (const call of calls) {
        const result = run(library, call, x);
        see(result);
        if (typeof result === "object" && result !== null && "dataType" in result) x = result;
      }
      return x;
    },
  }) as dsl.Model;
}

function run(library: Library, { name, tensor, rest }: RandomCall, x: unknown): unknown {
  const args = rest.map((made) => made(library));
  if (tensor === "twice") return library[name]?.(x, x, ...args);
  if (tensor === "list") return library[name]?.([x, x], ...args);
  return tensor === "none" ? library[name]?.(...args) : library[name]?.(x, ...args);
}
