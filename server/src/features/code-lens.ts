/** Code lenses on the `defineModel` call. */
import type { CodeLens, Command, Range } from "vscode-languageserver";
import { clientCommands, serverCommands, type RevealRangeArgument } from "../../../shared/command-messages.js";
import type { ClientFeatures } from "../capabilities.js";
import { baseName } from "../host/uris.js";
import { isFresh, type ModelState, type ShownModel } from "../models/model-state.js";
import type { ModelExport } from "../models/export-store.js";
import { exportCommands } from "./code-lens/export.js";
import { nextMove } from "./code-lens/next-move.js";
import { scoreTitle, type BaseModel } from "./code-lens/score.js";

export interface CodeLensOptions {
  /** Canonical URI of the file. */
  readonly file: string;
  readonly commands: ClientFeatures["lensCommands"];
  readonly base: BaseModel | undefined;
  /** What was last exported from the model. */
  readonly exported?: ModelExport | undefined;
}

/**
 * Lenses in the order in which editors show them; empty in files that do not define the model. What was exported stands on
 * a line of its own inside the call: behind the others it would be out of sight.
 */
export function codeLenses(state: ModelState, options: CodeLensOptions): CodeLens[] {
  const { file, commands, base, exported } = options;
  const { shown } = state;
  const call = shown?.analysis.program.calls.get(shown.analysis.program.modelCall ?? -1);
  const source = shown?.sources.file(file);
  const range = call && source?.rangeOf(call);
  if (!shown || !source || !range || call.file !== file) return [];
  const at: Range = { start: range.start, end: range.start };
  const argument = [{ uri: source.uri }];
  const lenses: Command[] = [{ title: scoreTitle(shown.analysis, isFresh(state), base), command: "" }];
  const move = moveCommand(shown, commands);
  if (move) lenses.push(move);
  if (commands === "client") {
    lenses.push(
      { title: weightsTitle(state), command: clientCommands.selectWeights, arguments: argument },
      { title: "Train", command: clientCommands.train, arguments: argument },
      { title: "Prune", command: clientCommands.prune, arguments: argument },
      { title: "Export", command: clientCommands.export, arguments: argument },
    );
  }
  const about = exported ? exportCommands(exported, source.uri) : [];
  const shownAbout = commands === "client" ? about : about.slice(0, 1).map(({ title }) => ({ title, command: "" }));
  const inside = range.end.line > range.start.line ? lineBelow(range) : at;
  return [
    ...lenses.map((command) => ({ range: at, command })),
    ...shownAbout.map((command) => ({ range: inside, command })),
  ];
}

function lineBelow({ start }: Range): Range {
  const position = { line: start.line + 1, character: 0 };
  return { start: position, end: position };
}

function moveCommand({ analysis, sources }: ShownModel, commands: ClientFeatures["lensCommands"]): Command | undefined {
  const move = nextMove(analysis);
  const location = move && sources.locationOf(move.place);
  if (!location) return undefined;
  const reveal: RevealRangeArgument = location;
  if (commands === "none") return { title: move.title, command: "" };
  const command = commands === "client" ? clientCommands.revealRange : serverCommands.showRange;
  return { title: move.title, command, arguments: [reveal] };
}

function weightsTitle({ shown, weightsUri }: ModelState): string {
  if (weightsUri === undefined) return "weights: none (dense)";
  const weights = shown?.analysis.weights;
  const name = baseName(weightsUri);
  if (!weights) return `weights: ${name} cannot be used (dense)`;
  const misfits = weights.mismatches.length;
  return weights.state === "stale" ? `weights: ${name} (stale: ${misfits} do not fit)` : `weights: ${name}`;
}
