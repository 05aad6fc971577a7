/** Hover: a layer's whole record at its call, a what-if table at a bit width. */
import type { Hover, Position } from "vscode-languageserver";
import { attributionOf, type RunAnalysis, type ShownModel } from "../models/model-state.js";
import { bitWidthHover, widthExpressionHover } from "./hover/bit-width.js";
import { callHover } from "./hover/layer.js";
import { bitWidthAt, callAt, widthExpressionAt } from "./positions.js";

/** `undefined` where neither a quantiser's bit width nor the name of a called layer or helper is. */
export function hover(shown: ShownModel, file: string, position: Position): Hover | undefined {
  const { analysis, sources } = shown;
  const source = sources.file(file);
  if (!source) return undefined;
  const offset = source.offsetAt(position);
  const width = bitWidthAt(analysis, source, offset);
  if (width?.value !== undefined) return answer(bitWidthHover(analysis, width), source.rangeOf(width));
  const expression = widthExpressionAt(analysis, source, offset);
  if (expression) return answer(widthExpressionHover(analysis, expression), source.rangeOf(expression.span));
  const call = callAt(analysis, source, offset);
  const layers = call && layersOf(analysis, call.id);
  return call && layers && answer(callHover(analysis, call, layers), source.rangeOf(call.calleeSpan));
}

function layersOf(analysis: RunAnalysis, call: number): readonly number[] | undefined {
  const cost = attributionOf(analysis).calls.get(call);
  return cost && cost.layers.length > 0 && call !== analysis.program.modelCall ? cost.layers : undefined;
}

function answer(value: string, range: Hover["range"]): Hover {
  return { contents: { kind: "markdown", value }, ...(range && { range }) };
}
