/**
 * Linking: the resolved paths in a marked file take the places of the tokens, and positions find their way back.
 *
 * A file reads the marks into constants before anything else in it runs. Where files import each other in a circle that is too
 * late: a function of a file may be called before the file itself has run. Such files keep the marks in global variables, which
 * the first one of them sets.
 */
import type { MarkedModule } from "./modules.js";

/** What stands in the linked code instead of a piece of the marked code. */
interface Link {
  /** Offset of the piece in the marked code. */
  readonly at: number;
  readonly token: string;
  readonly text: string;
}

/** The line that reads the marks, as the pass writes it and as TypeScript's emitter does. */
const header = /^const \{[^}]*\} ?= ?globalThis\.__quantlens\.marks;/m;

/** The code that is run. */
export function linkedCode(module: MarkedModule): string {
  const { code } = module;
  let linked = "";
  let done = 0;
  for (const { at, token, text } of linksOf(module)) {
    linked += code.slice(done, at) + text;
    done = at + token.length;
  }
  return linked + code.slice(done);
}

/** The offset in the marked code of an offset in the linked code; of one within what was put in, where that begins. */
export function unlinkedOffset(module: MarkedModule, offset: number): number {
  let shift = 0;
  for (const { at, token, text } of linksOf(module)) {
    if (offset < at + shift) break;
    if (offset < at + shift + text.length) return at;
    shift += text.length - token.length;
  }
  return offset - shift;
}

function linksOf({ code, references, targets, inCircle }: MarkedModule): Link[] {
  const links = references.map(({ specifier, token }): Link => {
    return { at: code.indexOf(token), token, text: JSON.stringify(targets.get(specifier) ?? specifier) };
  });
  const marks = inCircle ? header.exec(code) : null;
  if (marks) links.push({ at: marks.index, token: marks[0], text: globalMarks(marks[0]) });
  return links.sort((one, other) => one.at - other.at);
}

/** `const {a:b}=marks;` becomes `({a:globalThis.b}=marks);`. */
function globalMarks(constants: string): string {
  return constants
    .replace(/^const/, "(")
    .replace(/;$/, ");")
    .replace(/: ?(\w+)/g, ":globalThis.$1");
}
