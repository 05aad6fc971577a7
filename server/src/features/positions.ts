/** What of a model is at a position of the current text. */
import type { BitWidthSite } from "../../../shared/analysis/bit-width-sites.js";
import type { CallSite, Span } from "../../../shared/sandbox/program.js";
import type { RunAnalysis } from "../models/model-state.js";
import type { SourceFile } from "../text/sources.js";
import { bitWidthSites } from "./bit-widths.js";

/** The bit width whose digits touch the offset. */
export function bitWidthAt(analysis: RunAnalysis, file: SourceFile, offset: number): BitWidthSite | undefined {
  return bitWidthSites(analysis).find((site) => site.file === file.key && touches(file, site, offset));
}

/** The call whose name (not its arguments) touches the offset. */
export function callAt({ program }: RunAnalysis, file: SourceFile, offset: number): CallSite | undefined {
  for (const id of program.files.get(file.key)?.calls ?? []) {
    const call = program.calls.get(id);
    if (call && touches(file, call.calleeSpan, offset)) return call;
  }
  return undefined;
}

function touches(file: SourceFile, span: Span, offset: number): boolean {
  const now = file.spanOf(span);
  return now !== undefined && now.start <= offset && offset <= now.end;
}
