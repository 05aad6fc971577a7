/** The codes whose severity a user can choose: of the rules, and of what the DSL itself reports. */
import { nearestName } from "../dsl/describe.js";
import { dslProblemCodes } from "../dsl/problem-codes.js";
import { rules } from "./index.js";

/** Each code with one line about it, in alphabetical order. */
export const adjustableCodes: ReadonlyMap<string, string> = new Map(
  [
    // A code that is a rule too has the rule's line.
    ...new Map([...Object.entries(dslProblemCodes), ...rules.map(({ code, summary }) => [code, summary] as const)]),
  ].sort(([one], [other]) => (one < other ? -1 : 1)),
);

/** `"unsuported-op", which is no rule: write unsupported-op`, to end a sentence with. */
export function unknownCode(code: string, known: Iterable<string>): string {
  const nearest = nearestName(code, [...known]);
  return `${JSON.stringify(code)}, which is no rule: ${nearest ? `write ${nearest}` : "docs/rules lists them"}`;
}
