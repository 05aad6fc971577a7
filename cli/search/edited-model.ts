/** A model file with other widths: the texts as they would be, and the model that they define. Nothing is written. */
import { textEdits, type TextEdit } from "../../shared/sandbox/edits.js";
import type { Program } from "../../shared/sandbox/program.js";
import { graphIndex } from "../../shared/graph/graph-index.js";
import type { Graph } from "../../shared/graph/graph.js";
import { filesOnDisk } from "../input/host.js";
import { evaluateFile } from "../input/load.js";
import { digest } from "../train/checkpoint/fingerprint.js";
import { trainableModelOf, type TrainableModel } from "../train/model.js";
import type { RunOptions } from "../options.js";
import type { Location } from "./locations.js";

/** A program's files after edits. */
export interface EditedTexts {
  readonly edits: readonly TextEdit[];
  /** New texts by file; files without edits are not among them. */
  readonly texts: ReadonlyMap<string, string>;
}

/** The edits that give locations these widths. Throws when a place is not there any more. */
export function editedTexts(
  program: Program,
  graph: Graph,
  locations: readonly Location[],
  bits: readonly number[],
): EditedTexts {
  const { nodes } = graphIndex(graph);
  const wanted = locations.flatMap(({ site }, index) => {
    const origin = nodes.get(site.nodes[0] ?? "")?.quantizerOrigin;
    const width = bits[index];
    if (origin === undefined || width === undefined || width === site.value) return [];
    return [{ kind: "setOption" as const, origin, path: [0], text: String(width) }];
  });
  const edits = textEdits(program, wanted);
  if (edits === undefined) throw new Error("a width of the search stands nowhere in the source");
  const texts = new Map<string, string>();
  // From the end to the start, so that offsets stay what they are.
  for (const { file, start, end, newText } of edits.toReversed()) {
    const text = texts.get(file) ?? program.files.get(file)?.text ?? "";
    texts.set(file, text.slice(0, start) + newText + text.slice(end));
  }
  return { edits, texts };
}

/**
 * Runs the edited model file; files without edits are as the program has them, whatever becomes of them on the disk. Throws a
 * `CliError` when it does not run with these widths.
 */
export async function loadEdited(
  file: string,
  options: RunOptions,
  { files }: Pick<Program, "files">,
  texts: ReadonlyMap<string, string>,
): Promise<TrainableModel> {
  const evaluation = await evaluateFile(file, options, {
    ...filesOnDisk,
    readFile: async (name) => texts.get(name) ?? files.get(name)?.text ?? (await filesOnDisk.readFile(name)),
  });
  return trainableModelOf(file, digest(JSON.stringify([...texts])), evaluation);
}
