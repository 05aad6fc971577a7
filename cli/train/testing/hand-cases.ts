/** Quantisers whose results can be worked out by hand: they prove the core where the golden data is not at hand. */
import type { QuantizerSpec } from "../program.js";

export interface HandCase {
  readonly name: string;
  readonly spec: Partial<QuantizerSpec> & Pick<QuantizerSpec, "role" | "bits" | "scale">;
  readonly x: readonly number[];
  /** Of the output. */
  readonly gradient: readonly number[];
  readonly output: readonly number[];
  readonly inputGradient: readonly number[];
  /** Start of the learned threshold called `value`, and its gradient. */
  readonly value?: number;
  readonly valueGradient?: number;
}

const learned = { kind: "learned", parameter: "value", collectSteps: 0, percentile: 99.999 } as const;
const half = { kind: "const", values: [0.5] } as const;

/** Activations: a step of 0.5 unless they say otherwise. */
export const activationCases: readonly HandCase[] = [
  {
    name: "unsigned, learned: ties go to even, limits belong to the range",
    spec: { role: "activation", bits: 2, signed: false, scale: learned },
    value: 1.5,
    x: [-1, 0, 0.25, 0.75, 1.5, 2],
    gradient: [1, 1, 2, 3, 4, 5],
    output: [0, 0, 0, 1, 1.5, 1.5],
    inputGradient: [0, 1, 2, 3, 4, 0],
    // (2 * (0 - 0.5) + 3 * (2 - 1.5) + 4 * (3 - 3) + 5 * 3) / 3
    valueGradient: 15.5 / 3,
  },
  {
    name: "signed, learned through a negative parameter",
    spec: { role: "activation", bits: 3, scale: learned },
    value: -2,
    x: [-3, -2, -0.75, 0.25, 1.75],
    gradient: [1, 2, 4, 8, 16],
    output: [-2, -2, -1, 0, 1.5],
    inputGradient: [0, 2, 4, 8, 0],
    // -(1 * -4 + 2 * 0 + 4 * (-2 + 1.5) + 8 * (0 - 0.5) + 16 * 3) / 4
    valueGradient: -38 / 4,
  },
  {
    name: "with a zero point",
    spec: { role: "activation", bits: 3, signed: false, zeroPoint: 2, scale: half },
    x: [-2, -1, -0.3, 1.2, 3],
    gradient: [1, 2, 3, 4, 5],
    output: [-1, -1, -0.5, 1, 2.5],
    inputGradient: [0, 2, 3, 4, 0],
  },
  {
    name: "rounded down",
    spec: { role: "activation", bits: 4, rounding: "floor", scale: half },
    x: [-0.6, 0.6, 1.4],
    gradient: [1, 1, 1],
    output: [-1, 0.5, 1],
    inputGradient: [1, 1, 1],
  },
  {
    name: "rounded up",
    spec: { role: "activation", bits: 4, rounding: "ceil", scale: half },
    x: [-0.6, 0.6, 1.4],
    gradient: [1, 1, 1],
    output: [-0.5, 1, 1.5],
    inputGradient: [1, 1, 1],
  },
  {
    name: "rounded towards zero",
    spec: { role: "activation", bits: 4, rounding: "roundToZero", scale: half },
    x: [-0.9, 0.9, 1.4],
    gradient: [1, 1, 1],
    output: [-0.5, 0.5, 1],
    inputGradient: [1, 1, 1],
  },
  {
    name: "with a scale that is rounded up to a power of two",
    spec: { role: "activation", bits: 2, signed: false, powerOfTwo: true, scale: learned },
    // 0.9 / 3 = 0.3 becomes 0.5.
    value: 0.9,
    x: [0.25, 0.8, 2],
    gradient: [2, 3, 4],
    output: [0, 1, 1.5],
    inputGradient: [2, 3, 0],
    // (2 * (0 - 0.5) + 3 * (2 - 1.6) + 4 * 3) * 0.5 / 0.9
    valueGradient: (12.2 * 0.5) / 0.9,
  },
  {
    name: "binary",
    spec: { role: "activation", bits: 1, kind: "binary", scale: learned },
    value: 0.5,
    x: [-2, -0.25, 0, 0.5, 0.75],
    gradient: [1, 2, 3, 4, 5],
    output: [-0.5, -0.5, 0.5, 0.5, 0.5],
    inputGradient: [0, 1, 1.5, 2, 0],
    valueGradient: -1 - 2 + 3 + 4 + 5,
  },
  {
    name: "ternary",
    spec: { role: "activation", bits: 2, kind: "ternary", ternaryThreshold: 0.5, narrow: true, scale: half },
    x: [-1, -0.25, 0, 0.2, 0.3],
    gradient: [1, 2, 3, 4, 5],
    output: [-0.5, 0, 0, 0, 0.5],
    inputGradient: [0.5, 0, 0, 0, 2.5],
  },
  {
    name: "levels: the nearest, the lower of two",
    spec: { role: "activation", bits: 3, kind: "levels", levels: [-2, 0, 1, 4], scale: half },
    x: [-3, -0.5, 0.2, 0.26, 1.25, 5],
    gradient: [1, 2, 3, 4, 5, 6],
    output: [-1, -1, 0, 0.5, 0.5, 2],
    inputGradient: [0, 2, 3, 4, 5, 0],
  },
  {
    name: "truncated: rounded first, then without its low bits",
    spec: { role: "activation", bits: 3, kind: "trunc", truncatedBits: 2, signed: false, scale: half },
    x: [1.74, 1.76, 3.9, 4.1],
    gradient: [4, 8, 12, 16],
    output: [0, 0.5, 1, 1],
    inputGradient: [1, 2, 3, 4],
  },
  {
    name: "collecting: the largest magnitude is the threshold, and gets its gradient",
    spec: { role: "activation", bits: 2, signed: false, scale: { ...learned, collectSteps: 30 } },
    value: 1,
    x: [0.25, -1.5, 0.75],
    gradient: [2, 5, 3],
    output: [0, 0, 1],
    // Of the threshold: (2 * (0 - 0.5) + 5 * 0 + 3 * (2 - 1.5)) / 3, to -1.5 with its sign.
    inputGradient: [2, -0.5 / 3, 3],
  },
  {
    name: "collecting a percentile: what is above it is clipped",
    spec: { role: "activation", bits: 2, signed: false, scale: { ...learned, collectSteps: 30, percentile: 50 } },
    value: 1,
    // The second smallest of four is 1.5.
    x: [0.25, 1.5, 3, 4],
    gradient: [2, 1, 1, 1],
    output: [0, 1.5, 1.5, 1.5],
    inputGradient: [2, 1 + (2 * -0.5 + 3 + 3) / 3, 0, 0],
  },
];

/** Weights of the shape (2, 2, 1): two output channels of two weights. */
export const weightCases: readonly (HandCase & { readonly mask?: readonly number[] })[] = [
  {
    name: "two weights that are the maximum share its gradient",
    spec: { role: "weight", bits: 3, narrow: true, scale: { kind: "stats" } },
    x: [0.75, -1.5, 0.25, 1.5],
    gradient: [1, 2, 3, 4],
    output: [1, -1.5, 0, 1.5],
    // Of the threshold: (1 * (2 - 1.5) + 3 * (0 - 0.5)) / 3 = -1/3, half of it to each.
    inputGradient: [1, 2 + 1 / 6, 3, 4 - 1 / 6],
  },
  {
    name: "each channel has a scale of its own",
    spec: { role: "weight", bits: 3, narrow: true, channelAxis: 0, scale: { kind: "stats" } },
    x: [0.75, -1.5, 0.4, 3],
    gradient: [1, 2, 3, 4],
    output: [1, -1.5, 0, 3],
    inputGradient: [1, 2 - 0.5 / 3, 3, 4 - (3 * 0.4) / 3],
  },
  {
    name: "a fixed scale clips, and lets the gradient pass",
    spec: { role: "weight", bits: 2, narrow: true, scale: half },
    x: [0.3, -2, 0.1, 0.9],
    gradient: [1, 2, 3, 4],
    output: [0.5, -0.5, 0, 0.5],
    inputGradient: [1, 2, 3, 4],
  },
  {
    name: "weights that are all zero stay numbers",
    spec: { role: "weight", bits: 4, narrow: true, scale: { kind: "stats" } },
    x: [0, 0, 0, 0],
    gradient: [1, 2, 3, 4],
    output: [0, 0, 0, 0],
    inputGradient: [1, 2, 3, 4],
  },
  {
    name: "a pruned maximum still sets the scale and still has its gradient",
    spec: { role: "weight", bits: 3, narrow: true, scale: { kind: "stats" } },
    mask: [1, 0, 1, 1],
    x: [0.75, -1.5, 0.25, 1],
    gradient: [1, 2, 3, 4],
    output: [1, 0, 0, 1],
    inputGradient: [1, 1 / 3, 3, 4],
  },
  {
    name: "binary by the largest magnitude",
    spec: { role: "weight", bits: 1, kind: "binary", scale: { kind: "stats" } },
    x: [0.25, -2, 0, 0.5],
    gradient: [1, 2, 3, 4],
    output: [2, -2, 2, 2],
    // Each times the scale; of the scale 1 - 2 + 3 + 4 = 6, to -2 with its sign.
    inputGradient: [2, 4 - 6, 6, 8],
  },
];
