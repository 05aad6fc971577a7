/**
 * Numbers as people read them, the same in hints, lenses, tables and messages.
 *
 * Units follow the SI (1 kb is 1,000 bits), three significant digits are kept, and the minus sign is U+2212.
 */
import type { Shape } from "./graph/graph.js";

const prefixes = ["", "k", "M", "G", "T", "P"] as const;
const minus = "\u2212";

/** Bit-operations: `864 bop`, `9.44 Mbop`. */
export function formatBops(bops: number): string {
  return withPrefix(bops, "bop");
}

/** Bits of memory: `864 b`, `55.9 kb`. */
export function formatBits(bits: number): string {
  return withPrefix(bits, "b");
}

/** Multiply-accumulates: `663 kMAC`. */
export function formatMacs(macs: number): string {
  return withPrefix(macs, "MAC");
}

/** A challenge score with three significant digits: `0.0825`, `1.42`. */
export function formatScore(score: number): string {
  return Number.isFinite(score) ? threeDigits(score) : "unknown";
}

/** A share of 1 as a percentage: `46.9 %`, `< 0.1 %` for what would round to nothing. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.0005) return "< 0.1 %";
  return `${threeDigits(Math.round(share * 1000) / 10, true)} %`;
}

/** A relative change: `−12 %`, `+3.4 %`, `±0 %`. */
export function formatChange(change: number): string {
  const percent = Math.abs(change) * 100;
  const rounded = Number(percent.toPrecision(2));
  if (rounded < 0.005) return "±0 %";
  return `${change < 0 ? minus : "+"}${rounded} %`;
}

/** A signed difference written with the given formatter: `−7.33 Mbop`. */
export function formatDifference(difference: number, format: (value: number) => string): string {
  if (difference === 0) return `±${format(0)}`;
  return `${difference < 0 ? minus : "+"}${format(Math.abs(difference))}`;
}

/** How many times something is done: `×5`. */
export function formatTimes(times: number): string {
  return `×${times}`;
}

/** A ratio: `4.1×`. */
export function formatRatio(ratio: number): string {
  return `${Number(ratio.toPrecision(2))}×`;
}

/** A whole number with thousands separated, fractions to two places: `1,784`, `663,552.25`. */
export function formatCount(count: number): string {
  const [whole = "0", fraction] = String(Math.round(Math.abs(count) * 100) / 100).split(".");
  const separated = whole.replace(/\B(?=(?:\d{3})+$)/g, ",");
  return `${count < 0 ? minus : ""}${separated}${fraction === undefined ? "" : `.${fraction}`}`;
}

/** Dimensions without a batch of one: `[1, 24, 512]` is `24×512`; a scalar is `scalar`. */
export function formatShape(shape: Shape): string {
  const shown = shape.length > 1 && shape[0] === 1 ? shape.slice(1) : shape;
  return shown.length === 0 ? "scalar" : shown.join("×");
}

function withPrefix(value: number, unit: string): string {
  let scaled = value;
  let index = 0;
  // 999.5 would be written with four digits, so it already belongs to the next prefix.
  while (Math.abs(scaled) >= 999.5 && index < prefixes.length - 1) {
    scaled /= 1000;
    index++;
  }
  const digits = index === 0 ? threeDigits(scaled, true) : threeDigits(scaled);
  return `${digits} ${prefixes[index] ?? ""}${unit}`;
}

/** Three significant digits without an exponent; `trim` drops zeros behind the point. */
function threeDigits(value: number, trim = false): string {
  if (value === 0) return "0";
  const rounded = Number(value.toPrecision(3));
  if (trim) return String(rounded);
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded))));
  return rounded.toFixed(Math.min(decimals, 20));
}
