/** The file of a report. */
import path from "node:path";
import { makeFolder, writeFileAtomic } from "../output/atomic-file.js";
import { shownPath } from "../output/paths.js";
import { writeMessage } from "../output/streams.js";

/** Writes a report, with the folders above it, and says where it is. Throws a `CliError` when the system refuses. */
export function writeHtml(file: string, document: string): void {
  const place = path.resolve(file);
  makeFolder(path.dirname(place));
  writeFileAtomic(place, document);
  writeMessage(`The report is ${shownPath(place)}.`);
}
