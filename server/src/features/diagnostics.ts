/** Diagnostics: problems with their ranges, links and related places. The one place that turns a problem into LSP. */
import {
  DiagnosticSeverity,
  DiagnosticTag,
  type Diagnostic,
  type DiagnosticRelatedInformation,
  type Range,
} from "vscode-languageserver";
import type { Problem, ProblemTarget, Severity } from "../../../shared/problems.js";
import { locate } from "../../../shared/sandbox/locate.js";
import type { Program, SourceRange } from "../../../shared/sandbox/program.js";
import { isFresh, type ModelState } from "../models/model-state.js";
import type { Sources } from "../text/sources.js";

/** Address of a rule's page; `undefined` where there is none. */
export type RuleLink = (code: string) => string | undefined;

/** A problem where it is now. */
export interface PlacedProblem {
  readonly problem: Problem;
  /** Canonical URI. */
  readonly file: string;
  readonly range: Range;
  /** True when it is of the current texts, so that its fixes fit. */
  readonly fresh: boolean;
  readonly diagnostic: Diagnostic;
}

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

const tags = { unnecessary: DiagnosticTag.Unnecessary, deprecated: DiagnosticTag.Deprecated } as const;

/** Diagnostics of one file of a model. */
export function diagnostics(state: ModelState, file: string, link: RuleLink): Diagnostic[] {
  return placedProblems(state, link).flatMap((placed) => (placed.file === file ? [placed.diagnostic] : []));
}

const memo = new WeakMap<ModelState, readonly PlacedProblem[]>();

/**
 * All problems of a model. While the texts do not run, the findings of the last run stay beside the reason,
 * moved along with the edits.
 */
export function placedProblems(state: ModelState, link: RuleLink): readonly PlacedProblem[] {
  let placed = memo.get(state);
  if (!placed) {
    const { analysis, sources, shown } = state;
    const current = [...analysis.problems, ...state.problems].map((problem) =>
      place(problem, { state, program: analysis.program, sources, fresh: true, link }),
    );
    const earlier = isFresh(state)
      ? []
      : (shown?.analysis.problems ?? []).map(
          (problem) =>
            shown &&
            place(problem, { state, program: shown.analysis.program, sources: shown.sources, fresh: false, link }),
        );
    placed = [...current, ...earlier].filter((found) => found !== undefined);
    memo.set(state, placed);
  }
  return placed;
}

interface Surroundings {
  readonly state: ModelState;
  readonly program: Program | undefined;
  readonly sources: Sources;
  readonly fresh: boolean;
  readonly link: RuleLink;
}

function place(problem: Problem, around: Surroundings): PlacedProblem | undefined {
  const { state, sources, fresh } = around;
  const found = placeOf(problem.target, around.program);
  const file = found && sources.file(found.file);
  const range = found && file?.rangeOf(found);
  // An earlier finding whose place was deleted is gone; a current one is never lost.
  if (!range && !fresh) return undefined;
  const at = range ?? { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
  const diagnostic = toDiagnostic(problem, at, around);
  return { problem, file: file?.key ?? state.key, range: at, fresh, diagnostic };
}

/** Without a program only ranges have a place. */
function placeOf(target: ProblemTarget, program: Program | undefined): SourceRange | undefined {
  if (target.kind === "range") return target;
  return program && locate(program, target);
}

function toDiagnostic(problem: Problem, range: Range, around: Surroundings): Diagnostic {
  const href = around.link(problem.code);
  const related = relatedInformation(problem, around);
  return {
    range,
    severity: severities[problem.severity],
    code: problem.code,
    ...(href !== undefined && { codeDescription: { href } }),
    source: "quantlens",
    message: problem.message,
    ...(problem.tags && { tags: problem.tags.map((tag) => tags[tag]) }),
    ...(related.length > 0 && { relatedInformation: related }),
  };
}

function relatedInformation(problem: Problem, { program, sources }: Surroundings): DiagnosticRelatedInformation[] {
  return (problem.related ?? []).flatMap(({ message, target }) => {
    const found = placeOf(target, program);
    const location = found && sources.locationOf(found);
    return location ? [{ message, location }] : [];
  });
}
