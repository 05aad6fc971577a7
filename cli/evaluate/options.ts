/** The options of `quantlens evaluate` and `quantlens inspect`, and how they are read. */
import { InvalidArgumentError } from "commander";
import type { ModelOptions, RunOptions } from "../options.js";
import type { BackendName } from "../train/backend.js";

export const resultFormats = ["table", "json"] as const;

/** The first is the default. */
export const evaluationBackends = ["wasm", "tensorflow", "webgpu", "tfjs"] as const satisfies readonly BackendName[];

/** A trained network on data. */
export interface TrainedOptions extends RunOptions {
  readonly weights: string;
  readonly backend: BackendName;
  readonly threads?: number;
  /** Test samples to take. */
  readonly limitFrames?: number;
  readonly format: (typeof resultFormats)[number];
  /** File of the report. */
  readonly html?: string;
}

export interface EvaluateCommandOptions extends TrainedOptions, Pick<ModelOptions, "flavor"> {
  /** In place of the model file's data. */
  readonly data?: string;
  readonly integer: boolean;
  /** How many guesses are allowed, in each accuracy. */
  readonly topK: readonly number[];
  /** Exit with 1 below it: a share from 0 to 1, or `true` for the challenge's. */
  readonly goal?: number | true;
  readonly details: boolean;
}

export interface InspectCommandOptions extends TrainedOptions {
  /** In place of the model file's data; false: none is looked at. */
  readonly data?: string | false;
}

/** Numbers of guesses, from 1, separated by commas. */
export function parseTopK(text: string): readonly number[] {
  const counts = text.split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
  if (counts.every((count) => Number.isInteger(count) && count >= 1)) return counts;
  throw new InvalidArgumentError("Write whole numbers from 1 with commas, such as 1,3,5.");
}

/** A share from 0 to 1. */
export function parseGoal(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError("Write a share from 0 to 1, such as 0.56.");
}
