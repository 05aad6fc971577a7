import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { batchNorm1d, binary, flatten, int, quantConv1d, quantLinear } from "../../shared/dsl/index.js";
import { goldenPath, hasGolden } from "../../shared/testing/golden.js";
import { initialize } from "./initialize.js";
import { programOf } from "./testing/program.js";

const program = programOf([1, 24, 32], (x) => {
  x = batchNorm1d(quantConv1d(x, { outChannels: 24, kernelSize: 21, groups: 24, bias: false }));
  return quantLinear(flatten(x), {
    outFeatures: 24,
    weightQuant: int(4, { scaling: "parameter", granularity: "channel" }),
  });
});

describe("initial values", () => {
  const values = initialize(program, 7);
  const of = (name: string) => values.get(name) ?? new Float32Array(0);

  it("of weights and biases fill PyTorch's range evenly", () => {
    for (const [name, bound] of [
      ["conv.weight", 1 / Math.sqrt(21)],
      ["linear.weight", 1 / Math.sqrt(288)],
      ["linear.bias", 1 / Math.sqrt(288)],
    ] as const) {
      const data = of(name);
      const variance = data.reduce((sum, value) => sum + value ** 2, 0) / data.length;
      expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(bound);
      expect(Math.max(...data)).toBeGreaterThan(0.8 * bound);
      expect(Math.min(...data)).toBeLessThan(-0.8 * bound);
      // Uniform: bound^2 / 3, four standard errors wide.
      expect(Math.abs(variance / (bound ** 2 / 3) - 1)).toBeLessThan(4 * Math.sqrt(4 / 5 / data.length));
    }
  });

  it("of batch norm change nothing", () => {
    expect(of("norm.weight")).toEqual(new Float32Array(24).fill(1));
    expect(of("norm.running_var")).toEqual(new Float32Array(24).fill(1));
    expect(of("norm.bias")).toEqual(new Float32Array(24));
    expect(of("norm.running_mean")).toEqual(new Float32Array(24));
  });

  it("of a weight's threshold are its largest magnitudes", () => {
    const rows = Array.from({ length: 24 }, (_, row) => of("linear.weight").slice(row * 288, (row + 1) * 288));
    expect([...of("linear.weight_quant.threshold")]).toEqual(rows.map((row) => Math.max(...row.map(Math.abs))));
  });

  it("depend on the seed and on the parameter's name alone", () => {
    expect(initialize(program, 7)).toEqual(values);
    expect(initialize(program, 8).get("conv.weight")).not.toEqual(of("conv.weight"));
    const other = programOf([1, 24, 32], (x) =>
      flatten(quantConv1d(x, { outChannels: 24, kernelSize: 21, groups: 24, bias: false })),
    );
    expect(initialize(other, 7).get("conv.weight")).toEqual(of("conv.weight"));
  });

  it("of binary weights lie within their levels", () => {
    const small = programOf([1, 9], (x) => quantLinear(x, { outFeatures: 9, weightQuant: binary(), bias: false }));
    const weight = initialize(small, 1).get("linear.weight") ?? new Float32Array(0);
    expect(Math.max(...weight.map(Math.abs))).toBe(Math.fround(0.1));
  });
});

describe.skipIf(!hasGolden)("PyTorch's own initial values", () => {
  it("lie within the same bounds", () => {
    interface Range {
      readonly shape: readonly number[];
      readonly bound: number | null;
      readonly max: number;
    }
    const ranges = JSON.parse(readFileSync(goldenPath("optim", "init_ranges.json"), "utf8")) as Record<string, Range>;
    const depthwise = ranges["conv.1.dw.conv.weight"];
    const [spec] = program.parameters;
    expect(spec?.shape).toEqual(depthwise?.shape);
    expect(spec?.init).toEqual({ kind: "uniform", bound: depthwise?.bound });
    expect(depthwise?.max).toBeLessThanOrEqual(1 / Math.sqrt(21));
  });
});
