/** `quantlens check`: which rules models break. */
import path from "node:path";
import { defaultAnalysisOptions } from "../shared/analysis/analyze.js";
import { adjustableCodes, unknownCode } from "../shared/rules/codes.js";
import { rules } from "../shared/rules/index.js";
import { CliError, exitCodes } from "./errors.js";
import { eachFile } from "./input/each-file.js";
import { loadAnalysis } from "./input/load.js";
import type { CheckCommandOptions } from "./options.js";
import { checkJson } from "./output/check-json.js";
import { findingsOf, type CheckedFile } from "./output/findings.js";
import { githubReport } from "./output/github.js";
import { shownPath } from "./output/paths.js";
import { prettyReport } from "./output/pretty.js";
import { sarifReport } from "./output/sarif.js";
import { resultColors, writeMessage, writeResult } from "./output/streams.js";

/** Prints what is found in each file; gives the exit code. Throws what is wrong with files after it has checked the others. */
export async function check(files: readonly string[], options: CheckCommandOptions, version: string): Promise<number> {
  refuseUnknown(Object.keys(options.severity));
  const { results: checked, finish } = await eachFile(files, (file) => checkFile(file, options));
  const report = checked.length > 0 ? render(checked, options, version) : "";
  if (report !== "") writeResult(report);
  finish();
  return exitCode(checked);
}

/** Codes whose level can be chosen: a misspelt one would silently leave a rule as it is. */
function refuseUnknown(codes: readonly string[]): void {
  const unknown = codes.find((code) => !adjustableCodes.has(code));
  if (unknown === undefined) return;
  throw new CliError(`--severity names ${unknownCode(unknown, adjustableCodes.keys())}.`);
}

async function checkFile(file: string, options: CheckCommandOptions): Promise<CheckedFile> {
  const { flavor, sparsity: discountSparsity, profile, severity: severities } = options;
  const analysis = await loadAnalysis(file, options, {
    ...defaultAnalysisOptions,
    flavor,
    discountSparsity,
    profile,
    severities,
  });
  for (const mismatch of analysis.weights?.mismatches ?? []) writeMessage(mismatch);
  return { file: shownPath(path.resolve(file)), analysis, findings: findingsOf(path.resolve(file), analysis) };
}

/** A model that did not run was not checked, whatever was found on the way. */
function exitCode(checked: readonly CheckedFile[]): number {
  if (checked.some(({ analysis }) => analysis.graph === undefined)) return exitCodes.couldNotRun;
  const hasErrors = checked.some(({ findings }) => findings.some(({ severity }) => severity === "error"));
  return hasErrors ? exitCodes.findings : exitCodes.clean;
}

function render(checked: readonly CheckedFile[], { format }: CheckCommandOptions, version: string): string {
  switch (format) {
    case "json":
      return checkJson(checked);
    case "sarif":
      return sarifReport(checked, { version, rules });
    case "github":
      return githubReport(checked);
    case "pretty":
      return prettyReport(checked, resultColors(), sourceOf(checked));
  }
}

/** The text that was analysed, by the path that is shown. */
function sourceOf(checked: readonly CheckedFile[]): (file: string) => string | undefined {
  const texts = new Map(
    checked.flatMap(({ analysis }) =>
      [...(analysis.program?.files.values() ?? [])].map(({ path: file, text }) => [shownPath(file), text] as const),
    ),
  );
  return (file) => texts.get(file);
}
