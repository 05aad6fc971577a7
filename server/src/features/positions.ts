/** What of a model is at a position of the current text. */
import { hasWidth, type BitWidthSite } from "../../../shared/analysis/bit-width-sites.js";
import type { QuantizerCost } from "../../../shared/cost/attribution.js";
import type { CallSite, Span } from "../../../shared/sandbox/program.js";
import { attributionOf, type RunAnalysis } from "../models/model-state.js";
import type { SourceFile } from "../text/sources.js";
import { bitWidthSites } from "./bit-widths.js";

/** The bit width whose digits touch the offset. */
export function bitWidthAt(analysis: RunAnalysis, file: SourceFile, offset: number): BitWidthSite | undefined {
  return bitWidthSites(analysis).find((site) => site.file === file.key && touches(file, site, offset));
}

/** The width of a quantiser where it is written as something else than a number. */
export interface WidthExpression {
  readonly call: CallSite;
  readonly span: Span;
  readonly text: string;
  readonly cost: QuantizerCost;
}

/** The width that a quantiser of the model reads from a name or another expression, if that touches the offset. */
export function widthExpressionAt(
  analysis: RunAnalysis,
  file: SourceFile,
  offset: number,
): WidthExpression | undefined {
  const { quantizers } = attributionOf(analysis);
  for (const call of callsOf(analysis, file)) {
    const [width] = call.args;
    const cost = quantizers.get(call.id);
    if (!cost || !width || width.value !== undefined || !hasWidth(call) || !touches(file, width, offset)) continue;
    const text = analysis.program.files.get(file.key)?.text.slice(width.start, width.end) ?? "";
    return { call, span: { start: width.start, end: width.end }, text, cost };
  }
  return undefined;
}

/** The call whose name (not its arguments) touches the offset. */
export function callAt(analysis: RunAnalysis, file: SourceFile, offset: number): CallSite | undefined {
  return callsOf(analysis, file).find(({ calleeSpan }) => touches(file, calleeSpan, offset));
}

function callsOf({ program }: RunAnalysis, { key }: SourceFile): readonly CallSite[] {
  return (program.files.get(key)?.calls ?? []).flatMap((id) => program.calls.get(id) ?? []);
}

function touches(file: SourceFile, span: Span, offset: number): boolean {
  const now = file.spanOf(span);
  return now !== undefined && now.start <= offset && offset <= now.end;
}
