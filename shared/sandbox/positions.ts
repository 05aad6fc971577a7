/** Positions in marked code and ids of sites, as ranges of the source. */
import { linkedCode, unlinkedOffset } from "./link.js";
import type { MarkedModule, MarkedProgram } from "./modules.js";
import type { SourceRange } from "./program.js";
import { readOnlyTarget } from "./read-only.js";
import type { TypeScript as ts, TypeScriptLibrary } from "./typescript.js";

/** The range of what an id stands for. Loops are shown by their header. */
export function siteRange(marked: MarkedProgram, id: number): SourceRange | undefined {
  const module = [...marked.marked.values()].findLast(({ baseId }) => id > baseId);
  const site = module?.sites[id - module.baseId - 1];
  if (module === undefined || site === undefined) return undefined;
  const { node } = site;
  const start = node.getStart(module.source);
  const end = site.kind === "loop" ? headerEnd(node as ts.IterationStatement, start) : node.end;
  return { file: module.path, start, end };
}

/** `for (...)`, `while (...)`; a `do` loop has its condition behind the body and is shown by its keyword. */
function headerEnd(node: ts.IterationStatement, start: number): number {
  const end = node.statement.getFullStart();
  return end > start + 2 ? end : start + 2;
}

const frame = /\(?([^()\n]+):(\d+):(\d+)\)?$/;

/** The innermost frame of a stack that lies in a file of the program. */
export function stackRange(library: TypeScriptLibrary, program: MarkedProgram, stack: string): SourceRange | undefined {
  for (const { module, offset } of framesOf(program, stack)) return rangeAt(library, module, offset);
  return undefined;
}

/** The variable that an assignment in vain was made to, in the innermost frame of the stack of its error. */
export function readOnlyRange(
  library: TypeScriptLibrary,
  program: MarkedProgram,
  name: string,
  stack: string,
): SourceRange | undefined {
  for (const { module, offset } of framesOf(program, stack)) {
    const node = readOnlyTarget(library, module.source, name, offset);
    return node && { file: module.path, start: node.getStart(module.source), end: node.end };
  }
  return undefined;
}

/** True when a frame of the stack lies in a range. */
export function isOnStack(program: MarkedProgram, stack: string, { file, start, end }: SourceRange): boolean {
  for (const { module, offset } of framesOf(program, stack)) {
    if (module.path === file && start <= offset && offset < end) return true;
  }
  return false;
}

/** Where the frames of a stack are that lie in files of the program, the innermost first. */
function* framesOf(
  program: MarkedProgram,
  stack: string,
): Generator<{ readonly module: MarkedModule; readonly offset: number }> {
  for (const line of stack.split("\n")) {
    const match = frame.exec(line.trim().replace(/^at (?:.*? \()?/, ""));
    const module = match?.[1] === undefined ? undefined : program.marked.get(match[1]);
    if (!module) continue;
    const offset = offsetOf(linkedCode(module), Number(match?.[2]), Number(match?.[3]));
    yield { module, offset: module.sourceOffset(unlinkedOffset(module, offset)) };
  }
}

/** UTF-16 offset of a 1-based line and column; the interpreter counts columns in code points. */
function offsetOf(code: string, line: number, column: number): number {
  let start = 0;
  for (let number = 1; number < line; number += 1) start = code.indexOf("\n", start) + 1;
  let offset = start;
  for (let rest = column - 1; rest > 0 && offset < code.length; rest -= 1) {
    offset += (code.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  }
  return offset;
}

/** What stands at an offset: the smallest expression or statement around it, a `throw` as a whole. */
function rangeAt(library: TypeScriptLibrary, module: MarkedModule, offset: number): SourceRange {
  const path: ts.Node[] = [];
  const descend = (node: ts.Node): void => {
    if (offset < node.getStart(module.source) || offset >= node.end) return;
    path.push(node);
    library.forEachChild(node, descend);
  };
  for (const statement of module.source.statements) descend(statement);
  const { FirstPunctuation, LastPunctuation } = library.SyntaxKind;
  const node =
    path.findLast((candidate) => library.isThrowStatement(candidate)) ??
    path.findLast(({ kind }) => kind < FirstPunctuation || kind > LastPunctuation);
  if (node === undefined) return { file: module.path, start: offset, end: Math.min(offset + 1, module.text.length) };
  return { file: module.path, start: node.getStart(module.source), end: node.end };
}

/** The first `await` at the top of a file. */
export function awaitRange(library: TypeScriptLibrary, program: MarkedProgram): SourceRange | undefined {
  const search = (node: ts.Node): ts.Node | undefined => {
    if (library.isFunctionLike(node)) return undefined;
    return library.isAwaitExpression(node) ? node : library.forEachChild(node, search);
  };
  for (const { source, path } of program.marked.values()) {
    const node = search(source);
    if (node) return { file: path, start: node.getStart(source), end: node.end };
  }
  return undefined;
}

/** A name in an import, or in an export from another module. */
export interface ImportedName {
  readonly range: SourceRange;
  /** The name in the other module, and how the module is named here. */
  readonly name: string;
  readonly specifier: string;
}

/**
 * Where a name that the module with this path does not have is asked of it. A module that only passes the name on is not to
 * blame: then it is where that one asks for it.
 */
export function missingNameRange(
  library: TypeScriptLibrary,
  program: MarkedProgram,
  name: string,
  path: string,
): ImportedName | undefined {
  let found: ImportedName | undefined;
  const passed = new Set<string>();
  for (let at = { name, path }; !passed.has(at.path);) {
    passed.add(at.path);
    const module = program.marked.get(at.path);
    const next = module && namesFrom(library, module).find((element) => element.exported === at.name);
    if (next === undefined) break;
    found = next;
    at = { name: next.name, path: module?.targets.get(next.specifier) ?? next.specifier };
  }
  if (found) return found;
  for (const module of program.marked.values()) {
    const asking = namesFrom(library, module).find(
      (element) => element.name === name && module.targets.get(element.specifier) === path,
    );
    if (asking) return asking;
  }
  return undefined;
}

/** The first name that a file with a frame on the stack, else any file, imports a second time. */
export function repeatedImport(
  library: TypeScriptLibrary,
  program: MarkedProgram,
  stack: string,
): { readonly range: SourceRange; readonly local: string } | undefined {
  const named = Array.from(framesOf(program, stack), ({ module }) => module);
  for (const module of [...named, ...program.marked.values()]) {
    const seen = new Set<string>();
    for (const { range, local } of namesFrom(library, module)) {
      if (local !== undefined && seen.has(local)) return { range, local };
      if (local !== undefined) seen.add(local);
    }
  }
  return undefined;
}

/** All names that a file imports, as `local`, or passes on, as `exported`. */
function namesFrom(
  library: TypeScriptLibrary,
  { source, path }: MarkedModule,
): (ImportedName & { readonly local?: string; readonly exported?: string })[] {
  return source.statements.flatMap((statement) => {
    const isImport = library.isImportDeclaration(statement);
    if (!isImport && !library.isExportDeclaration(statement)) return [];
    const { moduleSpecifier } = statement;
    if (!moduleSpecifier || !library.isStringLiteral(moduleSpecifier)) return [];
    const specifier = moduleSpecifier.text;
    const rangeOf = (node: ts.Node) => ({ file: path, start: node.getStart(source), end: node.end });
    const clause = isImport ? statement.importClause : undefined;
    const bindings = isImport ? clause?.namedBindings : statement.exportClause;
    const elements: readonly ts.ImportOrExportSpecifier[] =
      bindings && "elements" in bindings ? [...bindings.elements] : [];
    const names = elements.map((element) => ({
      range: rangeOf(element),
      name: (element.propertyName ?? element.name).text,
      specifier,
      ...(isImport ? { local: element.name.text } : { exported: element.name.text }),
    }));
    return clause?.name
      ? [{ range: rangeOf(clause.name), name: "default", specifier, local: clause.name.text }, ...names]
      : names;
  });
}
