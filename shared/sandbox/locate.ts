/** Where a problem is shown: the one place that turns a target into a range. */
import type { Origin } from "../graph/graph.js";
import type { OptionPath, ProblemTarget } from "../problems.js";
import type { CallSite, Program, SourceRange } from "./program.js";
import { findOption, findValue, type Place } from "./resolve.js";

/**
 * The range of a target, or `undefined` if it has none in this program (a node of an ONNX graph, say).
 *
 * An option is shown where it is written: `name: value` in the leaf call, or where a spread takes it from. A
 * call without the option is shown by its callee.
 */
export function locate(program: Program, target: ProblemTarget): SourceRange | undefined {
  switch (target.kind) {
    case "range":
      return { file: target.file, start: target.start, end: target.end };
    case "site":
      return locateCall(program, target.origin, target.path);
    case "model":
      return program.modelCall === undefined
        ? { file: program.entry, start: 0, end: 0 }
        : locateCall(program, { calls: [program.modelCall], rows: [] }, target.path);
    case "node":
      return undefined;
  }
}

/**
 * The numeric literal that an option's value comes from, if there is one: the 6 of `weightQuant: int(6)` for the
 * path `["weightQuant", 0]`, also behind a `const`, an argument or a property of a config row.
 */
export function editableNumber(
  program: Program,
  origin: Origin,
  path: OptionPath,
): { readonly range: SourceRange; readonly value: number } | undefined {
  const place = findOption(program, origin, path);
  if (place === undefined) return undefined;
  const { file, expression } = findValue(program, origin, place);
  if (typeof expression.value !== "number") return undefined;
  return { range: { file, start: expression.start, end: expression.end }, value: expression.value };
}

function locateCall(program: Program, origin: Origin, path: OptionPath = []): SourceRange | undefined {
  // The longest part of the path that is written down.
  for (let length = path.length; length > 0; length -= 1) {
    const place = findOption(program, origin, path.slice(0, length));
    if (place) return rangeOf(place);
  }
  const call = leafCall(program, origin);
  return call && { file: call.file, ...call.calleeSpan };
}

function leafCall(program: Program, { calls }: Origin): CallSite | undefined {
  const id = calls.at(-1);
  return id === undefined ? undefined : program.calls.get(id);
}

function rangeOf({ file, expression, property }: Place): SourceRange {
  const { start, end } = property ?? expression;
  return { file, start, end };
}
