/** `quantlens search`: the cheapest widths that keep an accuracy, number by number in the source. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { withoutUndefined } from "../../shared/dsl/options.js";
import { formatShare } from "../../shared/format.js";
import { absoluteData } from "../data/request.js";
import { CliError, exitCodes } from "../errors.js";
import { existingFile } from "../input/files.js";
import { evaluateFile } from "../input/load.js";
import { copyFileAtomic, makeFolder, writeFileAtomic, writeFilesAtomic } from "../output/atomic-file.js";
import { shownPath } from "../output/paths.js";
import { writeMessage, writeResult } from "../output/streams.js";
import { sourcesDigest } from "../sweep/plan/sources.js";
import { defaultThreads } from "../train/backend.js";
import { trainableModelOf, type TrainableModel } from "../train/model.js";
import { InterruptedError, withInterrupt } from "../train/run/interrupt.js";
import { lockFolder } from "../train/run/lock.js";
import { refuseOptions } from "../train/run/work-folder.js";
import {
  newSearchFolder,
  requireNoSearch,
  readSearchManifest,
  searchFiles,
  writeSearchManifest,
  type SearchManifest,
  type SearchSettings,
} from "./folder.js";
import type { SearchOptions } from "./options.js";
import { patchOf, resultTable } from "./result.js";
import { runSearch, type SearchOutcome, type SearchParts } from "./run-search.js";

export interface SearchCall {
  /** The model file; not needed to go on with a search. */
  readonly file: string | undefined;
  readonly options: SearchOptions;
  /** Names of the options that were written, for what a search that goes on cannot change. */
  readonly given: readonly string[];
  readonly version: string;
}

/** Searches and prints; gives the exit code: 1 when the network misses the accuracy even as it is written. */
export function search({ file, options, given, version }: SearchCall): Promise<number> {
  if (options.resume !== undefined) {
    const others = given.filter((name) => !["resume", "apply"].includes(name));
    refuseOptions(options.resume, "search", others);
  }
  return withInterrupt(async (signal, atExit) => {
    const begun = await begin(file, options, version);
    const { folder, manifest } = begun;
    makeFolder(folder);
    const unlock = lockFolder(folder);
    atExit(unlock);
    try {
      if (options.resume === undefined) {
        requireNoSearch(folder);
        writeSearchManifest(folder, manifest);
      }
      const outcome = await runSearch({ ...begun, signal, version });
      return outcome === undefined ? missed(begun) : finish(begun, outcome, options.apply);
    } catch (error) {
      if (!(signal.aborted || error instanceof InterruptedError)) throw error;
      writeMessage(`Go on with: quantlens search --resume ${shownPath(folder)}`);
      return exitCodes.interrupted;
    } finally {
      unlock();
    }
  });
}

type Begun = Pick<SearchParts, "folder" | "manifest" | "model" | "program">;

/** A new search, or the one to go on with. Throws a `CliError` when its sources have changed. */
async function begin(file: string | undefined, options: SearchOptions, version: string): Promise<Begun> {
  const { resume } = options;
  const known = resume === undefined ? undefined : readSearchManifest(path.resolve(resume));
  const named = known?.model.file ?? file;
  if (named === undefined)
    throw new CliError("quantlens search needs a model file, or --resume with a search's folder.");
  const entry = existingFile(named);
  const evaluation = await evaluateFile(entry, known?.settings ?? options);
  const sources = sourcesDigest(evaluation.dependencies);
  const model = trainableModelOf(entry, sources, evaluation);
  const { program } = evaluation;
  if (program === undefined) throw new CliError(`${shownPath(entry)} cannot be read.`);
  if (known !== undefined && resume !== undefined) {
    if (known.model.sources === sources) return { folder: path.resolve(resume), manifest: known, model, program };
    throw new CliError(
      `${shownPath(entry)} is not what ${shownPath(resume)} was begun with: undo the change, or begin a new search.`,
    );
  }
  const manifest: SearchManifest = {
    schema: 1,
    tool: `quantlens ${version}`,
    model: { name: model.definition.name, file: entry, sources },
    settings: settingsOf(options, model),
  };
  return { folder: newSearchFolder(options.out, entry), manifest, model, program };
}

/** Decides what the command line leaves open; paths become absolute, since a search may be resumed from elsewhere. */
function settingsOf(options: SearchOptions, { definition }: TrainableModel): SearchSettings {
  const goal = options.goal ?? definition.challenge?.minAccuracy;
  if (goal === undefined) {
    throw new CliError(
      `${definition.name} has no challenge with an accuracy to keep: name one, as in --goal "accuracy>=0.9".`,
    );
  }
  const { run, backend, flavor, minimise, minBits, samples, epochs, data, weights, threads } = options;
  const { param, limitFrames, validation, seed } = options;
  return {
    ...{ goal, run, backend, flavor, minimise, minBits, samples, epochs },
    threads: threads ?? defaultThreads(),
    ...withoutUndefined({
      ...{ param, limitFrames, validation, seed },
      data: data === undefined ? undefined : absoluteData(data),
      weights: weights && path.resolve(weights),
    }),
  };
}

function missed({ folder, manifest }: Begun): number {
  writeMessage(
    `quantlens: The network misses accuracy ${formatShare(manifest.settings.goal)} even with the widths that are written: train it longer, or write wider ones. What was tried is in ${shownPath(folder)}.`,
  );
  return exitCodes.findings;
}

/** Writes what was found, and prints it. */
function finish({ folder, program }: Begun, { result, texts, weights }: SearchOutcome, apply: boolean): number {
  const at = (name: string): string => path.join(folder, name);
  copyFileAtomic(weights, at(searchFiles.weights + path.extname(weights)));
  writeFileAtomic(at(searchFiles.patch), patchOf(program, texts));
  writeFileAtomic(at(searchFiles.result), `${JSON.stringify(result, undefined, 2)}\n`);
  writeResult(resultTable(result));
  const taking = `git apply ${shownPath(at(searchFiles.patch))}`;
  const edited = apply ? [...texts.keys()].find((file) => isEdited(file, program)) : undefined;
  if (texts.size === 0) writeMessage("No width can be made smaller without missing the accuracy.");
  else if (edited !== undefined) {
    writeMessage(
      `quantlens: The widths are not written: ${shownPath(edited)} has changed since the search was begun; take them with ${taking}.`,
    );
  } else if (apply) {
    writeFilesAtomic([...texts].map(([file, content]) => ({ file, content })));
    writeMessage(`The widths are in ${[...texts.keys()].map((name) => shownPath(name)).join(", ")} now.`);
  } else writeMessage(`Take the widths with: ${taking}`);
  writeMessage(`The search is in ${shownPath(folder)}.`);
  return edited === undefined ? exitCodes.clean : exitCodes.findings;
}

/** Whether a file is not any more what the search was begun with: hours may have passed. */
function isEdited(file: string, { files }: Begun["program"]): boolean {
  return !existsSync(file) || readFileSync(file, "utf8") !== files.get(file)?.text;
}
