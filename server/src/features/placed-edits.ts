/** Edits of evaluated texts as LSP edits of the texts that are open now. */
import type { TextEdit } from "vscode-languageserver";
import type { TextEdit as OffsetEdit } from "../../../shared/sandbox/edits.js";
import type { SourceFile, Sources } from "../text/sources.js";

/** By file; `undefined` when one of the files has changed since: an edit must never land beside its place. */
export function placeEdits(
  edits: readonly OffsetEdit[],
  sources: Sources,
): ReadonlyMap<SourceFile, TextEdit[]> | undefined {
  const byFile = new Map<SourceFile, TextEdit[]>();
  for (const { file: key, start, end, newText } of edits) {
    const file = sources.file(key);
    const range = file?.rangeOf({ start, end });
    if (!file?.unchanged || !range) return undefined;
    byFile.set(file, [...(byFile.get(file) ?? []), { range, newText }]);
  }
  return byFile;
}
