/** The lens with the cheapest next move: which width to make smaller first, and where that is written. */
import { hasWidth } from "../../../../shared/analysis/bit-width-sites.js";
import type { Attribution } from "../../../../shared/cost/attribution.js";
import { cheapestMove, type Move } from "../../../../shared/cost/what-if.js";
import { formatChange } from "../../../../shared/format.js";
import { graphIndex } from "../../../../shared/graph/graph-index.js";
import { editableNumber } from "../../../../shared/sandbox/locate.js";
import type { SourceRange } from "../../../../shared/sandbox/program.js";
import { attributionOf, type RunAnalysis } from "../../models/model-state.js";
import { quantizerName } from "../quantizer-name.js";

export interface NextMove {
  readonly title: string;
  /** What to show: the number to edit, or the quantiser's call when the number is computed. */
  readonly place: SourceRange;
}

const memo = new WeakMap<RunAnalysis, { readonly move: NextMove | undefined }>();

/** `weightQuant in convNormReLU 6→5 bits, 10 layers: −12 % score`; `undefined` when no width can shrink. */
export function nextMove(analysis: RunAnalysis): NextMove | undefined {
  let known = memo.get(analysis);
  if (!known) {
    const { graph, cost, baseline } = analysis;
    const options = { flavor: cost.flavor, discountSparsity: cost.discountSparsity };
    const move = cheapestMove(graph, options, baseline, withWidths(analysis));
    known = { move: move && describe(analysis, move) };
    memo.set(analysis, known);
  }
  return known.move;
}

/** The attribution of what can be edited. */
function withWidths(analysis: RunAnalysis): Pick<Attribution, "quantizers"> {
  const editable = [...attributionOf(analysis).quantizers].filter(([id]) => {
    const call = analysis.program.calls.get(id);
    return call !== undefined && hasWidth(call);
  });
  return { quantizers: new Map(editable) };
}

function describe({ program, graph, score }: RunAnalysis, move: Move): NextMove | undefined {
  const call = program.calls.get(move.call);
  if (!call) return undefined;
  const numbers = move.nodes.map((name) => {
    const origin = graphIndex(graph).nodes.get(name)?.quantizerOrigin;
    return origin && editableNumber(program, origin, [0])?.range;
  });
  const [number] = numbers;
  // Widths that come from several config rows have no one number to show.
  const same = numbers.every((range) => range?.file === number?.file && range?.start === number?.start);
  const layers = move.layers === 1 ? "1 layer" : `${move.layers} layers`;
  const change = formatChange(move.delta / score);
  return {
    title: `${quantizerName(program, call)} ${move.from}→${move.to} bits, ${layers}: ${change} score`,
    place: (same ? number : undefined) ?? call,
  };
}
