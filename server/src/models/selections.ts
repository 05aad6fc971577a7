/** What was picked for single models: by settings with an entry per model, and by the user until the settings change. */
import { pathBelow } from "../host/uris.js";
import { matchesGlob } from "../text/glob.js";

/** The user's choices, by model. A choice holds until the settings say something else than they did then. */
export class Selections<T> {
  private readonly chosen = new Map<string, { readonly value: T; readonly setting: T }>();

  /** `setting` is what the settings say now. */
  select(model: string, value: T, setting: T): void {
    this.chosen.set(model, { value, setting });
  }

  /** The settings count again. */
  forget(model: string): void {
    this.chosen.delete(model);
  }

  /** The value in force. */
  of(model: string, setting: T): T {
    const choice = this.chosen.get(model);
    if (choice === undefined) return setting;
    if (JSON.stringify(choice.setting) === JSON.stringify(setting)) return choice.value;
    this.chosen.delete(model);
    return setting;
  }
}

/**
 * The entry for a model in a setting whose keys are paths or globs relative to a workspace folder, and the folder: the
 * most exact key wins, a plain path over a glob.
 */
export function entryOf<T>(
  model: string,
  entries: Readonly<Record<string, T>>,
  folders: readonly string[],
): { readonly folder: string; readonly value: T } | undefined {
  for (const folder of folders) {
    const relative = pathBelow(folder, model);
    if (relative === undefined) continue;
    const value =
      entries[relative] ??
      entries[`./${relative}`] ??
      Object.entries(entries).find(([glob]) => matchesGlob(glob, relative))?.[1];
    if (value !== undefined) return { folder, value };
  }
  return undefined;
}
