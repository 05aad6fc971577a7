/** Fixes in terms of call sites -> edits of texts that keep the formatting. */
import type { Origin } from "../graph/graph.js";
import type { OptionPath, SourceEdit } from "../problems.js";
import type { CallSite, Expression, Program, Span } from "./program.js";
import { findContainer, findOption, findValue, type Place } from "./resolve.js";

/** Replace the text between two UTF-16 offsets of a file. */
export interface TextEdit extends Span {
  readonly file: string;
  readonly newText: string;
}

/** A new argument of a call, where there can be only one. */
interface NewArgument extends TextEdit {
  readonly isArgument: true;
}

/**
 * The edits of one or more fixes, in order and without overlaps; the same edit asked for twice is made once.
 * `undefined` if one of the places does not exist in this program, or if two edits contradict each other.
 */
export function textEdits(program: Program, edits: readonly SourceEdit[]): TextEdit[] | undefined {
  const made: TextEdit[] = [];
  const imported = new Map<string, Set<string>>();
  for (const edit of edits) {
    if (edit.kind === "ensureImport") {
      // Where the edit before it has put the names.
      const file = made.at(-1)?.file ?? program.entry;
      imported.set(file, new Set([...(imported.get(file) ?? []), ...edit.names]));
      continue;
    }
    const some = one(program, edit);
    if (some === undefined) return undefined;
    made.push(...some);
  }
  for (const [file, names] of imported) made.push(...importEdits(program, file, [...names]));
  return withoutOverlaps(made);
}

/** Where edits change the text, imports aside, as a key; `undefined` where they cannot be made. */
export function editPlace(program: Program, edits: readonly SourceEdit[]): string | undefined {
  const made = textEdits(
    program,
    edits.filter(({ kind }) => kind !== "ensureImport"),
  );
  return made?.map(({ file, start, end }) => `${file}:${start}:${end}`).join();
}

function one(program: Program, edit: Exclude<SourceEdit, { kind: "ensureImport" }>): TextEdit[] | undefined {
  switch (edit.kind) {
    case "setOption":
      return setOption(program, edit.origin, edit.path, edit.text);
    case "setModelProperty":
      return program.modelCall === undefined
        ? undefined
        : setOption(program, { calls: [program.modelCall], rows: [] }, edit.path, edit.text);
    case "appendToModelList":
      return appendToModelList(program, edit.path, edit.text);
    case "removeOption":
      return removeOption(program, edit.origin, edit.path);
    case "replaceCallee":
      return atLeaf(program, edit.origin, (call) => [replace(call.file, call.calleeSpan, edit.text)]);
    case "wrapCall":
      return atLeaf(program, edit.origin, (call) => wrap(call.file, call, edit.before, edit.after));
    case "wrapArgument":
      return atLeaf(program, edit.origin, (call) => {
        const argument = call.args[edit.argument];
        return argument && wrap(call.file, whole(argument), edit.before, edit.after);
      });
    case "unwrapCall":
      return atLeaf(program, edit.origin, (call) => {
        const argument = call.args[edit.argument];
        if (argument === undefined) return undefined;
        // The call held together what operators and the like do not.
        const [before, after] = argument.kind === "other" && !argument.member ? ["(", ")"] : ["", ""];
        return [
          replace(call.file, { start: call.start, end: argument.start }, before),
          replace(call.file, { start: argument.end, end: call.end }, after),
        ];
      });
  }
}

function atLeaf(
  program: Program,
  origin: Origin,
  edit: (call: CallSite) => TextEdit[] | undefined,
): TextEdit[] | undefined {
  const id = origin.calls.at(-1);
  const call = id === undefined ? undefined : program.calls.get(id);
  return call && edit(call);
}

/** Replaces the value where it is written, or adds the option to the call. */
function setOption(program: Program, origin: Origin, path: OptionPath, text: string): TextEdit[] | undefined {
  const place = findOption(program, origin, path);
  if (place) return [setValue(program, origin, place, text)];
  // The longest part of the path that is there gets the rest as a new option.
  for (let length = path.length - 1; length >= 0; length -= 1) {
    const container = findContainer(program, origin, path.slice(0, length));
    if (container === undefined) continue;
    const [key, ...rest] = path.slice(length);
    const value = rest.reduceRight<string>((inner, name) => `{ ${name}: ${inner} }`, text);
    if (typeof key !== "string") return addArgument(program, container, Number(key), value);
    return addOption(program, origin, container, `${key}: ${value}`);
  }
  return undefined;
}

function setValue(program: Program, origin: Origin, place: Place, text: string): TextEdit {
  const { property, expression, file } = place;
  if (property && (property.shorthand || property.nameSpan.start === expression.start)) {
    return replace(file, property, `${property.name}: ${text}`);
  }
  // A number for a number goes where the number is written, be it behind a name.
  const value = findValue(program, origin, place);
  const isNumber = typeof value.expression.value === "number" && Number.isFinite(Number(text));
  return isNumber ? replace(value.file, value.expression, text) : replace(file, expression, text);
}

function addArgument(
  program: Program,
  { file, expression }: Place,
  index: number,
  text: string,
): TextEdit[] | undefined {
  const call = expression.call === undefined ? undefined : program.calls.get(expression.call);
  return call?.args.length === index ? [append(program, file, call, text)] : undefined;
}

/** Adds `name: value` to an object literal, or to a call as a new last argument. */
function addOption(program: Program, origin: Origin, container: Place, option: string): TextEdit[] | undefined {
  const { file, expression } = container;
  if (expression.kind === "object") return [addProperty(program, file, expression, option)];
  const call = expression.call === undefined ? undefined : program.calls.get(expression.call);
  if (call === undefined) return undefined;
  for (const argument of call.args.toReversed()) {
    const value = findValue(program, origin, { file, expression: argument, level: container.level });
    const object = value.expression.returns ?? value.expression;
    if (object.kind === "object") return [addProperty(program, value.file, object, option)];
  }
  return [append(program, file, call, `{ ${option} }`)];
}

function append(program: Program, file: string, call: CallSite, text: string): NewArgument {
  const last = call.args.at(-1);
  const at = (start: number, newText: string): NewArgument => ({
    ...replace(file, { start, end: start }, newText),
    isArgument: true,
  });
  if (last) return at(whole(last).end, `, ${text}`);
  const source = program.files.get(file)?.text ?? "";
  // `new F` has no parentheses yet.
  return source[call.end - 1] === ")" ? at(call.end - 1, text) : at(call.end, `(${text})`);
}

/** A new last property, on a line of its own if the others are. */
function addProperty(program: Program, file: string, object: Expression, option: string): TextEdit {
  const members = [...(object.properties ?? []), ...(object.spreads ?? []).map(whole)];
  const last = members.reduce<Span | undefined>(
    (best, member) => (best && best.end > member.end ? best : member),
    undefined,
  );
  return last === undefined
    ? replace(file, object, `{ ${option} }`)
    : addMember(program, { file, around: object, last }, option);
}

/** A new last element of an array literal. */
function appendToModelList(program: Program, path: OptionPath, element: string): TextEdit[] | undefined {
  if (program.modelCall === undefined) return undefined;
  const container = findContainer(program, { calls: [program.modelCall], rows: [] }, path);
  if (container?.expression.kind !== "array") return undefined;
  const { file, expression } = container;
  const last = expression.elements?.at(-1);
  return [
    last
      ? addMember(program, { file, around: expression, last: whole(last) }, element)
      : replace(file, expression, `[${element}]`),
  ];
}

/** Text behind the last member of a literal, as the members before it are laid out. */
function addMember(
  program: Program,
  { file, around, last }: { readonly file: string; readonly around: Span; readonly last: Span },
  member: string,
): TextEdit {
  const text = program.files.get(file)?.text ?? "";
  const newLine = lineBreakBefore(text, around.start, last.start);
  const comma = /^\s*,/.exec(text.slice(last.end, around.end));
  const at = last.end + (comma?.[0].length ?? 0);
  const separator = newLine ?? " ";
  return replace(file, { start: at, end: at }, comma ? `${separator}${member},` : `,${separator}${member}`);
}

/** The line break and indentation before a member that stands on a line of its own. */
function lineBreakBefore(text: string, objectStart: number, memberStart: number): string | undefined {
  const before = text.slice(objectStart, memberStart);
  return /\r?\n[ \t]*(?:\.\.\.)?$/.exec(before)?.[0].replace("...", "");
}

/** Removes an option with its comma, and its line if nothing else stands on it; the only one with its braces. */
function removeOption(program: Program, origin: Origin, path: OptionPath): TextEdit[] | undefined {
  const place = findOption(program, origin, path);
  if (place?.property === undefined) return undefined;
  const { file, property } = place;
  const text = program.files.get(file)?.text ?? "";
  const braces = bracesAround(text, property);
  if (braces) return [withoutObject(file, text, braces)];
  const after = /^\s*,[ \t]*/.exec(text.slice(property.end));
  if (after) {
    const end = property.end + after[0].length;
    const lineStart = /\r?\n[ \t]*$/.exec(text.slice(0, property.start));
    const isAlone = lineStart !== null && /^\r?\n/.test(text.slice(end));
    return [replace(file, { start: isAlone ? property.start - lineStart[0].length : property.start, end }, "")];
  }
  // The last one: its comma stands before it.
  const before = /,?\s*$/.exec(text.slice(0, property.start))?.[0] ?? "";
  return [replace(file, { start: property.start - before.length, end: property.end }, "")];
}

/** The object around its only property. */
function bracesAround(text: string, property: Span): Span | undefined {
  const before = /\{\s*$/.exec(text.slice(0, property.start));
  const after = /^\s*,?\s*\}/.exec(text.slice(property.end));
  return before && after ? { start: before.index, end: property.end + after[0].length } : undefined;
}

/** Removes an object that is the last argument of a call, and empties any other. */
function withoutObject(file: string, text: string, { start, end }: Span): TextEdit {
  const before = /,\s*$/.exec(text.slice(0, start));
  const isLastArgument = before !== null && /^\s*,?\s*\)/.test(text.slice(end));
  return isLastArgument ? replace(file, { start: before.index, end }, "") : replace(file, { start, end }, "{}");
}

/** How the lines of a text end. */
export function lineEnding(text: string): "\r\n" | "\n" {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** Adds names to the import of `quantlens`, or adds the import. */
function importEdits(program: Program, file: string, names: readonly string[]): TextEdit[] {
  const source = program.files.get(file);
  if (source === undefined) return [];
  const { quantlensImport, importInsertAt } = source;
  const missing = names.filter((name) => quantlensImport?.typeOnly === true || !quantlensImport?.names.includes(name));
  if (missing.length === 0) return [];
  if (quantlensImport === undefined || quantlensImport.typeOnly) {
    return [
      replace(
        file,
        { start: importInsertAt, end: importInsertAt },
        `import { ${missing.join(", ")} } from "quantlens";${lineEnding(source.text)}`,
      ),
    ];
  }
  const { insertAt } = quantlensImport;
  const isFirst = quantlensImport.names.length === 0;
  const inserted = missing.map((name) => `, ${name}`).join("");
  return [replace(file, { start: insertAt, end: insertAt }, isFirst ? ` ${inserted.slice(2)} ` : inserted)];
}

/** With its parentheses and types: text behind an expression belongs behind these. */
function whole(expression: Expression): Span {
  return expression.outer ?? expression;
}

function wrap(file: string, { start, end }: Span, before: string, after: string): TextEdit[] {
  return [replace(file, { start, end: start }, before), replace(file, { start: end, end }, after)];
}

function replace(file: string, { start, end }: Span, newText: string): TextEdit {
  return { file, start, end, newText };
}

function withoutOverlaps(edits: readonly TextEdit[]): TextEdit[] | undefined {
  const different = edits.filter(
    (edit, index) =>
      edits.findIndex(
        (other) =>
          other.file === edit.file &&
          other.start === edit.start &&
          other.end === edit.end &&
          other.newText === edit.newText,
      ) === index,
  );
  // Stable: insertions at one place stay in the order in which they were asked for.
  const sorted = different.toSorted((one, other) =>
    one.file < other.file ? -1 : one.file > other.file ? 1 : one.start - other.start || one.end - other.end,
  );
  const clash = sorted.some((edit, index) => {
    const next = sorted[index + 1];
    if (next?.file !== edit.file) return false;
    // Two new arguments would be too many: the second belongs into the first one's braces.
    return next.start < edit.end || (next.start === edit.start && "isArgument" in edit && "isArgument" in next);
  });
  return clash ? undefined : sorted;
}
