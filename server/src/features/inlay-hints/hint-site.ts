/** The places that can carry a hint, whatever kind it is. */
import type { Position } from "vscode-languageserver";
import type { Span } from "../../../../shared/sandbox/program.js";

/** A call or a config row, with the layers that were made by it. */
export interface HintSite {
  readonly kind: "layer" | "helper" | "row";
  /** Id in the program's table of calls or, for a row, of elements. */
  readonly id: number;
  /** In the evaluated text. */
  readonly span: Span;
  /** Executed layers in execution order. */
  readonly layers: readonly number[];
}

/** Sites whose ends share a line and that nest: they share one hint, behind the outermost. */
export interface HintGroup {
  readonly head: HintSite;
  /** All sites, the head among them. */
  readonly members: readonly HintSite[];
  /** Where the hint goes, in the current text. */
  readonly offset: number;
  readonly position: Position;
}

/** All layers of a group, each once. */
export function layersOf({ head, members }: HintGroup): Iterable<number> {
  return members.length === 1 ? head.layers : new Set(members.flatMap((site) => site.layers));
}
