/** The statements of `forward`: variables for tensors, names for layers, loops for blocks in a row. */
import { uniqueName } from "../dsl/names.js";
import type { CallOptions, LayerCall } from "./calls.js";
import { isBlock, type Block, type Helper, type Part } from "./blocks.js";

/** What becomes of a result: the running `x`, a variable of its own, what is returned, or nothing. */
export type Target =
  | { readonly kind: "x" | "returned" }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "none" };

export type Statement =
  | {
      readonly kind: "call";
      readonly call: LayerCall;
      readonly name?: string;
      readonly inputs: readonly string[];
      readonly target: Target;
    }
  | {
      readonly kind: "block";
      readonly block: Block;
      readonly scope: string;
      readonly input: string;
      readonly target: Target;
    }
  | { readonly kind: "loop"; readonly helper: Helper; readonly rows: readonly Row[] };

/** One turn of a loop. */
export interface Row {
  readonly name: string;
  readonly sizes: CallOptions;
}

export interface Body {
  readonly statements: readonly Statement[];
  /** The variable that the input needs beside `x`. */
  readonly input?: string;
  /** The variable that is returned, where the last statement does not return. */
  readonly result?: string;
}

/** Fewer blocks in a row are clearer one by one. */
const shortestLoop = 3;

interface Written {
  readonly part: Part;
  readonly inputs: readonly string[];
  readonly output: string;
}

/** Plans the body of `forward(x)`. `input` and `output` are the graph's tensors. */
export function planStatements(parts: readonly Part[], input: string, output: string): Body {
  const written = parts.map((part): Written =>
    isBlock(part)
      ? { part, inputs: part.calls[0]?.inputs ?? [], output: part.calls.at(-1)?.output ?? "" }
      : { part, inputs: part.inputs, output: part.output },
  );
  const lastReads = readersOf(written, output);
  const variables = new Variables();
  const names = new Names();
  const own = needsVariable(lastReads.get(input) ?? [], 0) ? "input" : undefined;
  if (own) variables.set(input, own);
  const statements = written.map(({ part, inputs, output: made }, at): Statement => {
    const given = inputs.map((name) => variables.of(name));
    const readers = lastReads.get(made) ?? [];
    const target: Target =
      readers.length === 0
        ? { kind: "none" }
        : needsVariable(readers, at + 1)
          ? { kind: "variable", name: variables.add(made, part) }
          : { kind: "x" };
    if (isBlock(part)) {
      return { kind: "block", block: part, scope: names.ofBlock(part), input: given[0] ?? "x", target };
    }
    const name = names.ofCall(part);
    return { kind: "call", call: part, inputs: given, target, ...(name !== undefined && { name }) };
  });
  const isReturned = written.at(-1)?.output === output;
  return {
    statements: withLoops(isReturned ? withReturn(statements) : statements),
    ...(!isReturned && { result: variables.of(output) }),
    ...(own && { input: own }),
  };
}

/** The last statement returns its result. */
function withReturn(statements: readonly Statement[]): readonly Statement[] {
  return statements.map((statement, at) =>
    at < statements.length - 1 || statement.kind === "loop"
      ? statement
      : { ...statement, target: { kind: "returned" } },
  );
}

/** For each tensor the statements that read it; the returned one is read behind the last. */
function readersOf(written: readonly Written[], output: string): ReadonlyMap<string, readonly number[]> {
  const readers = new Map<string, number[]>();
  const add = (name: string, at: number) => {
    const known = readers.get(name);
    if (known) known.push(at);
    else readers.set(name, [at]);
  };
  written.forEach(({ inputs }, at) => {
    for (const name of new Set(inputs)) add(name, at);
  });
  add(output, written.length);
  return readers;
}

/** True when not only the next statement reads the tensor. */
function needsVariable(readers: readonly number[], next: number): boolean {
  return readers.some((at) => at !== next);
}

/** Variables for tensors that are read again later: called after what made them. */
class Variables {
  readonly #names = new Map<string, string>();
  readonly #counters = new Map<string, number>();

  of(tensor: string): string {
    return this.#names.get(tensor) ?? "x";
  }

  set(tensor: string, name: string): void {
    this.#names.set(tensor, name);
  }

  add(tensor: string, part: Part): string {
    const base = isBlock(part) ? "block" : (variableWords[part.callee] ?? "branch");
    const count = (this.#counters.get(base) ?? 0) + 1;
    this.#counters.set(base, count);
    const name = `${base}${count}`;
    this.set(tensor, name);
    return name;
  }
}

/** What a variable is called after the function that made it; names of functions are not among them. */
const variableWords: Readonly<Record<string, string>> = {
  add: "sum",
  mul: "product",
  concat: "joined",
  quantIdentity: "quantized",
  quantReLU: "activated",
  maxPool1d: "pooled",
  maxPool2d: "pooled",
};

/** Names of layers, made unique as the DSL does, so that none is reported as given twice. */
class Names {
  readonly #taken = new Set<string>();
  readonly #counters = new Map<string, number>();
  readonly #scopes = new Set<string>();

  /** The `name` option, if the layer gets one. */
  ofCall({ name, base }: LayerCall): string | undefined {
    const unique = uniqueName(this.#taken, this.#counters, name ?? base);
    this.#taken.add(unique);
    return name === undefined ? undefined : unique;
  }

  ofBlock({ scope: wanted, calls, helper }: Block): string {
    const within = (scope: string) => calls.map(({ base }, at) => `${scope}.${helper.suffixes[at] ?? base}`);
    let scope = wanted;
    for (let next = 1; this.#scopes.has(scope) || within(scope).some((name) => this.#taken.has(name)); next++) {
      scope = `${wanted}_${next}`;
    }
    this.#scopes.add(scope);
    for (const name of within(scope)) this.#taken.add(name);
    return scope;
  }
}

/** Blocks of one helper in a row become a loop over their names and sizes. */
function withLoops(statements: readonly Statement[]): readonly Statement[] {
  const result: Statement[] = [];
  for (let at = 0; at < statements.length;) {
    const run = runAt(statements, at);
    const [first] = run;
    if (first !== undefined && run.length >= shortestLoop) {
      const rows = run.map(({ block, scope }) => ({ name: scope, sizes: block.sizes }));
      result.push({ kind: "loop", helper: first.block.helper, rows });
      at += run.length;
    } else {
      const statement = statements[at++];
      if (statement) result.push(statement);
    }
  }
  return result;
}

type BlockStatement = Extract<Statement, { kind: "block" }>;

/** The blocks from here on that hand `x` on to each other, all of one helper. */
function runAt(statements: readonly Statement[], start: number): readonly BlockStatement[] {
  const run: BlockStatement[] = [];
  for (let at = start; at < statements.length; at++) {
    const statement = statements[at];
    if (statement?.kind !== "block" || statement.target.kind !== "x" || statement.input !== "x") break;
    if (run.length > 0 && statement.block.helper !== run[0]?.block.helper) break;
    run.push(statement);
  }
  return run;
}
