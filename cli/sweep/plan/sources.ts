/** The model file of a sweep and all that it imports: rows of another text would be another sweep. */
import { readFileSync, statSync } from "node:fs";
import { CliError } from "../../errors.js";
import { shownPath } from "../../output/paths.js";
import { digest } from "../../train/checkpoint/fingerprint.js";
import type { SweepManifest } from "../folder/manifest.js";

/** A digest of the contents of files; one that is not there counts as empty. */
export function sourcesDigest(files: readonly string[]): string {
  const contents = files.toSorted().map((file) => {
    try {
      return digest(readFileSync(file));
    } catch {
      return "";
    }
  });
  return digest(contents.join("\n"));
}

type Begun = Pick<SweepManifest, "model" | "settings">;

/** Throws a `CliError` when the sources are not what they were when the sweep began. */
export function requireUnchanged({ model, settings }: Begun): void {
  if (sourcesDigest(model.sources) === model.sha256) return;
  throw new CliError(
    `${shownPath(model.file)} or a file that it imports has changed since the sweep was begun: undo the change and go on with the sweep, or begin a new one (stages that are the same are taken from the store with --store ${shownPath(settings.store)}).`,
  );
}

/** The same, to be called often: the sources are read when their times or sizes say that they may have changed. */
export function sourcesGuard(begun: Begun): () => void {
  let seen: string | undefined;
  return () => {
    const state = begun.model.sources.map((file) => {
      const stats = statSync(file, { throwIfNoEntry: false });
      return stats && [stats.mtimeMs, stats.size];
    });
    const now = JSON.stringify(state);
    if (now === seen) return;
    requireUnchanged(begun);
    seen = now;
  };
}
