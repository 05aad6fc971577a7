import { describe, expect, it } from "vitest";
import {
  formatAgo,
  formatBits,
  formatBops,
  formatChange,
  formatCount,
  formatDifference,
  formatMacs,
  formatRatio,
  formatScore,
  formatShape,
  formatShare,
  formatTimes,
} from "./format.js";

describe("formatBops, formatBits and formatMacs", () => {
  it.each([
    [0, "0 bop"],
    [1, "1 bop"],
    [864, "864 bop"],
    [12.5, "12.5 bop"],
    [999, "999 bop"],
    [999.4, "999 bop"],
    [999.6, "1.00 kbop"],
    [1000, "1.00 kbop"],
    [10_704, "10.7 kbop"],
    [999_499, "999 kbop"],
    [999_500, "1.00 Mbop"],
    [9_437_184, "9.44 Mbop"],
    [96_933_888, "96.9 Mbop"],
    [2_093_088_768, "2.09 Gbop"],
    [3e12, "3.00 Tbop"],
    [5e18, "5000 Pbop"],
  ])("%d bit-operations are %s", (value, text) => {
    expect(formatBops(value)).toBe(text);
  });

  it("uses bits and MACs as units", () => {
    expect(formatBits(55_908)).toBe("55.9 kb");
    expect(formatBits(864)).toBe("864 b");
    expect(formatMacs(663_552)).toBe("664 kMAC");
  });
});

describe("formatScore", () => {
  it.each([
    [0.08246, "0.0825"],
    [0.016211, "0.0162"],
    [1.4155, "1.42"],
    [1, "1.00"],
    [12.345, "12.3"],
    [0, "0"],
    [Number.NaN, "unknown"],
  ])("%d is %s", (value, text) => {
    expect(formatScore(value)).toBe(text);
  });
});

describe("four digits", () => {
  it.each([
    [formatBops(19_242_864, 4), "19.24 Mbop"],
    [formatBits(10_704, 4), "10.7 kb"],
    [formatBits(999_960, 4), "1 Mb"],
    [formatBits(999_940, 4), "999.9 kb"],
    [formatScore(0.016211, 4), "0.01621"],
    [formatScore(0.0000001, 4), "0.0000001"],
  ])("%s", (written, expected) => {
    expect(written).toBe(expected);
  });
});

describe("formatAgo", () => {
  it.each([
    [-5, "just now"],
    [59_999, "just now"],
    [60_000, "1 min ago"],
    [3_599_999, "59 min ago"],
    [3_600_000, "1 h ago"],
    [86_400_000, "1 day ago"],
    [200_000_000, "2 days ago"],
  ])("%d ms are %s", (milliseconds, text) => {
    expect(formatAgo(milliseconds)).toBe(text);
  });
});

describe("formatShare and formatChange", () => {
  it.each([
    [0.469, "46.9 %"],
    [1, "100 %"],
    [0.0004, "< 0.1 %"],
    [0, "0 %"],
    [0.05, "5 %"],
  ])("a share of %d is %s", (value, text) => {
    expect(formatShare(value)).toBe(text);
  });

  it.each([
    [-0.12, "−12 %"],
    [0.034, "+3.4 %"],
    [0, "±0 %"],
    [-0.00001, "±0 %"],
    [1.5, "+150 %"],
  ])("a change of %d is %s", (value, text) => {
    expect(formatChange(value)).toBe(text);
  });
});

describe("the other numbers", () => {
  it("signs differences", () => {
    expect(formatDifference(-7_328_256, formatBops)).toBe("−7.33 Mbop");
    expect(formatDifference(12, formatBits)).toBe("+12 b");
    expect(formatDifference(0, formatBits)).toBe("±0 b");
  });

  it("separates thousands", () => {
    expect(formatCount(1784)).toBe("1,784");
    expect(formatCount(96_933_888)).toBe("96,933,888");
    expect(formatCount(12)).toBe("12");
    expect(formatCount(-1234.5)).toBe("−1,234.5");
    expect(formatCount(1000.123)).toBe("1,000.12");
  });

  it("writes times, ratios and shapes", () => {
    expect(formatTimes(5)).toBe("×5");
    expect(formatRatio(4.123)).toBe("4.1×");
    expect(formatShape([1, 24, 512])).toBe("24×512");
    expect(formatShape([4, 24, 512])).toBe("4×24×512");
    expect(formatShape([1])).toBe("1");
    expect(formatShape([])).toBe("scalar");
  });
});
