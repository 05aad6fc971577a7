/** Document symbols: the tree of calls that made the layers, with costs, as a flame graph would show it. */
import { SymbolKind, type DocumentSymbol, type Range } from "vscode-languageserver";
import { formatBits, formatBops, formatScore, formatShape } from "../../../shared/format.js";
import { outputShape, sumOfLayers } from "../models/layer-costs.js";
import type { RunAnalysis, ShownModel } from "../models/model-state.js";
import type { SourceFile } from "../text/sources.js";
import { callTree, nodeName, type CallTree } from "./call-tree.js";

/** The tree of one file; calls that stand in another file have the range of the call that led there. */
export function documentSymbols(shown: ShownModel, file: string): DocumentSymbol[] {
  const { analysis, sources } = shown;
  const source = sources.file(file);
  const modelCall = analysis.program.calls.get(analysis.program.modelCall ?? -1);
  if (!source || modelCall?.file !== file) return [];
  const range = source.rangeOf(modelCall);
  const selectionRange = source.rangeOf(modelCall.calleeSpan);
  if (!range || !selectionRange) return [];
  const { bops, memWBits } = analysis.cost.totals;
  return [
    {
      name: analysis.definition.name || "model",
      detail: `score ${formatScore(analysis.score)} · ${formatBops(bops)} · ${formatBits(memWBits)}`,
      kind: SymbolKind.Module,
      range,
      selectionRange,
      children: symbolsOf(callTree(analysis), { analysis, source, around: selectionRange }),
    },
  ];
}

interface SymbolContext {
  readonly analysis: RunAnalysis;
  readonly source: SourceFile;
  /** Range for calls that have none in this file. */
  readonly around: Range;
}

function symbolsOf(tree: CallTree, context: SymbolContext): DocumentSymbol[] {
  const { analysis, source } = context;
  return [...tree.children].flatMap(([id, node]): DocumentSymbol[] => {
    const call = analysis.program.calls.get(id);
    if (!call) return [];
    const own = call.file === source.key ? source.rangeOf(call) : undefined;
    const callee = own && source.rangeOf(call.calleeSpan);
    const range = own ?? context.around;
    return [
      {
        name: nodeName(analysis, call, node),
        detail: detailOf(analysis, node),
        kind: node.leaf ? SymbolKind.Function : SymbolKind.Namespace,
        range,
        selectionRange: callee ?? range,
        children: symbolsOf(node, { ...context, around: callee ?? range }),
      },
    ];
  });
}

function detailOf(analysis: RunAnalysis, node: CallTree): string {
  const shape = outputShape(analysis, node.layers.at(-1) ?? -1);
  const { bops, memWBits } = sumOfLayers(analysis, node.layers);
  const parts = [
    ...(shape ? [formatShape(shape)] : []),
    ...(bops > 0 ? [formatBops(bops)] : []),
    ...(memWBits > 0 ? [formatBits(memWBits)] : []),
  ];
  return parts.join(" · ");
}
