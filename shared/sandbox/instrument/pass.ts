/**
 * The state of one walk over a file's syntax tree. The handlers in the neighbouring files visit the nodes in
 * source order, so the output grows from left to right and is never sorted.
 */
import type { TypeScript as ts, TypeScriptLibrary } from "../typescript.js";
import { Output } from "./output.js";

/** Something that got an id: a call, an array element, a loop, a throw or a risky operator. */
export interface Site {
  readonly node: ts.Node;
  readonly kind: "call" | "element" | "loop" | "throw" | "operator";
  /** The enclosing function, and the name of the innermost one that has a name. */
  readonly enclosing: string | undefined;
  readonly enclosingNode: ts.Node | undefined;
  /** Elements: position in the literal and the name of what the literal initialises. */
  readonly index?: number;
  readonly arrayName?: string | undefined;
}

/** An `import`, `export ... from` or literal `import()`. */
export interface ModuleReference {
  readonly specifier: string;
  readonly start: number;
  readonly end: number;
  /** What stands for it in the marked code until it is linked. */
  readonly token: string;
}

/** What is known about the function whose body is being visited. */
interface FunctionState {
  readonly name: string | undefined;
  readonly node: ts.Node | undefined;
  /** Suspends (`yield`, `await`), so the chain may be another one when it goes on. */
  readonly suspends: boolean;
  /** An array element is read by a computed index outside a loop. */
  readsElements: boolean;
}

/** What is known about the innermost loop of this function. */
interface LoopState {
  readsElements: boolean;
}

export class Pass {
  readonly output: Output;
  readonly sites: Site[] = [];
  readonly references: ModuleReference[] = [];
  /** Identifiers that stand where a value is wanted: an import of any other name is a type's. */
  readonly used = new Set<string>();
  /** Local name -> name exported by `quantlens`; `*` for a namespace import. */
  readonly quantlensNames = new Map<string, string>();
  /** Called once the whole file is visited. */
  readonly atEnd: (() => void)[] = [];
  /** Enums, namespaces, decorators, ...: types cannot just be left out, TypeScript's own emitter has to run. */
  needsEmit = false;
  currentFunction: FunctionState = { name: undefined, node: undefined, suspends: false, readsElements: false };
  currentLoop: LoopState | undefined;
  /** Name of the variable or property whose initialiser comes next. */
  pendingName: string | undefined;
  /** In a destructuring target, where literals are patterns. */
  inPattern = false;
  private temporaries = 0;

  constructor(
    readonly ts: TypeScriptLibrary,
    readonly source: ts.SourceFile,
    /** First id of this file; local ids start at 1. */
    readonly baseId: number,
    /** Prefix of all names in the marked code; does not occur in the text. */
    readonly prefix: string,
    /** Whether types are left out here, or later by TypeScript's emitter. */
    readonly stripTypes: boolean,
    private readonly dispatch: (pass: Pass, node: ts.Node) => void,
  ) {
    this.output = new Output(source.text);
  }

  get text(): string {
    return this.source.text;
  }

  readonly visit = (node: ts.Node | undefined): void => {
    if (node !== undefined) this.dispatch(this, node);
  };

  visitAll(nodes: readonly ts.Node[] | undefined): void {
    if (nodes !== undefined) for (const node of nodes) this.dispatch(this, node);
  }

  visitChildren(node: ts.Node): void {
    this.ts.forEachChild(node, this.visit);
  }

  /** First character of a node, behind white space and comments. */
  start(node: ts.Node): number {
    return node.getStart(this.source);
  }

  /** Registers a site and returns its id. */
  site(
    kind: Site["kind"],
    node: ts.Node,
    element?: { readonly index: number; readonly arrayName: string | undefined },
  ): number {
    return (
      this.baseId +
      this.sites.push({
        kind,
        node,
        enclosing: this.currentFunction.name,
        enclosingNode: this.currentFunction.node,
        ...element,
      })
    );
  }

  /** A name for a variable of the marked code that no one else uses. */
  temporary(): string {
    return `${this.prefix}t${(this.temporaries += 1)}`;
  }

  /** Leaves out a type when types are stripped here. */
  eraseType(start: number, end: number, lines = true): void {
    if (this.stripTypes) this.output.erase(start, end, lines);
  }

  /** Inserts text that is only right when types are stripped here. */
  insertForTypes(at: number, inserted: string): void {
    if (this.stripTypes) this.output.insert(at, inserted);
  }
}

/** Skips white space and comments. */
export function skipTrivia(text: string, from: number): number {
  let at = from;
  for (;;) {
    const two = text.slice(at, at + 2);
    if (two === "//") {
      const end = text.indexOf("\n", at);
      at = end === -1 ? text.length : end;
    } else if (two === "/*") {
      const end = text.indexOf("*/", at + 2);
      at = end === -1 ? text.length : end + 2;
    } else if (at < text.length && /\s/.test(two.charAt(0))) {
      at += 1;
    } else {
      return at;
    }
  }
}
