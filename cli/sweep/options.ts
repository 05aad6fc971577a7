/** The options of `quantlens sweep` and its subcommands. */
import type { RunOptions } from "../options.js";
import type { SweepSettings } from "./folder/manifest.js";

export const engineNames = ["local", "slurm"] as const;
export type EngineName = (typeof engineNames)[number];

/** What may be chosen anew when a sweep goes on: it changes no result. */
export interface SweepResources {
  readonly engine: EngineName;
  /** Jobs at once; with Slurm tasks of an array. */
  readonly workers?: number;
  /** Of each job. */
  readonly threads?: number;
  /** Further options of `sbatch`, for the engine `slurm`. */
  readonly sbatch?: readonly string[];
}

export interface SweepCommandOptions
  extends
    RunOptions,
    SweepResources,
    Pick<
      SweepSettings,
      | "backend"
      | "flavor"
      | "data"
      | "epochs"
      | "limitFrames"
      | "untilAccuracy"
      | "seed"
      | "freezeAfter"
      | "validation"
      | "retries"
    > {
  readonly out?: string;
  /** The model file, where rows come from a table. */
  readonly model?: string;
  readonly store?: string;
}

export const sweepFormats = ["table", "json"] as const;

export interface SweepStatusOptions {
  readonly format: (typeof sweepFormats)[number];
}

export interface SweepBestOptions extends SweepStatusOptions {
  /** Least accuracy, 0 to 1. */
  readonly minAccuracy?: number;
  /** Largest score. */
  readonly maxScore?: number;
}
