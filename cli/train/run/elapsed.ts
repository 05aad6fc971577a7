/** How long a run has trained, by its own events: a resumed run does not know otherwise. */
import { readFileSync } from "node:fs";
import { isCount, isNumber, isShaped, parseJson, type Guard } from "../checkpoint/guards.js";

interface EpochTime {
  readonly event: "epoch";
  readonly attempt: number;
  readonly stage: number;
  readonly round: number;
  readonly epoch: number;
  readonly seconds: number;
}

const isEpoch: Guard<"epoch"> = (value): value is "epoch" => value === "epoch";

const isEpochTime = isShaped<EpochTime>({
  event: isEpoch,
  attempt: isCount,
  stage: isCount,
  round: isCount,
  epoch: isCount,
  seconds: isNumber,
});

/** Seconds of all epochs in an event file. An epoch that was repeated counts as often as it was done. */
export function secondsOf(file: string): number {
  return readFileSync(file, "utf8")
    .split("\n")
    .map((line) => parseJson(line, isEpochTime))
    .reduce((sum, event) => sum + (event?.seconds ?? 0), 0);
}
