/** From what a problem is about to where that stands. The only place that decides on ranges. */
import type { Origin } from "../graph/graph.js";
import type { OptionPath, ProblemTarget } from "../problems.js";
import { leafCall, literal, resolveModelProperty, resolveOption, type Place } from "./options.js";
import type { CallSite, Program, SourceRange } from "./program.js";

/** The range to underline, or `undefined` when the target has no source (a node of an ONNX graph). */
export function locate(program: Program, target: ProblemTarget): SourceRange | undefined {
  switch (target.kind) {
    case "range":
      return { file: target.file, start: target.start, end: target.end };
    case "node":
      return undefined;
    case "model":
      return locateModel(program, target.path ?? []);
    case "site":
      return locateSite(program, target.origin, target.path ?? []);
  }
}

/** A number in the source that decides an option, e.g. the 6 of `int(6)`, behind constants and config rows too. */
export interface EditableNumber extends SourceRange {
  readonly value: number;
}

/** Where a numeric option can be edited; `undefined` when it is computed. */
export function editableNumber(program: Program, origin: Origin, path: OptionPath): EditableNumber | undefined {
  const place = resolveOption(program, origin, path);
  if (!place) return undefined;
  const value = literal(place.expression);
  if (value.kind !== "number" || typeof value.value !== "number") return undefined;
  return { file: place.file, start: value.start, end: value.end, value: value.value };
}

function locateSite(program: Program, origin: Origin, path: OptionPath): SourceRange | undefined {
  const call = leafCall(program, origin);
  if (!call) return locateModel(program, []);
  // The longest part of the path that leads somewhere: an option that is missing is shown at the call.
  for (let length = path.length; length > 0; length--) {
    const place = resolveOption(program, origin, path.slice(0, length));
    if (place) return rangeOf(place, length === path.length);
  }
  return callRange(program, call);
}

function locateModel(program: Program, path: OptionPath): SourceRange | undefined {
  for (let length = path.length; length > 0; length--) {
    const place = resolveModelProperty(program, path.slice(0, length));
    if (place) return rangeOf(place, length === path.length);
  }
  const call = program.modelCall === undefined ? undefined : program.calls.get(program.modelCall);
  if (call) return { file: call.file, ...call.calleeSpan };
  return program.files.has(program.entry) ? { file: program.entry, start: 0, end: 0 } : undefined;
}

/** The value; for the whole property, name included, when only the way to it was found. */
function rangeOf({ file, expression, property }: Place, whole: boolean): SourceRange {
  const span = whole || !property ? expression : property.nameSpan;
  return { file, start: span.start, end: span.end };
}

/** A call on one line is underlined whole, a longer one at its callee only. */
function callRange(program: Program, call: CallSite): SourceRange {
  const text = program.files.get(call.file)?.text.slice(call.start, call.end) ?? "";
  const span = text.includes("\n") ? call.calleeSpan : call;
  return { file: call.file, start: span.start, end: span.end };
}
