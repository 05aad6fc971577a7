/**
 * Problems: what the DSL, the sandbox, the ONNX reader and the rules report. Plain data, no LSP.
 *
 * A problem says *what it is about* (a call site and an option path, a graph node, or a source range);
 * `sandbox/locate.ts` alone turns that into a range, and the server alone turns it into LSP.
 */
import type { Origin } from "./graph/graph.js";

export type Severity = "error" | "warning" | "info" | "hint";

/** A path into a call's arguments: a number is a positional argument, a string an option of its last object argument. */
export type OptionPath = readonly (string | number)[];

export type ProblemTarget =
  /** The leaf call of `origin`, narrowed to an option when `path` is given. */
  | { readonly kind: "site"; readonly origin: Origin; readonly path?: OptionPath }
  /** UTF-16 offsets into a file of the program. */
  | { readonly kind: "range"; readonly file: string; readonly start: number; readonly end: number }
  /** A node of a graph that has no source (ONNX). */
  | { readonly kind: "node"; readonly node: string }
  /** The whole model: the `defineModel` call, or the ONNX file. `path` narrows to one of its properties. */
  | { readonly kind: "model"; readonly path?: OptionPath };

/** What ignoring a problem costs: the difference to the same model with the problem mended. */
export interface Price {
  readonly bops: number;
  readonly memWBits: number;
  /** Difference of the challenge score when the model has one. */
  readonly score?: number;
}

export interface Problem {
  /** Kebab-case, e.g. `residual-not-requantised`. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence: what, where, found, expected, what to do. The price is part of it where there is one. */
  readonly message: string;
  readonly target: ProblemTarget;
  /** Further layers (executions) with the same problem at the same place. */
  readonly related?: readonly { readonly message: string; readonly target: ProblemTarget }[];
  readonly price?: Price;
  readonly fixes?: readonly Fix[];
  readonly tags?: readonly ("unnecessary" | "deprecated")[];
}

export interface Fix {
  readonly title: string;
  readonly edits: readonly SourceEdit[];
  /** The obvious one; "fix all" applies these. */
  readonly preferred?: boolean;
}

/** Edits in terms of call sites, so that no rule does arithmetic on offsets. */
export type SourceEdit =
  /** Replace or insert the option's value: `{ weightQuant: int(6) }`. */
  | { readonly kind: "setOption"; readonly origin: Origin; readonly path: OptionPath; readonly text: string }
  | { readonly kind: "removeOption"; readonly origin: Origin; readonly path: OptionPath }
  /** `f(x)` becomes `before` + `f(x)` + `after`. */
  | { readonly kind: "wrapCall"; readonly origin: Origin; readonly before: string; readonly after: string }
  /** `f(x)` becomes its n-th argument's text. */
  | { readonly kind: "unwrapCall"; readonly origin: Origin; readonly argument: number }
  | { readonly kind: "replaceCallee"; readonly origin: Origin; readonly text: string }
  /** Wrap the text of the n-th argument of the call: `f(x)` becomes `f(before x after)`. */
  | {
      readonly kind: "wrapArgument";
      readonly origin: Origin;
      readonly argument: number;
      readonly before: string;
      readonly after: string;
    }
  /** Set a property of the `defineModel` object. */
  | { readonly kind: "setModelProperty"; readonly path: OptionPath; readonly text: string }
  /** Add an element at the end of an array that is a property of the `defineModel` object. */
  | { readonly kind: "appendToModelList"; readonly path: OptionPath; readonly text: string }
  /** Make sure these names are imported from "quantlens" in the file of the edit before it. */
  | { readonly kind: "ensureImport"; readonly names: readonly string[] };
