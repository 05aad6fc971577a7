import { describe, expect, it } from "vitest";
import type { SweepDefinition } from "../../../shared/dsl/definition.js";
import type { RowParameters } from "../rows.js";
import type { SampledRow } from "./sampler.js";
import { samplerOf } from "./samplers.js";

/** All rows of a sweep, asked for in portions. */
function rowsOf({ vary, sampler }: Pick<SweepDefinition, "vary" | "sampler">, wanted: number): RowParameters[] {
  const rows: SampledRow[] = [];
  for (;;) {
    const proposal = samplerOf(sampler).propose({ vary, options: sampler.options, rows, wanted });
    if (proposal.kind !== "rows") return rows.map(({ parameters }) => parameters);
    expect(proposal.rows.length).toBeLessThanOrEqual(wanted);
    for (const parameters of proposal.rows) rows.push({ row: rows.length + 1, parameters, state: "pending" });
  }
}

const choices = (...values: number[]) => ({ kind: "choices", values }) as const;
const grid = { kind: "grid", options: {} } as const;

describe("grid", () => {
  it("is every combination, the last parameter fastest, whatever the portions", () => {
    const sweep = { vary: { a: choices(1, 2), b: { kind: "choices", values: [[3], [4, 5]] } as const }, sampler: grid };
    const expected = [1, 2].flatMap((a) => [[3], [4, 5]].map((b) => ({ a, b })));
    expect(rowsOf(sweep, 1)).toEqual(expected);
    expect(rowsOf(sweep, 1000)).toEqual(expected);
    expect(samplerOf(grid).total({ vary: sweep.vary, options: {} })).toBe(4);
  });

  it("takes ranges with steps, whose last value is one of them", () => {
    const linear = { kind: "range", min: 0.1, max: 0.3, step: 0.1, scale: "linear" } as const;
    const log = { kind: "range", min: 0.001, max: 0.1, step: 10, scale: "log" } as const;
    expect(rowsOf({ vary: { linear }, sampler: grid }, 10)).toEqual(
      [0.1, 0.2, 0.3].map((value) => ({ linear: value })),
    );
    expect(rowsOf({ vary: { log }, sampler: grid }, 10)).toEqual([0.001, 0.01, 0.1].map((value) => ({ log: value })));
  });

  it("refuses what has no end", () => {
    const range = { kind: "range", min: 0, max: 1, scale: "linear" } as const;
    expect(() => rowsOf({ vary: { x: range }, sampler: grid }, 1)).toThrow("grid() needs single values of x");
    const many = choices(...Array.from({ length: 1001 }, (_, index) => index));
    expect(() => rowsOf({ vary: { a: many, b: many }, sampler: grid }, 1)).toThrow("The grid has 1002001 rows");
    const fine = { ...range, step: 1e-9 };
    expect(() => rowsOf({ vary: { x: fine }, sampler: grid }, 1)).toThrow("use larger steps");
  });

  it("without parameters is one row of defaults", () => {
    expect(rowsOf({ vary: {}, sampler: grid }, 5)).toEqual([{}]);
  });
});

describe("random", () => {
  const vary = {
    bits: choices(3, 4, 5, 6),
    lr: { kind: "range", min: 1e-4, max: 1e-1, scale: "log" },
    width: { kind: "range", min: 8, max: 32, step: 8, scale: "linear" },
  } as const;
  const random = (rows: number, seed = 0) => ({ kind: "random", options: { rows, seed } }) as const;

  it("gives the same rows for the same seed, whatever the portions, and others for another", () => {
    const rows = rowsOf({ vary, sampler: random(20) }, 20);
    expect(rowsOf({ vary, sampler: random(20) }, 3)).toEqual(rows);
    expect(rowsOf({ vary, sampler: random(20, 1) }, 20)).not.toEqual(rows);
    expect(rows).toHaveLength(20);
  });

  it("stays within the values, and covers them", () => {
    const rows = rowsOf({ vary, sampler: random(200) }, 200);
    expect(new Set(rows.map(({ bits }) => bits))).toEqual(new Set([3, 4, 5, 6]));
    expect(new Set(rows.map(({ width }) => width))).toEqual(new Set([8, 16, 24, 32]));
    const rates = rows.map(({ lr }) => Number(lr));
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(1e-4);
    expect(Math.max(...rates)).toBeLessThan(1e-1);
    // Half of them below the geometric middle.
    expect(rates.filter((rate) => rate < 10 ** -2.5).length).toBeGreaterThan(75);
    expect(rates.filter((rate) => rate < 10 ** -2.5).length).toBeLessThan(125);
  });

  it("gives no row twice, and ends when there are no more", () => {
    const few = { a: choices(1, 2), b: choices(1, 2, 3) };
    const rows = rowsOf({ vary: few, sampler: random(100) }, 7);
    expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(6);
    expect(rows).toHaveLength(6);
    expect(samplerOf(random(100)).total({ vary: few, options: random(100).options })).toBe(6);
  });
});

describe("list", () => {
  it("is the rows as they are", () => {
    const rows = [{ bits: 4 }, {}, { bits: 4 }];
    expect(rowsOf({ vary: {}, sampler: { kind: "list", options: { rows } } }, 2)).toEqual(rows);
  });
});
