/**
 * Numbers as people read them, the same in hints, lenses, tables and messages.
 *
 * Units follow the SI (1 kb is 1,000 bits), three significant digits are kept, and the minus sign is U+2212.
 */
import type { Shape } from "./graph/graph.js";

const prefixes = ["", "k", "M", "G", "T", "P"] as const;
const minus = "\u2212";

/** Bit-operations: `864 bop`, `9.44 Mbop`. With four digits, zeros behind the point are left out: `19.24 Mbop`. */
export function formatBops(bops: number, digits: 3 | 4 = 3): string {
  return withPrefix(bops, "bop", digits);
}

/** Bits of memory: `864 b`, `55.9 kb`. */
export function formatBits(bits: number, digits: 3 | 4 = 3): string {
  return withPrefix(bits, "b", digits);
}

/** Multiply-accumulates: `663 kMAC`. */
export function formatMacs(macs: number): string {
  return withPrefix(macs, "MAC");
}

/** A challenge score with three significant digits: `0.0825`, `1.42`; the challenge published five: `0.016211`. */
export function formatScore(score: number, digits: 3 | 4 | 5 = 3): string {
  return Number.isFinite(score) ? significant(score, digits, digits > 3) : "unknown";
}

/** A share of 1 as a percentage: `46.9 %`, `< 0.1 %` for what would round to nothing. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.0005) return "< 0.1 %";
  return `${significant(Math.round(share * 1000) / 10, 3, true)} %`;
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

/** How long ago something was, to the unit in which people say it: `just now`, `2 min ago`, `3 days ago`. */
export function formatAgo(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  return days === 1 ? "1 day ago" : `${days} days ago`;
}

/** Dimensions without a batch of one: `[1, 24, 512]` is `24×512`; a scalar is `scalar`. */
export function formatShape(shape: Shape): string {
  const shown = shape.length > 1 && shape[0] === 1 ? shape.slice(1) : shape;
  return shown.length === 0 ? "scalar" : shown.join("×");
}

function withPrefix(value: number, unit: string, digits = 3): string {
  let scaled = value;
  let index = 0;
  // 999.5 would be written with four digits, so it already belongs to the next prefix.
  const limit = 1000 - 0.5 * 10 ** (3 - digits);
  while (Math.abs(scaled) >= limit && index < prefixes.length - 1) {
    scaled /= 1000;
    index++;
  }
  return `${significant(scaled, digits, index === 0 || digits > 3)} ${prefixes[index] ?? ""}${unit}`;
}

/** Significant digits without an exponent; `trim` drops zeros behind the point. */
function significant(value: number, digits: number, trim = false): string {
  if (value === 0) return "0";
  const rounded = Number(value.toPrecision(digits));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(rounded))));
  const text = rounded.toFixed(Math.min(decimals, 20));
  return trim && text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
