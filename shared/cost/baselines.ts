/** Baselines that come with QuantLens. A model file can state one of its own in `challenge`. */
import type { Baseline } from "./types.js";

export const baselines = {
  /** ITU-ML5G-PS-007 (2021): the organisers' 8-bit VGG10, counted with the sparsity discount. */
  itu2021: {
    name: "VGG10 w8a8 (ITU-ML5G-PS-007)",
    bops: 807_699_904,
    memWBits: 1_244_936,
    bopsWeight: 0.5,
    memWWeight: 0.5,
  },
} as const satisfies Readonly<Record<string, Baseline>>;
