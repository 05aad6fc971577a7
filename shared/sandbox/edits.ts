/** Turns edits that speak of call sites and options into changes of text, keeping the file's formatting. */
import type { Origin } from "../graph/graph.js";
import type { OptionPath, SourceEdit } from "../problems.js";
import { leafCall, modelObject, optionsArgument, propertyOf, resolveOption, type Place } from "./options.js";
import type { CallSite, Expression, Program, Property, SourceRange } from "./program.js";

export interface TextEdit extends SourceRange {
  readonly newText: string;
}

/** The changes of text, in order of position, or `undefined` when one of the edits has no place to go. */
export function textEdits(program: Program, edits: readonly SourceEdit[]): readonly TextEdit[] | undefined {
  const changes: TextEdit[] = [];
  const imports = new Set<string>();
  for (const edit of edits) {
    if (edit.kind === "ensureImport") {
      for (const name of edit.names) imports.add(name);
      continue;
    }
    const made = changesFor(program, edit);
    if (!made) return undefined;
    changes.push(...made);
  }
  for (const file of new Set(changes.map((change) => change.file)))
    changes.push(...importChanges(program, file, imports));
  return ordered(changes);
}

function changesFor(program: Program, edit: Exclude<SourceEdit, { kind: "ensureImport" }>): TextEdit[] | undefined {
  if (edit.kind === "setModelProperty") return setModelProperty(program, edit.path, edit.text);
  const call = leafCall(program, edit.origin);
  if (!call) return undefined;
  switch (edit.kind) {
    case "setOption":
      return setOption(program, edit.origin, call, edit.path, edit.text);
    case "removeOption":
      return removeOption(program, edit.origin, edit.path);
    case "wrapCall":
      return wrap(call.file, call, edit.before, edit.after);
    case "wrapArgument": {
      const argument = call.args[edit.argument];
      return argument && wrap(call.file, argument, edit.before, edit.after);
    }
    case "unwrapCall": {
      const argument = call.args[edit.argument];
      return (
        argument && [
          { file: call.file, start: call.start, end: argument.start, newText: "" },
          { file: call.file, start: argument.end, end: call.end, newText: "" },
        ]
      );
    }
    case "replaceCallee":
      return [{ file: call.file, ...call.calleeSpan, newText: edit.text }];
  }
}

function setOption(
  program: Program,
  origin: Origin,
  call: CallSite,
  path: OptionPath,
  text: string,
): TextEdit[] | undefined {
  const place = resolveOption(program, origin, path);
  if (place) return [replaceValue(place, text)];
  const name = path.at(-1);
  if (typeof name !== "string") return undefined;
  if (path.length > 1) {
    const parent = resolveOption(program, origin, path.slice(0, -1));
    return parent && insertInto(program, parent, name, text);
  }
  return insertOption(program, call, name, text);
}

/** A shorthand `{ bias }` becomes `{ bias: text }`. */
function replaceValue({ file, expression, property }: Place, text: string): TextEdit {
  const newText = property?.shorthand === true ? `${property.name}: ${text}` : text;
  return { file, start: expression.start, end: expression.end, newText };
}

/** An option that is not there yet, in the object or call that `parent` stands for. */
function insertInto(program: Program, parent: Place, name: string, text: string): TextEdit[] | undefined {
  const { expression, file } = parent;
  if (expression.kind === "object") return [insertProperty(program, file, expression, name, text)];
  const call = expression.call === undefined ? undefined : program.calls.get(expression.call);
  return call && insertOption(program, call, name, text);
}

function insertOption(program: Program, call: CallSite, name: string, text: string): TextEdit[] {
  const last = call.args.at(-1);
  const own = call.args.findLast((argument) => argument.kind === "object");
  if (own) return [insertProperty(program, call.file, own, name, text)];
  const shared = optionsArgument(call);
  if (shared && last?.kind === "identifier") {
    // Options in a constant may serve other calls: leave it alone and add to a copy.
    return [
      { file: call.file, start: last.start, end: last.end, newText: `{ ...${last.name ?? ""}, ${name}: ${text} }` },
    ];
  }
  if (last) return [{ file: call.file, start: last.end, end: last.end, newText: `, { ${name}: ${text} }` }];
  return [{ file: call.file, start: call.end - 1, end: call.end - 1, newText: `{ ${name}: ${text} }` }];
}

/** Adds a property at the end of an object literal, on a line of its own when the literal is written so. */
function insertProperty(program: Program, file: string, object: Expression, name: string, text: string): TextEdit {
  const source = program.files.get(file)?.text ?? "";
  const items: readonly { readonly end: number; readonly start: number }[] = [
    ...(object.properties ?? []),
    ...(object.spreads ?? []),
  ].sort((a, b) => a.end - b.end);
  const last = items.at(-1);
  if (!last) return { file, start: object.start, end: object.end, newText: `{ ${name}: ${text} }` };
  const between = source.slice(last.end, object.end - 1);
  const hasComma = between.trimStart().startsWith(",");
  const lineStart = source.lastIndexOf("\n", last.start - 1) + 1;
  const indent = /^[ \t]*/.exec(source.slice(lineStart))?.[0] ?? "";
  const separator = between.includes("\n") ? `\n${indent}` : " ";
  const at = hasComma ? last.end + between.indexOf(",") + 1 : last.end;
  const newText = `${hasComma ? "" : ","}${separator}${name}: ${text}${hasComma && between.includes("\n") ? "," : ""}`;
  return { file, start: at, end: at, newText };
}

function removeOption(program: Program, origin: Origin, path: OptionPath): TextEdit[] | undefined {
  const place = resolveOption(program, origin, path);
  if (!place?.property) return undefined;
  return [removeProperty(program, place.file, place.property)];
}

/** Takes a property out together with its comma and the space before it. */
function removeProperty(program: Program, file: string, property: Property): TextEdit {
  const source = program.files.get(file)?.text ?? "";
  const after = /^\s*,/.exec(source.slice(property.end));
  if (after) {
    const end = property.end + after[0].length;
    const space = /^[ \t]*/.exec(source.slice(end))?.[0].length ?? 0;
    return { file, start: property.start, end: end + space, newText: "" };
  }
  const before = /,\s*$/.exec(source.slice(0, property.start));
  return { file, start: property.start - (before?.[0].length ?? 0), end: property.end, newText: "" };
}

function setModelProperty(program: Program, path: OptionPath, text: string): TextEdit[] | undefined {
  const call = program.modelCall === undefined ? undefined : program.calls.get(program.modelCall);
  let object = call && modelObject(call);
  const name = path.at(-1);
  if (!call || typeof name !== "string") return undefined;
  for (const step of path.slice(0, -1)) {
    object = object && typeof step === "string" ? propertyOf(object, step)?.value : undefined;
  }
  if (object?.kind !== "object") return undefined;
  const property = propertyOf(object, name);
  return property
    ? [replaceValue({ file: call.file, expression: property.value, property }, text)]
    : [insertProperty(program, call.file, object, name, text)];
}

function wrap(file: string, { start, end }: Expression | CallSite, before: string, after: string): TextEdit[] {
  return [
    { file, start, end: start, newText: before },
    { file, start: end, end, newText: after },
  ];
}

function importChanges(program: Program, file: string, names: ReadonlySet<string>): TextEdit[] {
  const info = program.files.get(file);
  if (!info) return [];
  const clause = info.quantlensImport;
  const missing = [...names].filter((name) => !(clause?.names.includes(name) ?? false));
  if (missing.length === 0) return [];
  if (clause && !clause.typeOnly) {
    return [{ file, start: clause.insertAt, end: clause.insertAt, newText: `, ${missing.join(", ")}` }];
  }
  const at = info.importInsertAt;
  return [{ file, start: at, end: at, newText: `import { ${missing.join(", ")} } from "quantlens";\n` }];
}

/** Sorts by file and position, drops repetitions; `undefined` when two changes overlap. */
function ordered(changes: readonly TextEdit[]): readonly TextEdit[] | undefined {
  const unique = new Map(changes.map((change) => [JSON.stringify(change), change]));
  const sorted = [...unique.values()].sort(
    (a, b) => a.file.localeCompare(b.file) || a.start - b.start || a.end - b.end,
  );
  const clash = sorted.some((change, index) => {
    const next = sorted[index + 1];
    return next?.file === change.file && next.start < change.end;
  });
  return clash ? undefined : sorted;
}
