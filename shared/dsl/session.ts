/**
 * What one program's DSL calls share: the model under construction, the problems found so far, the parameters.
 * A program is one evaluation of a model file and of what it imports.
 */
import type { Origin } from "../graph/graph.js";
import type { OptionPath } from "../problems.js";
import type { Draft } from "./builder.js";
import type { DslProblem, ModelDefinition } from "./definition.js";
import { currentOrigin } from "./marks.js";
import type { DslProblemCode } from "./problem-codes.js";

/** A DSL call in progress. */
export interface Site {
  /** The function as the user writes it: `quantConv1d`. */
  readonly callee: string;
  readonly origin: Origin | undefined;
  /** Where the options that are being read stand within the call's options: `["budget"]`; empty at the top. */
  readonly path: OptionPath;
}

type Parameter = ModelDefinition["parameters"][number];

/** The models whose forward is running, innermost last. */
const drafts: Draft[] = [];
let scopePath: readonly string[] = [];
const parameters = new Map<string, Parameter>();

/** Problems since the last model was defined; the next model takes them. */
let unclaimed: DslProblem[] = [];
/** The last defined model's problems and how many of them are its own: later ones are lent until a model claims them. */
let last: { readonly problems: DslProblem[]; readonly own: number } | undefined;
const seen = new Set<string>();

/** Notes where the calling DSL function was called; to be the first thing that it does. */
export function enter(callee: string): Site {
  return { callee, origin: currentOrigin(), path: [] };
}

/** The same call, for the options in its option `name`. */
export function within(site: Site, name: string): Site {
  return { ...site, path: [...site.path, name] };
}

/** Reports a problem once per place, however often a loop meets it. */
export function report(site: Site, code: DslProblemCode, message: string, ownPath: OptionPath = []): void {
  const { origin } = site;
  const path = [...site.path, ...ownPath];
  const key = JSON.stringify([code, message, origin?.calls.at(-1), path]);
  if (seen.has(key)) return;
  seen.add(key);
  const problem: DslProblem = { code, message, ...(origin && { origin }), ...(path.length > 0 && { path }) };
  unclaimed.push(problem);
  if (drafts.length === 0) last?.problems.push(problem);
}

/**
 * The problems of the model that is being finished. Calls after it (a stray layer at the end of the file) are
 * added to the list until another model is defined, so that they are not lost.
 */
export function claimProblems(): readonly DslProblem[] {
  const problems = unclaimed;
  if (last) last.problems.length = last.own;
  last = { problems, own: problems.length };
  unclaimed = [];
  seen.clear();
  return problems;
}

/** The model whose forward is running. */
export function currentDraft(): Draft | undefined {
  return drafts.at(-1);
}

/** Runs `build` with `draft` as the model under construction; what `build` throws passes through. */
export function withDraft<T>(draft: Draft, build: () => T): T {
  const outerScope = scopePath;
  drafts.push(draft);
  scopePath = [];
  try {
    return build();
  } finally {
    drafts.pop();
    scopePath = outerScope;
  }
}

export function currentScope(): readonly string[] {
  return scopePath;
}

/** Runs `build` with `name` appended to the names of its layers. */
export function withScope<T>(name: string, build: () => T): T {
  const outer = scopePath;
  scopePath = [...outer, name];
  try {
    return build();
  } finally {
    scopePath = outer;
  }
}

export function registerParameter(parameter: Parameter): void {
  parameters.set(parameter.name, parameter);
}

/** All parameters that the program has declared so far, in order of declaration. */
export function declaredParameters(): readonly Parameter[] {
  return [...parameters.values()];
}
