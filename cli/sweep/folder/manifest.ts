/** `sweep.json`: what a sweep is. Written when it begins and never changed. */
import type { SweepDefinition, VariedDefinition } from "../../../shared/dsl/definition.js";
import { isPlain } from "../../../shared/dsl/plain-values.js";
import type { CostFlavor } from "../../../shared/graph/datatype.js";
import { flavors, runners, type RunOptions } from "../../options.js";
import type { BackendName } from "../../train/backend.js";
import {
  isAbsentOr,
  isCount,
  isList,
  isNumber,
  isRecord,
  isShaped,
  isText,
  isWord,
  type Guard,
} from "../../train/checkpoint/guards.js";
import { backendNames } from "../../train/run/backends.js";
import { isSchema1, manifestFile } from "../../train/run/work-folder.js";
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
  readonly model: {
    readonly name: string;
    /** Absolute, as all paths. */
    readonly file: string;
    /** The file and all that it imports, and what it looked for in vain. */
    readonly sources: readonly string[];
    /** Of the sources. */
    readonly sha256: string;
  };
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
  schema: isSchema1,
  tool: isText,
  model: isShaped<SweepManifest["model"]>({ name: isText, file: isText, sources: isList(isText), sha256: isText }),
  table: isAbsentOr(
    isShaped<NonNullable<SweepManifest["table"]>>({
      ...{ file: isText, sha256: isText, copy: isText, computed: isText },
      baseline: isShaped<CostBaseline>({ bops: isNumber, memWBits: isNumber }),
    }),
  ),
  sweep: isSweepDefinition,
  settings: isSettings,
});

/** What the sweep in a folder is; see `ManifestFile`. */
export const { read: readSweepManifest, write: writeSweepManifest } = manifestFile(
  sweepFiles.manifest,
  "sweep",
  isManifest,
);
