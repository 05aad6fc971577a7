import fc from "fast-check";
import { expect, test } from "vitest";
import { product } from "../layout.js";
import { coordinatesOf, indexOf } from "./shapes.js";
import { openProbe, probe, storedInput } from "../../testing/probe.js";
import { wasmBackend } from "../backend.js";
import { RandomStream } from "../../../data/random/stream.js";

/** One spatial dimension; the output's size follows, or is drawn where the convolution is transposed. */
const axis = fc.record({
  size: fc.integer({ min: 1, max: 7 }),
  taps: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  before: fc.integer({ min: 0, max: 2 }),
  after: fc.integer({ min: 0, max: 2 }),
  extra: fc.integer({ min: 0, max: 2 }),
});

const geometry = fc.record({
  axes: fc.array(axis, { minLength: 1, maxLength: 2 }),
  groups: fc.integer({ min: 1, max: 5 }),
  wide: fc.integer({ min: 1, max: 4 }),
  narrow: fc.integer({ min: 1, max: 4 }),
  transposed: fc.boolean(),
});

type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never;

interface Convolution extends Geometry {
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly weight: readonly number[];
}

/** Shapes of input, output and weight; `undefined` if the kernel does not fit. */
function convolution(drawn: Geometry): Convolution | undefined {
  const { axes, groups, transposed } = drawn;
  const others = axes.map(({ size, taps, stride, dilation, before, after, extra }) =>
    transposed
      ? (size - 1) * stride + dilation * (taps - 1) + 1 - before - after + extra
      : Math.floor((size + before + after - dilation * (taps - 1) - 1) / stride) + 1,
  );
  if (others.some((size) => size < 1)) return undefined;
  const sizes = axes.map(({ size }) => size);
  const [wide, narrow] = [drawn.wide * groups, drawn.narrow * groups];
  return {
    ...drawn,
    input: transposed ? [narrow, ...sizes] : [wide, ...sizes],
    output: transposed ? [wide, ...others] : [narrow, ...others],
    weight: [narrow, drawn.wide, ...axes.map(({ taps }) => taps)],
  };
}

/** Calls `visit` with the indices of every product of the convolution, found in plain loops. */
function eachProduct(c: Convolution, visit: (wide: number, narrow: number, weight: number) => void): void {
  const [wideShape, narrowShape] = c.transposed ? [c.output, c.input] : [c.input, c.output];
  for (let at = 0; at < product(narrowShape); at++) {
    const [channel = 0, ...position] = coordinatesOf(narrowShape, at);
    for (let tap = 0; tap < product(c.weight.slice(1)); tap++) {
      const [inGroup = 0, ...taps] = coordinatesOf(c.weight.slice(1), tap);
      const group = Math.floor(channel / c.narrow);
      const place = c.axes.map(
        ({ stride, dilation, before }, i) => (position[i] ?? 0) * stride + (taps[i] ?? 0) * dilation - before,
      );
      if (place.some((where, i) => where < 0 || where >= (wideShape[i + 1] ?? 0))) continue;
      const wide = indexOf(wideShape, [group * c.wide + inGroup, ...place]);
      visit(wide, at, indexOf(c.weight, [channel, inGroup, ...taps]));
    }
  }
}

test("convolutions of any geometry, forward and backward, are what plain loops make", async () => {
  await fc.assert(
    fc.asyncProperty(geometry, fc.integer(), async (drawn, seed) => {
      const c = convolution(drawn);
      if (!c) return;
      const random = new RandomStream(seed);
      const numbers = (shape: readonly number[]): Float32Array =>
        Float32Array.from({ length: product(shape) }, () => random.uniform(-1, 1));
      const [x, weight, gradient] = [numbers(c.input), numbers(c.weight), numbers(c.output)];
      const { axes, groups, transposed } = c;
      const opened = await openProbe(wasmBackend, c, (builder, value) =>
        builder.op(
          {
            kind: "conv",
            weight: { parameter: builder.parameter("weight", c.weight, "weight") },
            kernel: axes.map(({ taps }) => taps),
            stride: axes.map(({ stride }) => stride),
            padding: axes.map(({ before, after }) => [before, after] as const),
            dilation: axes.map(({ dilation }) => dilation),
            groups,
            transposed,
          },
          [value],
          c.output,
        ),
      );
      const found = await probe(opened, { x, gradient, parameters: { weight } });
      const [output, toX, toWeight] = [c.output, c.input, c.weight].map((shape) => new Float64Array(product(shape)));
      eachProduct(c, (wide, narrow, tap) => {
        const [from, to] = transposed ? [narrow, wide] : [wide, narrow];
        output![to]! += x[from]! * weight[tap]!;
        toX![from]! += gradient[to]! * weight[tap]!;
        toWeight![tap]! += gradient[to]! * x[from]!;
      });
      expectClose(found.output, output!);
      expectClose(found.gradients.get(storedInput)!, toX!);
      expectClose(found.gradients.get("weight")!, toWeight!);
    }),
    { seed: 1, numRuns: 150 },
  );
});

function expectClose(found: Float64Array, expected: Float64Array): void {
  expect(found.length).toBe(expected.length);
  const worst = found.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0);
  expect(worst).toBeLessThan(2e-5);
}
