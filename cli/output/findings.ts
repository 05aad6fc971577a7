/** Problems of an analysis with their places as files, lines and columns: what all formats of `check` print. */
import { defaultAnalysisOptions } from "../../shared/analysis/analyze.js";
import type { Analysis } from "../../shared/analysis/types.js";
import type { Price, Problem, ProblemTarget, Severity } from "../../shared/problems.js";
import { dslProblemSeverity } from "../../shared/rules/dsl-problems.js";
import { locate } from "../../shared/sandbox/locate.js";
import { shownPath } from "./paths.js";
import { positionAt, type LineRange } from "./positions.js";

export interface Place {
  /** As shown to the user: see `shownPath`. */
  readonly file: string;
  /** Absent for an ONNX file. */
  readonly range?: LineRange;
  /** The graph node, for a file without source text. */
  readonly node?: string;
}

export interface Finding extends Place {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly price?: Price;
  readonly related: readonly (Place & { readonly message: string })[];
  /** Titles of the quick fixes that an editor offers. */
  readonly fixes: readonly string[];
}

/** All that was found about one file. */
export interface CheckedFile {
  readonly file: string;
  readonly analysis: Analysis;
  readonly findings: readonly Finding[];
}

/** The findings of a file, in the order of their places; those about the whole model first. */
export function findingsOf(file: string, analysis: Analysis): Finding[] {
  return analysis.problems
    .map((problem) => findingOf(problem, file, analysis))
    .sort((a, b) => order(a.range) - order(b.range) || column(a.range) - column(b.range));
}

/** The findings for which a guess stands in, so that the graph is not what the file says. Asks no rule where there are none. */
export function guessesOf(file: string, analysis: Analysis): Finding[] {
  const { profile } = defaultAnalysisOptions;
  const codes = new Set(
    analysis.definition?.problems.flatMap(({ code }) => (dslProblemSeverity(code, profile) === "error" ? [code] : [])),
  );
  if (codes.size === 0) return [];
  return findingsOf(file, analysis).filter(({ code, severity }) => severity === "error" && codes.has(code));
}

function findingOf(problem: Problem, file: string, analysis: Analysis): Finding {
  return {
    code: problem.code,
    severity: problem.severity,
    message: problem.message,
    ...placeOf(problem.target, file, analysis),
    ...(problem.price && { price: problem.price }),
    related: (problem.related ?? []).map(({ message, target }) => ({ message, ...placeOf(target, file, analysis) })),
    fixes: (problem.fixes ?? []).map(({ title }) => title),
  };
}

function placeOf(target: ProblemTarget, file: string, { program }: Analysis): Place {
  const found = program && locate(program, target);
  const text = found && program.files.get(found.file)?.text;
  if (found === undefined || text === undefined) {
    return { file: shownPath(file), ...(target.kind === "node" && { node: target.node }) };
  }
  return {
    file: shownPath(found.file),
    range: { start: positionAt(text, found.start), end: positionAt(text, found.end) },
  };
}

function order(range: LineRange | undefined): number {
  return range?.start.line ?? 0;
}

function column(range: LineRange | undefined): number {
  return range?.start.column ?? 0;
}
