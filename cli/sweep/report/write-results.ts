/** Writes what a sweep came to so far into its folder. */
import path from "node:path";
import { writeFileAtomic } from "../../output/atomic-file.js";
import { sweepFiles } from "../folder/files.js";
import type { SweepView } from "../folder/sweep-view.js";
import type { SweepManifest } from "../folder/manifest.js";
import { writeComputedTable } from "../tables/computed-table.js";
import { odsBytes } from "../tables/write-ods.js";
import { resultColumns } from "./columns.js";
import { csvText } from "./csv.js";
import { sweepReport } from "./html-report.js";
import { resultsOf } from "./results.js";

/** Throws a `CliError` when the disk is full. */
export function writeResults(folder: string, { table }: Pick<SweepManifest, "table">, view: SweepView): void {
  const results = resultsOf(view);
  const columns = resultColumns(results);
  const lines = [columns.map(({ title }) => title), ...results.rows.map((row) => columns.map(({ cell }) => cell(row)))];
  const write = (name: keyof typeof sweepFiles, content: string | Uint8Array): void => {
    writeFileAtomic(path.join(folder, sweepFiles[name]), content);
  };
  write("json", `${JSON.stringify(results, undefined, 2)}\n`);
  write("csv", csvText(lines));
  write("ods", odsBytes(lines));
  write("report", sweepReport(results, view.varied));
  if (table) writeComputedTable({ ...table, copy: path.join(folder, table.copy) }, results);
}
