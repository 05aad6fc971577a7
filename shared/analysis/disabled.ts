import type { Problem } from "../problems.js";
import { locate } from "../sandbox/locate.js";
import type { Program } from "../sandbox/program.js";

/**
 * Leaves out problems on lines with a `// quantlens-disable-line` or below a
 * `// quantlens-disable-next-line` comment that names their code (or names none: all of them).
 */
export function withoutDisabled(problems: readonly Problem[], program: Program): Problem[] {
  if ([...program.files.values()].every((file) => file.disabled.size === 0)) return [...problems];
  return problems.filter((problem) => {
    const range = locate(program, problem.target);
    const file = range && program.files.get(range.file);
    if (!file) return true;
    const codes = file.disabled.get(lineOf(file.text, range.start));
    return codes === undefined || (codes.length > 0 && !codes.includes(problem.code));
  });
}

/** 0-based line of an offset. */
function lineOf(text: string, offset: number): number {
  let line = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}
