/** The options of `quantlens search`, and how they are read. */
import { InvalidArgumentError } from "commander";
import type { CostFlavor } from "../../shared/graph/datatype.js";
import type { RunOptions } from "../options.js";
import type { BackendName } from "../train/backend.js";

/** What is made small. The first is the default. */
export const searchObjectives = ["score", "bops", "memWBits"] as const;
export type SearchObjective = (typeof searchObjectives)[number];

export interface SearchOptions extends RunOptions {
  /** Accuracy to keep, 0 to 1. Absent: the challenge's. */
  readonly goal?: number;
  readonly minimise: SearchObjective;
  readonly weights?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly data?: string;
  readonly backend: BackendName;
  readonly threads?: number;
  readonly limitFrames?: number;
  readonly validation?: number;
  readonly seed?: number;
  readonly flavor: CostFlavor;
  /** Least width that is tried. */
  readonly minBits: number;
  /** Samples by which sensitivities are measured. */
  readonly samples: number;
  /** Of each fine-tuning. */
  readonly epochs: number;
  /** Write the widths into the model files. */
  readonly apply: boolean;
}

/** `accuracy>=0.56`, also in per cent: `accuracy >= 56%`. */
export function parseGoal(text: string): number {
  const [, number, percent] = /^\s*accuracy\s*>=\s*(\d+(?:\.\d+)?|\.\d+)\s*(%?)\s*$/.exec(text) ?? [];
  const value = Number(number) / (percent === "%" ? 100 : 1);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('Write the accuracy to keep, as in "accuracy>=0.56".');
}

/** A width that quantisers of the search may have. */
export function parseMinBits(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 2 && value <= 32) return value;
  throw new InvalidArgumentError("Write a number of bits from 2 to 32: one bit is another quantiser, binary().");
}
