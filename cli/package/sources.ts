/** The model file and the local modules that it imports, by the names that they have in the zip. */
import path from "node:path";
import type { Program } from "../../shared/sandbox/program.js";
import { CliError } from "../errors.js";

/** Folder of the sources in the zip. */
export const sourceFolder = "source";

export interface Sources {
  /** Name in the zip of the model file. */
  readonly entry: string;
  /** Texts by name in the zip. */
  readonly files: ReadonlyMap<string, string>;
}

/** What no system allows in a name, or Windows does not. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const unsafe = /[<>:"|?*\\\0-\x1f]|^ |[ .]$/;

/**
 * Names relative to the deepest folder that holds all files, so that imports from above the model's folder keep their
 * places and no name leaves the zip. Throws a `CliError` for a name that some system could not unpack.
 */
export function packagedSources({ entry, files }: Pick<Program, "entry" | "files">, { sep } = path): Sources {
  const parts = new Map([...files.keys()].map((file) => [file, file.split(sep)]));
  const common = commonFolder([...parts.values()]);
  const nameOf = (file: string): string => {
    const own = (parts.get(file) ?? []).slice(common);
    const wrong = own.find((part) => part === "" || part === ".." || unsafe.test(part));
    if (wrong !== undefined || own.length === 0) {
      throw new CliError(
        `${file} cannot be packaged: "${wrong ?? file}" is no name of a file or folder on every system; rename it, and keep all files on one drive.`,
      );
    }
    return [sourceFolder, ...own].join("/");
  };
  const named = [...files].map(([file, { text }]) => [nameOf(file), text] as const);
  return { entry: nameOf(entry), files: new Map(named) };
}

/** How many leading parts all paths share, the files' own names left out. */
function commonFolder(paths: readonly (readonly string[])[]): number {
  const [first = []] = paths;
  const shortest = Math.min(...paths.map(({ length }) => length - 1));
  const differs = first.findIndex((part, index) => paths.some((own) => own[index] !== part));
  return differs < 0 ? shortest : Math.min(differs, shortest);
}
