/**
 * The tables of a marked program: every call and array/object element of a model file and of the files
 * it imports, with exact ranges. Made once by the instrumenter, read by `locate.ts`, hints and fixes.
 * All offsets are UTF-16 offsets into the file's text.
 */
import type { CallId, ElementId } from "../graph/graph.js";

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** An expression as far as locating and editing needs it. */
export interface Expression extends Span {
  /** With the parentheses and types that stand around it, where there are some. */
  readonly outer?: Span;
  readonly kind: "object" | "array" | "number" | "string" | "boolean" | "identifier" | "call" | "function" | "other";
  /** Value of a numeric or string literal (`-2` counts as a number). */
  readonly value?: number | string | boolean;
  /** Identifier text. */
  readonly name?: string;
  /** Object literals: own properties in order. */
  readonly properties?: readonly Property[];
  /** Object literals: the spread expressions. */
  readonly spreads?: readonly Expression[];
  /** Array literals: the elements in order; a spread one has the kind "other". */
  readonly elements?: readonly Expression[];
  /** `b.stride`, `row[1]`: what it is a member of, and which one. */
  readonly member?: { readonly object: Expression; readonly key: string | number };
  /** Calls: its id in `calls`. */
  readonly call?: CallId;
  /**
   * Identifiers bound by a `const` (or never reassigned `let`) of the same file: the initialiser, so that
   * `const bits = 6; int(bits)` can be edited where the 6 stands.
   */
  readonly definition?: Expression;
  /** Functions: the object literal that they return, so that `defineModel(({ bits }) => ({ ... }))` can be followed. */
  readonly returns?: Expression;
  /** Identifiers that are no constants, and `rows[i]`: what their value is taken from. */
  readonly source?: BindingSource;
}

/** Where the value of a name comes from: the thing itself or, along `path`, a part of it (`{ stride }`, `[k, s]`). */
export type BindingSource = {
  readonly path: readonly (string | number)[];
  /** The default that is written at the name. */
  readonly fallback?: Expression;
} &
  /** A parameter of the enclosing function, which has this span. */
  (
    | { readonly kind: "parameter"; readonly index: number; readonly body: Span }
    /** The variable of a `for ... of` loop, or an element read by a computed index: a config row. */
    | { readonly kind: "row" }
    /** `const { stride } = b`. */
    | { readonly kind: "value"; readonly of: Expression }
  );

export interface Property extends Span {
  readonly name: string;
  readonly nameSpan: Span;
  readonly value: Expression;
  readonly shorthand: boolean;
}

export interface CallSite extends Span {
  readonly id: CallId;
  /** Key into `Program.files`. */
  readonly file: string;
  /** Source text of the callee: `quantConv1d`, `blocks.map`. */
  readonly callee: string;
  readonly calleeSpan: Span;
  /** The name in `quantlens` of the function that is called, if it is imported from there. */
  readonly dslName?: string | undefined;
  readonly args: readonly Expression[];
  /** Name of the enclosing function, for messages ("in convNormReLU"); absent at the top level. */
  readonly enclosing?: string | undefined;
  /** Where the enclosing function stands, be it named or not. */
  readonly enclosingSpan?: Span | undefined;
}

/** An element of an array literal: a config row. */
export interface ElementSite extends Span {
  readonly id: ElementId;
  readonly file: string;
  /** Position in its array literal. */
  readonly index: number;
  /** Name of the variable or property that the array literal initialises, if any. */
  readonly arrayName?: string;
  readonly expression: Expression;
}

export interface ProgramFile {
  /** The path or URI that the host knows it by. */
  readonly path: string;
  readonly text: string;
  /** `// quantlens-disable-next-line` and `// quantlens-disable-line` comments: 0-based line -> codes, empty = all. */
  readonly disabled: ReadonlyMap<number, readonly string[]>;
  /** The `import { ... } from "quantlens"` clause's named bindings, for adding a name. */
  readonly quantlensImport?: {
    readonly names: readonly string[];
    readonly insertAt: number;
    readonly typeOnly: boolean;
  };
  /** Where an import may be inserted. */
  readonly importInsertAt: number;
  /** The span of a template or string is never a call, so what is not listed here was not marked. */
  readonly calls: readonly CallId[];
}

export interface Program {
  readonly entry: string;
  readonly files: ReadonlyMap<string, ProgramFile>;
  readonly calls: ReadonlyMap<CallId, CallSite>;
  readonly elements: ReadonlyMap<ElementId, ElementSite>;
  /** The `defineModel(...)` call in the entry file, if there is one. */
  readonly modelCall?: CallId;
}

/** A place in a file of the program. */
export interface SourceRange extends Span {
  readonly file: string;
}
