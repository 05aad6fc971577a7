/** What stands in for mistakes in a model file. */
import type { CostedModel } from "../../shared/analysis/cost-layers.js";
import { exitCodes } from "../errors.js";
import { writeMessage } from "./streams.js";

/** Says what the cost of a model is a guess for; gives the exit code of a command that has printed this cost. */
export function reportGuesses({ guesses = [] }: CostedModel): number {
  for (const guess of guesses) writeMessage(guess);
  return guesses.length > 0 ? exitCodes.findings : exitCodes.clean;
}
