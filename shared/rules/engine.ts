/** Runs the rules over one graph and gives their findings a code and a severity. */
import type { Problem, Severity } from "../problems.js";
import { rules } from "./index.js";
import type { RuleContext } from "./types.js";

/**
 * All findings, in the order of the rules. `severities` overrides the profile's severity per code; a finding's own
 * severity counts only where the user has not overridden its rule.
 */
export function runRules(context: RuleContext, severities: Readonly<Record<string, Severity | "off">>): Problem[] {
  return rules.flatMap((rule): Problem[] => {
    const override = severities[rule.code];
    const usual = override ?? rule.severity[context.profile];
    if (usual === "off") return [];
    return Array.from(rule.check(context), ({ severity, ...finding }) => {
      const own = override === undefined ? severity : undefined;
      return { ...finding, code: rule.code, severity: own ?? usual };
    });
  });
}
