/** What the folders of runs, sweeps and searches have in common: where a new one is, and a file that says what it is. */
import { existsSync } from "node:fs";
import path from "node:path";
import { CliError } from "../../errors.js";
import { readInput } from "../../input/files.js";
import { writeFileAtomic } from "../../output/atomic-file.js";
import { shownPath } from "../../output/paths.js";
import { parseJson, type Guard } from "../checkpoint/guards.js";

/** `out`, else `<parent>/<model file's name>-<number>` with the next free number; absolute. Nothing is made yet. */
export function newWorkFolder(out: string | undefined, parent: "runs" | "sweeps" | "searches", model: string): string {
  if (out !== undefined) return path.resolve(out);
  const base = path.basename(model).replace(/(\.model)?\.[^.]+$/, "");
  const name = base.replace(/[^\p{L}\p{N}._-]+/gu, "-");
  for (let number = 1; ; number++) {
    const folder = path.resolve(parent, `${name}-${number}`);
    if (!existsSync(folder)) return folder;
  }
}

type Work = "run" | "sweep" | "search";

/** The rows of a large sweep stand in it. */
const maxManifestBytes = 256 * 1024 * 1024;

/** A file that says what the work in a folder is: written when that begins, and never changed. */
export interface ManifestFile<Manifest> {
  readonly write: (folder: string, manifest: Manifest) => void;
  /** Throws a `CliError` when there is none. */
  readonly read: (folder: string) => Manifest;
}

export function manifestFile<Manifest>(name: string, work: Work, isManifest: Guard<Manifest>): ManifestFile<Manifest> {
  return {
    write(folder, manifest) {
      writeFileAtomic(path.join(folder, name), `${JSON.stringify(manifest, undefined, 2)}\n`);
    },
    read(folder) {
      const file = path.join(folder, name);
      if (!existsSync(file)) {
        throw new CliError(`${shownPath(folder)} has no ${work} in it (${name} is missing): check the path.`);
      }
      const manifest = parseJson(new TextDecoder().decode(readInput(file, maxManifestBytes)), isManifest);
      if (manifest !== undefined) return manifest;
      throw new CliError(`${shownPath(file)} is damaged or of another version: begin the ${work} anew.`);
    },
  };
}

/** Work goes on with its own options. Throws a `CliError` for the first of those that were given. */
export function refuseOptions(folder: string, work: Work, given: readonly string[]): void {
  const [other] = given;
  if (other === undefined) return;
  const flag = other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new CliError(
    `${shownPath(folder)} goes on with the options that it was begun with: leave out --${flag}, or begin a new ${work}.`,
  );
}

/** The version of what a file says. */
export const isSchema1: Guard<1> = (value): value is 1 => value === 1;
