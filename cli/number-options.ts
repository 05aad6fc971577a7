/** Numbers that are options: how they are read, and what is said of those that are none. */
import { availableParallelism } from "node:os";
import { InvalidArgumentError } from "commander";
import { writeMessage } from "./output/streams.js";

/** Larger numbers are no seeds, and no counts of anything that fits into a machine. */
const largest = 2 ** 32 - 1;

/** A whole number, written in digits. */
export function wholeNumber(least: number, most = largest): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    const range = most === largest ? `of at least ${least}, below 2^32` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`Write a whole number ${range}.`);
  };
}

/** Threads of this machine: those that it cannot run at once would only wait for each other. */
export function threadCount(text: string): number {
  const asked = wholeNumber(1)(text);
  const most = availableParallelism();
  if (asked <= most) return asked;
  writeMessage(`quantlens: --threads ${asked}: this machine runs ${most} at once, so ${most} of them are used.`);
  return most;
}

/** A number above 0 and up to 1, or below 1. */
export function share(isLimitIncluded: boolean, example: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!(value > 0 && (isLimitIncluded ? value <= 1 : value < 1))) {
      throw new InvalidArgumentError(`Write a share such as ${example}.`);
    }
    return value;
  };
}
