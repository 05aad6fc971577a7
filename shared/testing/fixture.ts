/**
 * Fixtures: a model file as text with marks in it, so that tests are data.
 *
 * - `$0` is the cursor; it is taken out.
 * - A comment of carets below a line says what is expected there: `//  ^^^^ some-code: part of the message` underlines
 *   the columns above the carets. These comments stay in the text.
 */
import { expect } from "vitest";
import { analyzeEvaluation, analyzeOnnx, defaultAnalysisOptions } from "../analysis/analyze.js";
import type { Analysis, AnalysisOptions } from "../analysis/types.js";
import type { Graph } from "../graph/graph.js";
import { graphFromJson } from "../graph/graph.js";
import type { Fix, Problem } from "../problems.js";
import type { Evaluation } from "../sandbox/evaluate.js";
import { textEdits, type TextEdit } from "../sandbox/edits.js";
import { locate } from "../sandbox/locate.js";
import type { Program } from "../sandbox/program.js";
import { macWeights } from "../weights/mac-weights.js";
import type { WeightSet } from "../weights/types.js";
import { graphFromOnnxText } from "./onnx-text.js";
import { evaluateFiles } from "./sandbox.js";

/** What a caret comment expects. */
export interface Annotation {
  /** 0-based line of the text that is underlined. */
  readonly line: number;
  /** UTF-16 offsets into the text. */
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

export interface Fixture {
  /** Without `$0`. */
  readonly text: string;
  readonly cursor: number | undefined;
  readonly annotations: readonly Annotation[];
}

export interface FixtureOptions extends Partial<AnalysisOptions> {
  /** Weights to put in; `true` for fixed ones, the same in every run (see `fixtureWeights`). */
  readonly weights?: boolean | WeightSet;
  /** Further files that the model imports, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Reads the marks of a fixture. */
export function parseFixture(marked: string): Fixture {
  const cursor = marked.indexOf("$0");
  const text = cursor === -1 ? marked : marked.slice(0, cursor) + marked.slice(cursor + 2);
  const annotations: Annotation[] = [];
  let offset = 0;
  let above = { line: 0, start: 0 };
  for (const [line, content] of text.split("\n").entries()) {
    const carets = /^\s*\/\/\s*(\^+)\s*(.*)$/.exec(content);
    if (carets) {
      const column = content.indexOf("^");
      const start = above.start + column;
      annotations.push({
        line: above.line,
        start,
        end: start + (carets[1] ?? "").length,
        message: (carets[2] ?? "").trim(),
      });
    } else {
      above = { line, start: offset };
    }
    offset += content.length + 1;
  }
  return { text, cursor: cursor === -1 ? undefined : cursor, annotations };
}

/** A model text's file name in fixtures. */
export const fixtureFile = "fixture.model.ts";

/** Evaluates and analyses a model text. */
export async function analyzeText(text: string, options: FixtureOptions = {}): Promise<Analysis> {
  const evaluation = await evaluateFiles({ [fixtureFile]: text, ...options.files });
  const weights = options.weights === true ? fixtureWeights(evaluation) : options.weights;
  return analyzeEvaluation(evaluation, analysisOptions(options), weights === false ? undefined : weights);
}

/** Analyses a graph in ONNX's textual syntax. */
export function analyzeOnnxText(text: string, options: FixtureOptions = {}): Analysis {
  return analyzeOnnx(graphFromOnnxText(text), analysisOptions(options));
}

/** Checks that the problems with this code stand exactly where carets do, and say what these say. */
export async function check(code: string, marked: string, options: FixtureOptions = {}): Promise<void> {
  const { text, annotations } = parseFixture(marked);
  const analysis = await analyzeText(text, options);
  const program = programOf(analysis);
  const found = withCode(analysis, code).map((problem) => {
    const range = locate(program, problem.target);
    return { start: range?.start ?? -1, end: range?.end ?? -1, message: problem.message };
  });
  const place = ({ start, end }: { readonly start: number; readonly end: number }) =>
    `${start}..${end} ${text.slice(start, end)}`;
  expect(found.map(place).sort(), describeProblems(analysis)).toEqual(annotations.map(place).sort());
  for (const annotation of annotations) {
    const messages = found.filter((problem) => place(problem) === place(annotation)).map(({ message }) => message);
    expect(
      messages.some((message) => message.includes(annotation.message)),
      messages.join("\n"),
    ).toBe(true);
  }
}

/** Checks the problems of an ONNX graph with this code: their nodes, and a part of each message. */
export function checkOnnx(
  code: string,
  text: string,
  expected: readonly (readonly [node: string, message: string])[],
  options: FixtureOptions = {},
): void {
  const found = withCode(analyzeOnnxText(text, options), code);
  expect(found.map(({ target }) => (target.kind === "node" ? target.node : target.kind))).toEqual(
    expected.map(([node]) => node),
  );
  expected.forEach(([, message], index) => {
    expect(found[index]?.message).toContain(message);
  });
}

export interface FixOptions extends FixtureOptions {
  /** Default: the preferred fix, else the first. */
  readonly title?: string;
  /** True: the problem is expected to be there still, at another place or for another reason. */
  readonly remains?: boolean;
}

/**
 * Applies a fix of the problem with this code (the one at `$0`, else the first) and compares the text; then checks that
 * the problem is gone.
 */
export async function checkFix(code: string, before: string, after: string, options: FixOptions = {}): Promise<void> {
  const { text, cursor } = parseFixture(before);
  const analysis = await analyzeText(text, options);
  const program = programOf(analysis);
  const candidates = withCode(analysis, code);
  const problem = candidates.find(({ target }) => {
    const range = locate(program, target);
    return cursor === undefined || (range !== undefined && range.start <= cursor && cursor <= range.end);
  });
  const fix = chooseFix(problem, options.title);
  expect(fix, `a fix for ${code}; found: ${describeProblems(analysis)}`).toBeDefined();
  const edits = textEdits(program, fix?.edits ?? []);
  expect(edits, `places for ${JSON.stringify(fix?.edits)}`).toBeDefined();
  const mended = applyEdits(text, edits ?? []);
  expect(mended).toBe(after);
  if (options.remains === true) return;
  expect(withCode(await analyzeText(mended, options), code).map(({ message }) => message)).toEqual([]);
}

/** The text with the edits of its file made. Edits are in order and do not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  return edits.reduceRight(
    (result, { start, end, newText }) => result.slice(0, start) + newText + result.slice(end),
    text,
  );
}

/**
 * Weights for every layer, the same in every run: of the first output channel all are 0, of the second they add up to
 * 0 (for an even number), of the others they are mostly positive.
 */
export function fixtureWeights({ definition }: Pick<Evaluation, "definition">): WeightSet {
  const graph: Graph | undefined = definition && graphFromJson(definition.graph);
  const entries = (graph ? macWeights(graph) : []).map(({ tensor }) => {
    const shape = tensor.shape ?? [];
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    const perChannel = size / (shape[0] ?? 1);
    return {
      name: tensor.name,
      shape,
      data: Float32Array.from({ length: size }, (_, index) => weightAt(index, perChannel)),
    };
  });
  return { source: "fixture", entries };
}

function weightAt(index: number, perChannel: number): number {
  const channel = Math.floor(index / perChannel);
  if (channel === 0) return 0;
  return channel === 1 ? (-1) ** index : ((index * 7) % 13) / 13;
}

function analysisOptions({
  flavor,
  discountSparsity,
  profile,
  severities,
  parameters,
}: FixtureOptions): AnalysisOptions {
  return {
    flavor: flavor ?? defaultAnalysisOptions.flavor,
    discountSparsity: discountSparsity ?? defaultAnalysisOptions.discountSparsity,
    profile: profile ?? defaultAnalysisOptions.profile,
    severities: severities ?? {},
    parameters: parameters ?? {},
  };
}

function withCode(analysis: Analysis, code: string): readonly Problem[] {
  return analysis.problems.filter((problem) => problem.code === code);
}

function chooseFix(problem: Problem | undefined, title: string | undefined): Fix | undefined {
  const fixes = problem?.fixes ?? [];
  if (title !== undefined) return fixes.find((fix) => fix.title === title);
  return fixes.find((fix) => fix.preferred) ?? fixes[0];
}

function programOf({ program }: Analysis): Program {
  if (!program) throw new Error("The fixture was not evaluated");
  return program;
}

function describeProblems({ problems }: Analysis): string {
  return problems.map(({ code, severity, message }) => `${severity} ${code}: ${message}`).join("\n");
}
