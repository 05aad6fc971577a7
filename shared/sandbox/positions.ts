/** Positions in marked code and ids of sites, as ranges of the source. */
import type { MarkedModule, MarkedProgram } from "./modules.js";
import type { SourceRange } from "./program.js";
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
  for (const line of stack.split("\n")) {
    const match = frame.exec(line.trim().replace(/^at (?:.*? \()?/, ""));
    const module = match?.[1] === undefined ? undefined : program.marked.get(match[1]);
    const code = module && program.modules.get(module.path)?.code;
    if (!module || code === undefined) continue;
    const offset = module.sourceOffset(offsetOf(code, Number(match?.[2]), Number(match?.[3])));
    return rangeAt(library, module, offset);
  }
  return undefined;
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
  const node = path.findLast((candidate) => library.isThrowStatement(candidate)) ?? path.at(-1);
  if (node === undefined) return { file: module.path, start: offset, end: Math.min(offset + 1, module.text.length) };
  return { file: module.path, start: node.getStart(module.source), end: node.end };
}
