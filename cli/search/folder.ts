/** The folder of a search: what was asked, and what is known so far. A search that was interrupted goes on from it. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { CliError } from "../errors.js";
import { flavors, runners } from "../options.js";
import { writeFileAtomic } from "../output/atomic-file.js";
import { shownPath } from "../output/paths.js";
import {
  isAbsentOr,
  isCount,
  isNumber,
  isRecord,
  isShaped,
  isText,
  isWord,
  parseJson,
} from "../train/checkpoint/guards.js";
import { backendNames } from "../train/run/backends.js";
import { isSchema1, manifestFile, newWorkFolder } from "../train/run/work-folder.js";
import { isPlain } from "../../shared/dsl/plain-values.js";
import { searchObjectives, type SearchOptions } from "./options.js";

/** What determines a search's result; `apply` and the folder itself do not. */
export type SearchSettings = Omit<SearchOptions, "apply" | "out" | "resume" | "goal" | "threads"> & {
  readonly goal: number;
  readonly threads: number;
};

export interface SearchManifest {
  readonly schema: 1;
  readonly tool: string;
  /** `file` is absolute; `sources` is a digest of it and of all that it imports. */
  readonly model: { readonly name: string; readonly file: string; readonly sources: string };
  readonly settings: SearchSettings;
}

export const searchFiles = {
  manifest: "search.json",
  /** Nats by location and width, as far as they are measured. */
  sensitivities: "sensitivities.json",
  /** The run of the recipe, where no weights are named. */
  base: "base",
  candidates: "candidates",
  result: "result.json",
  patch: "widths.patch",
  /** With the extension of what it is a copy of. */
  weights: "model",
} as const;

/** Where a new search is to be. Throws a `CliError` when there is something in it. */
export function newSearchFolder(out: string | undefined, model: string): string {
  const folder = newWorkFolder(out, "searches", model);
  if (existsSync(folder) && readdirSync(folder).length > 0) throw notEmpty(folder);
  return folder;
}

/** Once a folder is locked: throws a `CliError` when another process has begun a search in it meanwhile. */
export function requireNoSearch(folder: string): void {
  if (existsSync(path.join(folder, searchFiles.manifest))) throw notEmpty(folder);
}

function notEmpty(folder: string): CliError {
  return new CliError(
    `${shownPath(folder)} is not an empty folder: choose another one, or go on with the search in it by --resume ${shownPath(folder)}.`,
  );
}

/** By location (`file:offset`) and width. */
export type KnownSensitivities = Readonly<Record<string, Readonly<Record<string, number>>>>;

export function readSensitivities(folder: string): KnownSensitivities {
  const file = path.join(folder, searchFiles.sensitivities);
  return existsSync(file) ? (parseJson(readFileSync(file, "utf8"), isRecord(isRecord(isNumber))) ?? {}) : {};
}

export function writeSensitivities(folder: string, known: KnownSensitivities): void {
  writeFileAtomic(path.join(folder, searchFiles.sensitivities), `${JSON.stringify(known, undefined, 2)}\n`);
}

const isSettings = isShaped<SearchSettings>({
  run: isWord(runners),
  param: isAbsentOr(isRecord(isPlain)),
  goal: isNumber,
  minimise: isWord(searchObjectives),
  weights: isAbsentOr(isText),
  data: isAbsentOr(isText),
  backend: isWord(backendNames),
  threads: isCount,
  limitFrames: isAbsentOr(isCount),
  validation: isAbsentOr(isNumber),
  seed: isAbsentOr(isCount),
  flavor: isWord(flavors),
  minBits: isCount,
  samples: isCount,
  epochs: isCount,
});

const isManifest = isShaped<SearchManifest>({
  schema: isSchema1,
  tool: isText,
  model: isShaped<SearchManifest["model"]>({ name: isText, file: isText, sources: isText }),
  settings: isSettings,
});

/** What the search in a folder is; see `ManifestFile`. */
export const { read: readSearchManifest, write: writeSearchManifest } = manifestFile(
  searchFiles.manifest,
  "search",
  isManifest,
);
