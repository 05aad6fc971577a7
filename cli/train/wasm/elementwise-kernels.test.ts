import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dropThreshold, keepsElement } from "../dropout.js";
import type { Pointer } from "./kernels.js";
import { at, kernelVariants, noise } from "./testing/arena.js";

const variants = await kernelVariants();
const anyLength = fc.integer({ min: 1, max: 40 });
const anySeed = fc.integer({ min: 0, max: 1000 });

/** Magnitudes from 2^-30 to 2^7, both signs, and what is special. */
const spread = Float32Array.from({ length: 4001 }, (_, index) => {
  const exponent = -30 + (37 * Math.abs(index - 2000)) / 2000;
  return Math.sign(index - 2000) * 2 ** exponent;
});
const special = Float32Array.of(0, 1, -1, 88, -87, 89, -88, 200, -200, Infinity, -Infinity, Number.NaN);

describe.each(variants)("$name", ({ kernels, arena }) => {
  /** Runs `kernel` on arrays, in place or not, and gives its output. */
  function run(inputs: readonly Float32Array[], kernel: (pointers: readonly Pointer[], y: Pointer) => void, into = 0) {
    arena.reset();
    const pointers = inputs.map((input) => arena.f32(input));
    const y = into < pointers.length ? at(pointers, into) : arena.f32(new Float32Array(inputs[0]!.length));
    kernel(pointers, y);
    arena.expectGuards();
    return arena.readF32(y, inputs[0]!.length);
  }

  test("vector arithmetic on any number of elements, in place or not", () => {
    fc.assert(
      fc.property(anyLength, anySeed, fc.integer({ min: 0, max: 2 }), (n, seed, into) => {
        const [x1, x2] = [noise(n, seed), noise(n, seed + 1)];
        const each = (f: (a: number, b: number) => number) => x1.map((a, index) => f(a, at(x2, index)));
        expect(
          run(
            [x1, x2],
            ([p, q], y) => {
              kernels.add(n, p!, q!, y);
            },
            into,
          ),
        ).toEqual(each((a, b) => a + b));
        expect(
          run(
            [x1, x2],
            ([p, q], y) => {
              kernels.mul(n, p!, q!, y, 0);
            },
            into,
          ),
        ).toEqual(each((a, b) => a * b));
        const plain = run(
          [x1, x2],
          ([p, q], y) => {
            kernels.mul(n, p!, q!, y, 1);
          },
          0,
        );
        expect(plain).toEqual(each((a, b) => a + Math.fround(a * b)));
        expect(
          run([x1], (_, y) => {
            kernels.fill(n, 0.75, y);
          }),
        ).toEqual(x1.map(() => 0.75));
        expect(
          run([x1], (_, y) => {
            kernels.fill(n, 0, y);
          }),
        ).toEqual(x1.map(() => 0));
      }),
      { seed: 14 },
    );
  });

  test("sumSlots adds the parts in order", () => {
    arena.reset();
    const parts = noise(3 * 10, 1);
    const y = arena.f32(new Float32Array(7));
    kernels.sumSlots(7, 3, arena.f32(parts), 10, y);
    const expected = Array.from({ length: 7 }, (_, i) =>
      Math.fround(Math.fround(at(parts, i) + at(parts, i + 10)) + at(parts, i + 20)),
    );
    expect(Array.from(arena.readF32(y, 7))).toEqual(expected);
    arena.expectGuards();
  });

  const activations: readonly {
    name: string;
    run: (n: number, x: Pointer, y: Pointer) => void;
    exact: (x: number) => number;
  }[] = [
    { name: "sigmoid", run: kernels.sigmoid, exact: (x) => 1 / (1 + Math.exp(-x)) },
    { name: "tanh", run: kernels.tanh, exact: Math.tanh },
    {
      name: "elu",
      run: (n, x, y) => {
        kernels.elu(n, x, 1.5, 2, y);
      },
      exact: (x) => (x > 0 ? 2 * x : 3 * Math.expm1(x)),
    },
  ];

  test.each(activations)("$name is accurate at every magnitude", ({ run: kernel, exact }) => {
    for (const input of [spread, special]) {
      const actual = run(
        [input],
        ([x], y) => {
          kernel(input.length, x!, y);
        },
        1,
      );
      input.forEach((x, index) => {
        const expected = exact(x);
        const value = at(actual, index);
        if (Number.isNaN(expected)) expect(value).toBeNaN();
        else if (!Number.isFinite(expected)) expect(value).toBe(expected);
        else if (!(Math.abs(value - expected) <= Math.max(3e-7 * Math.abs(expected), 2e-38)))
          expect.fail(`of ${x} is ${value}, exactly ${expected}`);
      });
    }
  });

  const gradients: readonly {
    name: string;
    run: (n: number, x: Pointer, dy: Pointer, dx: Pointer) => void;
    slope: (x: number) => number;
  }[] = [
    { name: "sigmoid", run: kernels.sigmoidGrad, slope: (y) => y * (1 - y) },
    { name: "tanh", run: kernels.tanhGrad, slope: (y) => 1 - y * y },
    {
      name: "elu",
      run: (n, x, dy, dx) => {
        kernels.eluGrad(n, x, 1.5, 2, dy, dx);
      },
      slope: (x) => (x > 0 ? 2 : 3 * Math.exp(x)),
    },
  ];

  test.each(gradients)("the gradient of $name is its slope times the output's", ({ run: kernel, slope }) => {
    fc.assert(
      fc.property(anyLength, anySeed, fc.integer({ min: 0, max: 2 }), (n, seed, into) => {
        const [x, dy] = [noise(n, seed), noise(n, seed + 1)];
        const actual = run(
          [x, dy],
          ([p, d], y) => {
            kernel(n, p!, d!, y);
          },
          into,
        );
        actual.forEach((value, index) => {
          const expected = slope(at(x, index)) * at(dy, index);
          if (!(Math.abs(value - expected) <= 4e-7 * Math.abs(expected)))
            expect.fail(`${value} instead of ${expected}`);
        });
      }),
      { seed: 15 },
    );
  });

  test("dropout keeps the elements that every backend keeps", () => {
    fc.assert(
      fc.property(
        anyLength,
        fc.integer({ min: 1, max: 5 }),
        fc.nat(2 ** 31),
        fc.nat(2 ** 31),
        (rows, n, key, index) => {
          const channels = 4 * n;
          const x = noise(rows * channels, 3).map((value) => value + 2);
          const actual = run([x], ([p], y) => {
            kernels.dropout(rows, channels, p!, key, index, dropThreshold(0.3), 1 / 0.7, y);
          });
          actual.forEach((value, i) => {
            const [row, channel] = [Math.floor(i / channels), i % channels];
            const kept = keepsElement(key, (index + channel * rows + row) | 0, 0.3);
            expect(value).toBe(kept ? Math.fround(at(x, i) * Math.fround(1 / 0.7)) : 0);
          });
        },
      ),
      { seed: 16 },
    );
  });

  test("rows are copied, added, filled and cleared with strides", () => {
    const anyWidth = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constant(300));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), anyWidth, fc.integer({ min: 0, max: 7 }), (rows, width, extra) => {
        const ld = width + extra;
        const x = noise(rows * ld, rows);
        const y = noise(rows * ld, width);
        const inside = (f: (index: number) => number) =>
          y.map((value, index) => (index % ld < width ? f(index) : value));
        expect(
          run([y, x], ([to, from]) => {
            kernels.copyRows(rows, width, from!, ld, to!, ld);
          }),
        ).toEqual(inside((index) => at(x, index)));
        expect(
          run([y, x], ([to, from]) => {
            kernels.addRows(rows, width, from!, ld, to!, ld);
          }),
        ).toEqual(inside((index) => at(x, index) + at(y, index)));
        expect(
          run([y], ([to]) => {
            kernels.fillRows(rows, width, -0.5, to!, ld);
          }),
        ).toEqual(inside(() => -0.5));
        expect(
          run([y], ([to]) => {
            kernels.clearPadding(rows, width, ld, to!);
          }),
        ).toEqual(y.map((value, index) => (index % ld < width ? value : 0)));
      }),
      { seed: 17 },
    );
  });
});
