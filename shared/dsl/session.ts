/**
 * What one program's DSL calls share: the models under construction, the problems found so far, the parameters.
 * A program is one evaluation of a model file and of what it imports. In a user's own Node there is one session; a
 * host that replays the calls of many programs opens one for each.
 */
import type { CallId, Origin } from "../graph/graph.js";
import type { OptionPath } from "../problems.js";
import type { Draft } from "./builder.js";
import type { DslProblem, ModelDefinition } from "./definition.js";
import { globalMarks, type Marks } from "./marks.js";
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

export interface Session {
  /** Where calls stand, if not where the marks of this program say. */
  readonly marks: Marks | undefined;
  /** The models whose forward is running, innermost last. */
  readonly drafts: Draft[];
  scopePath: readonly string[];
  readonly parameters: Map<string, Parameter>;
  /** Problems since the last model was defined; the next model takes them. */
  unclaimed: DslProblem[];
  /** The last defined model's problems and how many of them are its own: later ones are lent until a model claims them. */
  last: { readonly problems: DslProblem[]; readonly own: number } | undefined;
  readonly seen: Set<string>;
  /** How much larger the models may become: names, sizes and values of constants. */
  room: number;
}

export interface SessionOptions {
  readonly marks?: Marks;
  /** Most characters of names, sizes and values that the models may consist of. Default: any number. */
  readonly room?: number;
}

export function newSession({ marks, room = Infinity }: SessionOptions = {}): Session {
  return {
    marks,
    drafts: [],
    scopePath: [],
    parameters: new Map(),
    unclaimed: [],
    last: undefined,
    seen: new Set(),
    room,
  };
}

let session = newSession();

/** Runs `work`, whose DSL calls belong to `other`. */
export function withSession<T>(other: Session, work: () => T): T {
  const outer = session;
  session = other;
  try {
    return work();
  } finally {
    session = outer;
  }
}

/** Thrown when a program's models outgrow their session. */
export class ModelTooLargeError extends RangeError {
  constructor() {
    super("The model is too large.");
  }
}

/** To be told before something of this size is added to a model. */
export function takeRoom(amount: number): void {
  session.room -= amount;
  if (session.room < 0) throw new ModelTooLargeError();
}

function marks(): Marks | undefined {
  return session.marks ?? globalMarks();
}

/** Text of a call's callee, when the program is marked. */
export function calleeOf(call: CallId): string | undefined {
  return marks()?.callee?.(call);
}

/** The value that overrides a parameter's default, or `undefined`. */
export function parameterOverride(name: string): unknown {
  const chosen = marks()?.parameters;
  return chosen !== undefined && Object.hasOwn(chosen, name) ? chosen[name] : undefined;
}

/** Notes where the calling DSL function was called; to be the first thing that it does. */
export function enter(callee: string): Site {
  return { callee, origin: marks()?.origin(), path: [] };
}

/** The same call, for the options in its option `name`. */
export function within(site: Site, name: string): Site {
  return { ...site, path: [...site.path, name] };
}

/** Reports a problem once per place, however often a loop meets it. */
export function report(site: Site, code: DslProblemCode, message: string, ownPath: OptionPath = []): void {
  const { origin } = site;
  const { seen, unclaimed, drafts, last } = session;
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
  const { unclaimed: problems, last } = session;
  if (last) last.problems.length = last.own;
  session.last = { problems, own: problems.length };
  session.unclaimed = [];
  session.seen.clear();
  return problems;
}

/** The model whose forward is running. */
export function currentDraft(): Draft | undefined {
  return session.drafts.at(-1);
}

/** Makes `draft` the model under construction. Gives what ends that. */
export function openDraft(draft: Draft): () => void {
  const { drafts, scopePath } = session;
  const depth = drafts.length;
  drafts.push(draft);
  session.scopePath = [];
  return () => {
    drafts.length = Math.min(drafts.length, depth);
    session.scopePath = scopePath;
  };
}

export function currentScope(): readonly string[] {
  return session.scopePath;
}

/** Appends `name` to the names of the layers that follow. Gives what ends that. */
export function openNames(name: string): () => void {
  const { scopePath } = session;
  session.scopePath = [...scopePath, name];
  return () => {
    session.scopePath = scopePath;
  };
}

export function registerParameter(parameter: Parameter): void {
  session.parameters.set(parameter.name, parameter);
}

/** All parameters that the program has declared so far, in order of declaration. */
export function declaredParameters(): readonly Parameter[] {
  return [...session.parameters.values()];
}
