/** A what-if made true: the edits of the text that it stands for. */
import { score } from "../../../../shared/cost/score.js";
import type { ExploreEdit, WhatIf } from "../../../../shared/messages.js";
import type { SourceEdit } from "../../../../shared/problems.js";
import { textEdits, type TextEdit } from "../../../../shared/sandbox/edits.js";
import { isFresh, type ModelState, type ShownModel } from "../../models/model-state.js";
import { placeEdits } from "../placed-edits.js";
import { callParts, rowParts } from "./nodes.js";
import { whatIfReport } from "./what-if.js";
import { namedWidths } from "./widths.js";

/**
 * Widths are written where their numbers stand. A density is nothing that a text can say: training makes it. So the recipe
 * gets what leads there, a pruning stage that aims at the what-if's score.
 */
export function exploreEdit(state: ModelState, whatIf: WhatIf | undefined): ExploreEdit {
  const { shown } = state;
  if (!shown || !isFresh(state)) {
    return refused("The model does not run as it is written now: mend it first, then write the change.");
  }
  if (!whatIf) return refused("There is no change to write: move a slider first.");
  const widths = widthEdits(shown, whatIf.bits);
  const pruning = Object.keys(whatIf.densities).length === 0 ? [] : pruningEdits(state, shown, whatIf);
  if (typeof pruning === "string") return refused(pruning);
  const byFile = placeEdits([...widths, ...pruning], shown.sources);
  if (!byFile) return refused("The text has changed in the meantime: try again.");
  if (byFile.size === 0) return refused("There is no change to write: the sliders say what the text says.");
  return { edits: [...byFile].map(([{ uri, version }, edits]) => ({ uri, version: version ?? null, edits })) };
}

function refused(problem: string): ExploreEdit {
  return { edits: [], problem };
}

function widthEdits(shown: ShownModel, bits: WhatIf["bits"]): TextEdit[] {
  return namedWidths(shown).flatMap(({ id, bits: now, site }): TextEdit[] => {
    const wanted = Object.hasOwn(bits, id) ? bits[id] : undefined;
    if (wanted === undefined || wanted === now || !Number.isInteger(wanted) || wanted < 1) return [];
    const { file, start, end } = site;
    return [{ file, start, end, newText: String(wanted) }];
  });
}

/** The edits, or one sentence that says why there are none. */
function pruningEdits(state: ModelState, shown: ShownModel, whatIf: WhatIf): readonly TextEdit[] | string {
  const { analysis } = shown;
  const { recipe, name } = analysis.definition;
  const rows = rowParts(shown);
  const report = whatIfReport(state, shown, [...(rows ? [rows] : []), callParts(shown)], whatIf);
  if (!report) return "The parts of the model whose density was to change are gone: choose others.";
  if (recipe.length === 0) {
    return `Densities come from pruning, and ${name} has no recipe: give it one with a train stage first.`;
  }
  const target = roundedUp(score(report.totals, analysis.baseline));
  const last = recipe.at(-1);
  const known = last?.kind === "prune" ? (last.options.target as { readonly score?: number } | undefined) : undefined;
  const edits: SourceEdit[] =
    known?.score !== undefined && last?.origin
      ? [{ kind: "setOption", origin: last.origin, path: ["target", "score"], text: target }]
      : [
          { kind: "appendToModelList", path: ["recipe"], text: `prune({ target: { score: ${target} } })` },
          { kind: "ensureImport", names: ["prune"] },
        ];
  return (
    textEdits(analysis.program, edits) ??
    `Densities come from pruning, and the recipe of ${name} is not written as a list: add prune({ target: { score: ${target} } }) to it.`
  );
}

/** Three significant digits, never less than the score itself: the aim must be within reach. */
function roundedUp(value: number): string {
  const rounded = Number(value.toPrecision(3));
  if (rounded >= value) return String(rounded);
  const unit = 10 ** (Math.floor(Math.log10(value)) - 2);
  return String(Number((rounded + unit).toPrecision(3)));
}
