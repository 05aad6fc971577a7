/** Every combination of the values; the last parameter changes fastest. */
import type { ParameterValue } from "../../../shared/dsl/plain-values.js";
import { CliError } from "../../errors.js";
import type { RowParameters } from "../rows.js";
import type { Sampler, SamplerInput } from "./sampler.js";
import { valuesOf } from "./space.js";

const mostRows = 1_000_000;

export const gridSampler: Sampler = {
  total: (input) => sizeOf(axesOf(input)),
  propose(input) {
    const axes = axesOf(input);
    const first = input.rows.length;
    const last = Math.min(sizeOf(axes), first + input.wanted);
    if (first >= last) return { kind: "done" };
    return { kind: "rows", rows: Array.from({ length: last - first }, (_, at) => rowAt(axes, first + at)) };
  },
};

interface Axis {
  readonly name: string;
  readonly values: readonly ParameterValue[];
}

function axesOf({ vary }: Pick<SamplerInput, "vary">): readonly Axis[] {
  return Object.entries(vary).map(([name, varied]) => {
    const values = valuesOf(varied);
    if (values !== undefined) return { name, values };
    throw new CliError(`grid() needs single values of ${name}: give its range a step, or use random({ rows }).`);
  });
}

function sizeOf(axes: readonly Axis[]): number {
  const size = axes.reduce((product, { values }) => product * values.length, 1);
  if (size <= mostRows) return size;
  throw new CliError(
    `The grid has ${size} rows, and at most ${mostRows} can be run: vary less, or use random({ rows }).`,
  );
}

function rowAt(axes: readonly Axis[], index: number): RowParameters {
  const row: [string, ParameterValue][] = [];
  let rest = index;
  for (const { name, values } of axes.toReversed()) {
    row.unshift([name, values[rest % values.length] ?? 0]);
    rest = Math.floor(rest / values.length);
  }
  return Object.fromEntries(row);
}
