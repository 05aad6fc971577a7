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

/** A file that is written when the work begins, and never changed. */
export interface ManifestKind<Manifest> {
  readonly file: string;
  readonly work: "run" | "sweep" | "search";
  readonly isManifest: Guard<Manifest>;
}

export function writeManifestIn<Manifest>(folder: string, { file }: ManifestKind<Manifest>, manifest: Manifest): void {
  writeFileAtomic(path.join(folder, file), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** The rows of a large sweep stand in it. */
const maxManifestBytes = 256 * 1024 * 1024;

/** What the work in a folder is. Throws a `CliError` when there is none. */
export function readManifestIn<Manifest>(folder: string, { file, work, isManifest }: ManifestKind<Manifest>): Manifest {
  const place = path.join(folder, file);
  if (!existsSync(place)) {
    throw new CliError(`${shownPath(folder)} has no ${work} in it (${file} is missing): check the path.`);
  }
  const manifest = parseJson(new TextDecoder().decode(readInput(place, maxManifestBytes)), isManifest);
  if (manifest !== undefined) return manifest;
  throw new CliError(`${shownPath(place)} is damaged or of another version: begin the ${work} anew.`);
}

/** Work goes on with its own options. Throws a `CliError` for the first of those that were given. */
export function refuseOptions(folder: string, work: ManifestKind<unknown>["work"], given: readonly string[]): void {
  const [other] = given;
  if (other === undefined) return;
  const flag = other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new CliError(
    `${shownPath(folder)} goes on with the options that it was begun with: leave out --${flag}, or begin a new ${work}.`,
  );
}

/** The version of what a file says. */
export const isSchema1: Guard<1> = (value): value is 1 => value === 1;
