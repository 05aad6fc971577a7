/** A sweep whose rows come from a table. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { SweepDefinition } from "../../shared/dsl/definition.js";
import { copyFileAtomic } from "../output/atomic-file.js";
import type { TrainableModel } from "../train/model.js";
import type { SweepManifest } from "./folder/manifest.js";
import { computedFile } from "./tables/computed-table.js";
import { readTable } from "./tables/table-file.js";
import { tableRows } from "./tables/table-rows.js";

/** What a row knows of its line; its parameters stand in the sampler's rows. */
export interface TableLine {
  readonly line: number;
  readonly problem?: string;
}

/** The rows of a table as a sweep. Throws a `CliError` when the table does not fit the model. */
export function tableSweep(file: string, { definition }: TrainableModel): SweepDefinition {
  const rows = tableRows(readTable(file), definition.parameters);
  const lines = rows.map(({ line, problem }): TableLine => ({ line, ...(problem !== undefined && { problem }) }));
  return {
    vary: {},
    sampler: { kind: "list", options: { rows: rows.map(({ parameters }) => parameters), lines } },
    ...(definition.sweep?.budget && { budget: definition.sweep.budget }),
  };
}

/** What a manifest keeps of a table. */
export function tableEntry(file: string, { baseline }: TrainableModel): NonNullable<SweepManifest["table"]> {
  const absolute = path.resolve(file);
  return {
    file: absolute,
    sha256: createHash("sha256").update(readFileSync(absolute)).digest("hex"),
    copy: `table${path.extname(absolute).toLowerCase()}`,
    computed: computedFile(absolute),
    baseline: { bops: baseline.bops, memWBits: baseline.memWBits },
  };
}

/** Keeps the table as it was when the sweep began. */
export function copyTable(folder: string, { file, copy }: NonNullable<SweepManifest["table"]>): void {
  copyFileAtomic(file, path.join(folder, copy));
}
