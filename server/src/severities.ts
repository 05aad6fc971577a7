/** The setting `quantlens.severities`: the codes that it may name, and what is wrong with what it says. */
import { describe } from "../../shared/dsl/describe.js";
import type { Severity } from "../../shared/problems.js";
import { adjustableCodes, unknownCode } from "../../shared/rules/codes.js";

export const severityNames: readonly (Severity | "off")[] = ["error", "warning", "info", "hint", "off"];

/** What the server itself finds, outside the model. */
const serverCodes: Readonly<Record<string, string>> = {
  "unknown-parameter": "A value is chosen for a parameter that the model does not have.",
  "weights-stale": "The selected weights do not fit the model any more.",
  "weights-unusable": "The selected weights cannot be read.",
};

/** Each code that the setting may name, with one line about it; in alphabetical order. */
export const severityCodes: ReadonlyMap<string, string> = new Map(
  [...adjustableCodes, ...Object.entries(serverCodes)].sort(([one], [other]) => (one < other ? -1 : 1)),
);

/** One sentence for each entry that has no effect. */
export function severityProblems(setting: unknown): string[] {
  if (typeof setting !== "object" || setting === null || Array.isArray(setting)) {
    if (setting === undefined || setting === null) return [];
    return [`The setting quantlens.severities is ${describe(setting)}: write an object of rules and severities.`];
  }
  return Object.entries(setting).flatMap(([code, severity]) => {
    if (!severityCodes.has(code)) {
      return [`The setting quantlens.severities names ${unknownCode(code, severityCodes.keys())}.`];
    }
    if (severityNames.some((name) => name === severity)) return [];
    return [
      `The setting quantlens.severities gives ${code} the severity ${describe(severity)}: write ${severityNames.slice(0, -1).join(", ")} or ${severityNames.at(-1) ?? ""}.`,
    ];
  });
}
