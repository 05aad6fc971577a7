/** Paths as they are shown. */
import path from "node:path";

/** Relative to the working directory unless the absolute one is shorter. */
export function shownPath(file: string, from = process.cwd()): string {
  const relative = path.relative(from, file);
  return (relative !== "" && relative.length < file.length ? relative : file).split(path.sep).join("/");
}
