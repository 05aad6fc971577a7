/** `check --format json`. */
import type { Severity } from "../../shared/problems.js";
import type { CheckedFile } from "./findings.js";

/** All files with their findings, and the number of findings per severity. Lines and columns are 1-based. */
export function checkJson(files: readonly CheckedFile[]): string {
  const findings = files.flatMap((file) => file.findings);
  const count = (wanted: Severity) => findings.filter(({ severity }) => severity === wanted).length;
  return JSON.stringify(
    {
      files: files.map(({ file, analysis: { cost, score }, findings: found }) => ({
        file,
        ran: cost !== undefined,
        ...(cost && { score, bops: cost.totals.bops, memWBits: cost.totals.memWBits }),
        findings: found,
      })),
      counts: { error: count("error"), warning: count("warning"), info: count("info"), hint: count("hint") },
    },
    undefined,
    2,
  );
}
