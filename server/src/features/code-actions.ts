/** Code actions: a rule's quick fixes, "fix all", and comments that switch a rule off for a line. */
import {
  CodeActionKind,
  type CodeAction,
  type Diagnostic,
  type Range,
  type TextDocumentEdit,
  type TextEdit,
  type WorkspaceEdit,
} from "vscode-languageserver";
import type { Fix, SourceEdit } from "../../../shared/problems.js";
import { lineEnding, textEdits } from "../../../shared/sandbox/edits.js";
import type { Program } from "../../../shared/sandbox/program.js";
import { fixAllKind } from "../capabilities.js";
import { isFresh, type ModelState } from "../models/model-state.js";
import type { SourceFile, Sources } from "../text/sources.js";
import { placeEdits } from "./placed-edits.js";
import { placedProblems, type PlacedProblem, type RuleLink } from "./diagnostics.js";

export interface CodeActionRequest {
  /** Canonical URI of the file. */
  readonly file: string;
  readonly range: Range;
  /** Kinds that the client wants; absent: quick fixes. */
  readonly only: readonly string[] | undefined;
  /** What the client shows at the range; actions name the diagnostics that they mend. */
  readonly diagnostics: readonly Diagnostic[];
  /** True when the client takes versioned edits. */
  readonly documentChanges: boolean;
}

/** Offered only while the texts are the ones that were evaluated: an edit must never land beside its place. */
export function codeActions(state: ModelState, request: CodeActionRequest, link: RuleLink): CodeAction[] {
  const { program } = state.analysis;
  const file = state.sources.file(request.file);
  if (!program || !file?.unchanged) return [];
  const problems = placedProblems(state, link).filter((placed) => placed.fresh && placed.file === file.key);
  const here = problems.filter(({ range }) => overlaps(range, request.range));
  const edits = { program, sources: state.sources, documentChanges: request.documentChanges };
  const actions: CodeAction[] = [];
  if (wants(request.only, CodeActionKind.QuickFix)) {
    for (const placed of here) actions.push(...quickFixes(placed, edits, request));
    actions.push(...fixAllOfCode(here, problems, edits));
    for (const placed of uniqueByCode(here)) actions.push(disableAction(placed, file, edits, request));
  }
  if (request.only && wants(request.only, fixAllKind) && isFresh(state)) {
    const edit = combinedEdit(problems, edits);
    if (edit) actions.push({ title: "Fix all QuantLens problems", kind: fixAllKind, edit });
  }
  return actions;
}

/** Models that import the same helper mend the same problems in it. */
export function distinctActions(all: readonly CodeAction[]): CodeAction[] {
  return [...new Map(all.map((action) => [JSON.stringify([action.title, action.kind, action.edit]), action])).values()];
}

interface EditContext {
  readonly program: Program;
  readonly sources: Sources;
  readonly documentChanges: boolean;
}

function quickFixes(placed: PlacedProblem, context: EditContext, request: CodeActionRequest): CodeAction[] {
  return (placed.problem.fixes ?? []).flatMap((fix): CodeAction[] => {
    const edit = workspaceEdit(fix.edits, context);
    if (!edit) return [];
    return [
      {
        title: fix.title,
        kind: CodeActionKind.QuickFix,
        diagnostics: [shownDiagnostic(placed, request)],
        ...(fix.preferred === true && { isPreferred: true }),
        edit,
      },
    ];
  });
}

/** One action per code that has an obvious fix at several places. */
function fixAllOfCode(
  here: readonly PlacedProblem[],
  all: readonly PlacedProblem[],
  context: EditContext,
): CodeAction[] {
  return uniqueByCode(here).flatMap(({ problem: { code } }): CodeAction[] => {
    const same = all.filter((placed) => placed.problem.code === code && preferredFix(placed));
    const edit = same.length > 1 ? combinedEdit(same, context) : undefined;
    return edit ? [{ title: `Fix all ${same.length} problems of ${code}`, kind: CodeActionKind.QuickFix, edit }] : [];
  });
}

/** The preferred fixes of all problems; one that would touch the same text as an earlier one is left for the next time. */
function combinedEdit(problems: readonly PlacedProblem[], context: EditContext): WorkspaceEdit | undefined {
  const fixes = problems.flatMap((placed) => preferredFix(placed) ?? []);
  const edits = compatibleEdits(context.program, [], fixes);
  return edits.length === 0 ? undefined : workspaceEdit(edits, context);
}

/** `accepted` and the edits of those fixes that go with it. Halving finds the few that do not without trying each alone. */
function compatibleEdits(
  program: Program,
  accepted: readonly SourceEdit[],
  fixes: readonly Fix[],
): readonly SourceEdit[] {
  const joined = [...accepted, ...fixes.flatMap(({ edits }) => edits)];
  if (!contradict(joined) && textEdits(program, joined)) return joined;
  if (fixes.length <= 1) return accepted;
  const half = fixes.length >> 1;
  return compatibleEdits(program, compatibleEdits(program, accepted, fixes.slice(0, half)), fixes.slice(half));
}

/** True when an option would be set to two values: edits that do not overlap as text, if the option is not there yet. */
function contradict(edits: readonly SourceEdit[]): boolean {
  const values = new Map<string, string>();
  for (const edit of edits) {
    if (edit.kind !== "setOption" && edit.kind !== "setModelProperty") continue;
    const call = edit.kind === "setOption" ? edit.origin.calls.at(-1) : undefined;
    const key = JSON.stringify([call, edit.path]);
    if ((values.get(key) ?? edit.text) !== edit.text) return true;
    values.set(key, edit.text);
  }
  return false;
}

function preferredFix({ problem }: PlacedProblem): Fix | undefined {
  return problem.fixes?.find((fix) => fix.preferred === true);
}

function disableAction(
  placed: PlacedProblem,
  file: SourceFile,
  context: EditContext,
  request: CodeActionRequest,
): CodeAction {
  const { code } = placed.problem;
  const edits = [disableEdit(file, placed.range.start.line, code)];
  return {
    title: `Disable ${code} for this line`,
    kind: CodeActionKind.QuickFix,
    diagnostics: [shownDiagnostic(placed, request)],
    edit: toWorkspaceEdit(new Map([[file, edits]]), context.documentChanges),
  };
}

/** A comment above the line, or the code added to the comment that is there. */
function disableEdit(file: SourceFile, line: number, code: string): TextEdit {
  const lineStart = file.offsetAt({ line, character: 0 });
  const above = line === 0 ? "" : file.text.slice(file.offsetAt({ line: line - 1, character: 0 }), lineStart);
  // Up to the last code: what follows `--` is a remark.
  const comment = /^[ \t]*\/\/[ \t]*quantlens-disable-next-line(?:[ \t,]+\w+(?:-\w+)*)+/.exec(above);
  if (comment) {
    const at = { line: line - 1, character: comment[0].length };
    return { range: { start: at, end: at }, newText: `, ${code}` };
  }
  const indent = /^[ \t]*/.exec(file.text.slice(lineStart))?.[0] ?? "";
  const start = { line, character: 0 };
  return {
    range: { start, end: start },
    newText: `${indent}// quantlens-disable-next-line ${code}${lineEnding(file.text)}`,
  };
}

function workspaceEdit(edits: readonly SourceEdit[], context: EditContext): WorkspaceEdit | undefined {
  const byFile = placeEdits(textEdits(context.program, edits) ?? [], context.sources);
  return byFile && byFile.size > 0 ? toWorkspaceEdit(byFile, context.documentChanges) : undefined;
}

function toWorkspaceEdit(edits: ReadonlyMap<SourceFile, TextEdit[]>, documentChanges: boolean): WorkspaceEdit {
  if (!documentChanges) return { changes: Object.fromEntries([...edits].map(([file, list]) => [file.uri, list])) };
  return {
    documentChanges: [...edits].map(([file, list]): TextDocumentEdit => ({
      textDocument: { uri: file.uri, version: file.version ?? null },
      edits: list,
    })),
  };
}

/** The client's own object where it sent one, so that it recognises it. */
function shownDiagnostic(placed: PlacedProblem, request: CodeActionRequest): Diagnostic {
  const { code, message } = placed.diagnostic;
  return request.diagnostics.find((shown) => shown.code === code && shown.message === message) ?? placed.diagnostic;
}

function uniqueByCode(problems: readonly PlacedProblem[]): PlacedProblem[] {
  return [...new Map(problems.map((placed) => [placed.problem.code, placed])).values()];
}

/** Kinds are hierarchical: `source` asks for `source.fixAll.quantlens` too. */
function wants(only: readonly string[] | undefined, kind: string): boolean {
  return only === undefined || only.some((wanted) => wanted === "" || kind === wanted || kind.startsWith(`${wanted}.`));
}

function overlaps(a: Range, b: Range): boolean {
  return !before(a.end, b.start) && !before(b.end, a.start);
}

function before(a: Range["start"], b: Range["start"]): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}
