/** Challenges: the baseline that a model is scored against, and what makes a submission valid. */
import { baselines } from "../cost/baselines.js";
import type { ChallengeDefinition } from "./definition.js";
import { made } from "./made.js";
import { finite, integer, listOf, nested, optional, readOptions, text, type FieldsOf } from "./options.js";
import { enter } from "./session.js";

/** A challenge, made by `itu2021` or `challenge`. */
export type Challenge = ChallengeDefinition;

/** Options of `challenge`. */
export interface ChallengeOptions {
  /** Its name, for reports. */
  name: string;
  /** What a model of score 1 costs. */
  baseline: {
    /** The baseline network's name. Default: the challenge's. */
    name?: string;
    /** Its bit-operations. */
    bops: number;
    /** Its weight memory in bits. */
    memWBits: number;
    /** Weight of the bit-operations in the score. Default 0.5. */
    bopsWeight?: number;
    /** Weight of the weight memory in the score. Default 0.5. */
    memWWeight?: number;
  };
  /** Least accuracy of a valid submission, 0..1. Default: none. */
  minAccuracy?: number;
  /** The only valid input shape, batch included. Default: any. */
  inputShape?: readonly number[];
}

/**
 * ITU-ML5G-PS-007, "Lightning-Fast Modulation Classification with Hardware-Efficient Neural Networks" (2021).
 *
 * `score = 0.5 * bit_ops / 807699904 + 0.5 * bit_mem / 1244936` (the sparse VGG10 with 8-bit weights and activations is 1);
 * valid from 56 % accuracy over all modulations and SNRs of the test split, with input (1, 2, 1024).
 */
export function itu2021(): Challenge {
  const { origin } = enter("itu2021");
  return made("challenge", {
    name: "itu2021",
    baseline: baselines.itu2021,
    minAccuracy: 0.56,
    inputShape: [1, 2, 1024],
    ...(origin && { origin }),
  });
}

const positive = finite("a number above 0", 1, (value) => value > 0);
const share = finite("a number of at least 0", 0.5, (value) => value >= 0);

const baselineFields = {
  name: optional(text("a text that is not empty", ""), undefined),
  bops: positive,
  memWBits: positive,
  bopsWeight: optional(share, 0.5),
  memWWeight: optional(share, 0.5),
} satisfies FieldsOf<ChallengeOptions["baseline"]>;

const challengeFields = {
  name: text("a text that is not empty", "challenge"),
  baseline: {
    ...nested("an object such as { bops: 807699904, memWBits: 1244936 }", baselineFields),
    required: true,
  },
  minAccuracy: optional(
    finite("a number from 0 to 1", 0, (value) => value >= 0 && value <= 1),
    undefined,
  ),
  inputShape: optional(listOf(integer(1, 1), "a list of sizes of at least 1"), undefined),
} satisfies FieldsOf<ChallengeOptions>;

/** A challenge of your own: `score = bopsWeight * bops / baseline.bops + memWWeight * memWBits / baseline.memWBits`. */
export function challenge(options: ChallengeOptions): Challenge {
  const site = enter("challenge");
  const { name, baseline, minAccuracy, inputShape } = readOptions(site, options, challengeFields);
  const used = baseline ?? { bops: 1, memWBits: 1, bopsWeight: 0.5, memWWeight: 0.5 };
  return made("challenge", {
    name,
    baseline: { ...used, name: baseline?.name ?? name },
    ...(minAccuracy !== undefined && { minAccuracy }),
    ...(inputShape && { inputShape }),
    ...(site.origin && { origin: site.origin }),
  });
}
