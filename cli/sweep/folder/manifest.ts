/** `sweep.json`: what a sweep is. Written when it begins and never changed. */
import { existsSync } from "node:fs";
import path from "node:path";
import type { SweepDefinition, VariedDefinition } from "../../../shared/dsl/definition.js";
import { isPlain } from "../../../shared/dsl/plain-values.js";
import type { CostFlavor } from "../../../shared/graph/datatype.js";
import { CliError } from "../../errors.js";
import { readInput } from "../../input/files.js";
import { flavors, runners, type RunOptions } from "../../options.js";
import { writeFileAtomic } from "../../output/atomic-file.js";
import { shownPath } from "../../output/paths.js";
import type { BackendName } from "../../train/backend.js";
import {
  isAbsentOr,
  isCount,
  isNumber,
  isRecord,
  isShaped,
  isText,
  isWord,
  parseJson,
  type Guard,
} from "../../train/checkpoint/guards.js";
import { backendNames } from "../../train/run/backends.js";
import type { RowParameters } from "../rows.js";
import type { CostBaseline } from "../tables/result-columns.js";
import { sweepFiles } from "./files.js";

/** What the command line decides about every row. Paths are absolute. */
export interface SweepSettings extends RunOptions {
  /** Values that hold for every row, unless the row has its own. */
  readonly param?: RowParameters;
  readonly backend: BackendName;
  readonly flavor: CostFlavor;
  readonly data?: string;
  readonly epochs?: number;
  readonly limitFrames?: number;
  readonly untilAccuracy?: number;
  readonly seed?: number;
  readonly freezeAfter?: number;
  /** Share of the training data that is held out, above 0 and below 1. */
  readonly validation?: number;
  /** How often a job that failed is tried again. */
  readonly retries: number;
  /** Folder of the stages' results. */
  readonly store: string;
}

export interface SweepManifest {
  readonly schema: 1;
  readonly tool: string;
  /** `file` is absolute; `sha256` is that of the file and all that it imports. */
  readonly model: { readonly name: string; readonly file: string; readonly sha256: string };
  /** The table that the rows come from, its copy in the sweep's folder, and where it is written with its results. */
  readonly table?: {
    readonly file: string;
    readonly sha256: string;
    readonly copy: string;
    readonly computed: string;
    readonly baseline: CostBaseline;
  };
  readonly sweep: SweepDefinition;
  readonly settings: SweepSettings;
}

const maxManifestBytes = 256 * 1024 * 1024;

export function writeSweepManifest(folder: string, manifest: SweepManifest): void {
  writeFileAtomic(path.join(folder, sweepFiles.manifest), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** What the sweep in a folder is. Throws a `CliError` when there is none. */
export function readSweepManifest(folder: string): SweepManifest {
  const file = path.join(folder, sweepFiles.manifest);
  if (!existsSync(file)) {
    throw new CliError(`${shownPath(folder)} has no sweep in it (${sweepFiles.manifest} is missing): check the path.`);
  }
  const manifest = parseJson(new TextDecoder().decode(readInput(file, maxManifestBytes)), isManifest);
  if (manifest !== undefined) return manifest;
  throw new CliError(`${shownPath(file)} is damaged or of another version: begin the sweep anew.`);
}

const isSchema: Guard<1> = (value): value is 1 => value === 1;

const isOptions: Guard<Readonly<Record<string, unknown>>> = (value): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const isVaried: Guard<VariedDefinition> = (value): value is VariedDefinition =>
  isShaped<Extract<VariedDefinition, { kind: "range" }>>({
    kind: isWord(["range"]),
    min: isNumber,
    max: isNumber,
    step: isAbsentOr(isNumber),
    scale: isWord(["linear", "log"]),
  })(value) ||
  isShaped<Extract<VariedDefinition, { kind: "choices" }>>({
    kind: isWord(["choices"]),
    values: (list): list is Extract<VariedDefinition, { kind: "choices" }>["values"] =>
      Array.isArray(list) && list.length > 0 && list.every(isPlain),
  })(value);

/** Whether a definition that came out of a model file is what `sweep` makes. */
export const isSweepDefinition: Guard<SweepDefinition> = isShaped<SweepDefinition>({
  vary: isRecord(isVaried),
  sampler: isShaped<SweepDefinition["sampler"]>({
    kind: isWord(["grid", "random", "tpe", "evolution", "halving", "list"]),
    options: isOptions,
  }),
  budget: isAbsentOr(
    isShaped<NonNullable<SweepDefinition["budget"]>>({
      score: isAbsentOr(isNumber),
      bops: isAbsentOr(isNumber),
      memWBits: isAbsentOr(isNumber),
    }),
  ),
  origin: (value): value is SweepDefinition["origin"] => value === undefined || typeof value === "object",
});

const isSettings = isShaped<SweepSettings>({
  run: isWord(runners),
  param: isAbsentOr(isRecord(isPlain)),
  backend: isWord(backendNames),
  flavor: isWord(flavors),
  data: isAbsentOr(isText),
  epochs: isAbsentOr(isCount),
  limitFrames: isAbsentOr(isCount),
  untilAccuracy: isAbsentOr(isNumber),
  seed: isAbsentOr(isCount),
  freezeAfter: isAbsentOr(isCount),
  validation: isAbsentOr(isNumber),
  retries: isCount,
  store: isText,
});

const isManifest = isShaped<SweepManifest>({
  schema: isSchema,
  tool: isText,
  model: isShaped<SweepManifest["model"]>({ name: isText, file: isText, sha256: isText }),
  table: isAbsentOr(
    isShaped<NonNullable<SweepManifest["table"]>>({
      ...{ file: isText, sha256: isText, copy: isText, computed: isText },
      baseline: isShaped<CostBaseline>({ bops: isNumber, memWBits: isNumber }),
    }),
  ),
  sweep: isSweepDefinition,
  settings: isSettings,
});
