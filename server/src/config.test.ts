import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultConfig, parseConfig } from "./config.js";

describe("parseConfig", () => {
  it("reads every setting", () => {
    const hints = { shape: false, bitOps: false, memory: false, subtotals: false, rows: false, maxLength: 20 };
    expect(
      parseConfig({
        hints,
        profile: "finn",
        flavor: "qonnx",
        discountSparsity: false,
        severities: { "unsupported-op": "off", wrong: "loud" },
        weights: { "a.model.ts": "a.onnx", "b.model.ts": 3 },
        parameters: {
          "a.model.ts": { bits: 4, mode: "fast", deep: false, kernels: [3, 5], odd: [1, "a"], no: null },
          b: 3,
        },
        deadline: 500,
        memory: 64,
      }),
    ).toEqual({
      hints,
      profile: "finn",
      flavor: "qonnx",
      discountSparsity: false,
      severities: { "unsupported-op": "off" },
      weights: { "a.model.ts": "a.onnx" },
      parameters: { "a.model.ts": { bits: 4, mode: "fast", deep: false, kernels: [3, 5] }, b: {} },
      deadlineMs: 500,
      memoryMb: 64,
    });
  });

  it("keeps numbers within what makes sense", () => {
    expect(parseConfig({ deadline: 0, memory: 1e9, hints: { maxLength: -1 } })).toMatchObject({
      deadlineMs: 50,
      memoryMb: 4096,
      hints: { maxLength: 8 },
    });
  });

  it.each([
    [undefined],
    [null],
    ["text"],
    [[]],
    [{ hints: 3, profile: "none", flavor: 1, severities: [], deadline: "x" }],
  ])("has the defaults for %j", (section) => {
    expect(parseConfig(section)).toEqual(defaultConfig);
  });

  it("takes anything", () => {
    fc.assert(fc.property(fc.anything(), (section) => typeof parseConfig(section).hints.shape === "boolean"));
  });
});
