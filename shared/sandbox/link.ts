/** Linking: the resolved paths in a marked file take the places of the tokens, and positions find their way back. */
import type { MarkedModule } from "./modules.js";

/** What stands in the linked code instead of a token. */
interface Link {
  /** Offset of the token in the marked code. */
  readonly at: number;
  readonly token: string;
  readonly path: string;
}

/** The code that is run. */
export function linkedCode(module: MarkedModule): string {
  const { code } = module;
  let linked = "";
  let done = 0;
  for (const { at, token, path } of linksOf(module)) {
    linked += code.slice(done, at) + path;
    done = at + token.length;
  }
  return linked + code.slice(done);
}

/** The offset in the marked code of an offset in the linked code; of one within a path, where its token begins. */
export function unlinkedOffset(module: MarkedModule, offset: number): number {
  let shift = 0;
  for (const { at, token, path } of linksOf(module)) {
    if (offset < at + shift) break;
    if (offset < at + shift + path.length) return at;
    shift += path.length - token.length;
  }
  return offset - shift;
}

function linksOf({ code, references, targets }: MarkedModule): Link[] {
  const links = references.map(({ specifier, token }) => {
    return { at: code.indexOf(token), token, path: JSON.stringify(targets.get(specifier) ?? specifier) };
  });
  return links.sort((one, other) => one.at - other.at);
}
