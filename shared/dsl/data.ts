/** Data sources. A model file says what it is trained on; reading the data happens elsewhere. */
import type { DataDefinition } from "./definition.js";
import { describe } from "./describe.js";
import { made } from "./made.js";
import {
  finite,
  flag,
  integer,
  listOf,
  optional,
  readOptions,
  text,
  withoutUndefined,
  type Field,
  type FieldsOf,
} from "./options.js";
import { enter, report, within, type Site } from "./session.js";

/** A data source, made by `radioml2018`, `synthetic`, `npyFolder` or `csvFolder`. */
export type DataSource = DataDefinition;

/** How frames are divided into training and test. */
export interface Split {
  /** Seed of NumPy's legacy generator. The challenge's is 2018. */
  seed?: number;
  /** Share of each modulation and SNR that is for the test, rounded up. The challenge's is 0.1. */
  testFraction?: number;
}

/** Options of `radioml2018`. */
export interface RadioML2018Options {
  /** Training frames below this signal-to-noise ratio, in dB, are left out; the test always has all. Default: none are. */
  minSnr?: number;
  /**
   * The division into training and test. Default `"prescribed"`: seed 2018, of each modulation and SNR 410 of 4096
   * frames for the test. A submission with another one is invalid.
   */
  split?: "prescribed" | Split;
  /** Modulations to train and test on, for quick experiments. Default: all 24. */
  modClasses?: readonly string[];
  /** Leave frames below `minSnr` out of the test too, for quick experiments. Default false. */
  filterTestset?: boolean;
  /** The HDF5 file. Default: asked for when training starts. */
  path?: string;
}

/** Options of `synthetic`. */
export interface SyntheticOptions {
  /** Frames for each modulation and SNR, up to RadioML's 4096. Default 128. */
  framesPerClassAndSnr?: number;
  /** Seed of the generator. Default 2018. */
  seed?: number;
  /** As in `radioml2018`. Default: none are left out. */
  minSnr?: number;
}

/** Options of `npyFolder`, and of `csvFolder`, too. */
export interface FolderOptions {
  /** The folder, relative to the model file. */
  path: string;
  /** Share of the samples that is for the test, when the folder does not divide them itself. Default 0.1. */
  testFraction?: number;
  /** Seed of that division. Default 2018. */
  seed?: number;
  /** Names of the classes, in the order of their numbers. Default: the numbers. */
  classes?: readonly string[];
}

/** Options of `csvFolder`. */
export interface CsvFolderOptions extends FolderOptions {
  /**
   * Whether the first line of each table has names of columns. Default: it has when its first cell is a word; numbers that may
   * be such names are refused.
   */
  header?: boolean;
}

/** The challenge's classes, in the data set's real order (its own `classes.txt` has another one). */
export const modulations = [
  ...["OOK", "4ASK", "8ASK", "BPSK", "QPSK", "8PSK", "16PSK", "32PSK", "16APSK", "32APSK", "64APSK", "128APSK"],
  ...[
    "16QAM",
    "32QAM",
    "64QAM",
    "128QAM",
    "256QAM",
    "AM-SSB-WC",
    "AM-SSB-SC",
    "AM-DSB-WC",
    "AM-DSB-SC",
    "FM",
    "GMSK",
    "OQPSK",
  ],
] as const;

const prescribedSplit = { seed: 2018, testFraction: 0.1 };

const seedField = integer(0, 2018, 2 ** 32 - 1);
const fractionField = finite("a number above 0 and below 1", 0.1, (value) => value > 0 && value < 1);
const snrField = finite("a number of dB from -20 to 30", -20, (value) => value >= -20 && value <= 30);

const splitFields = {
  seed: optional(seedField, prescribedSplit.seed),
  testFraction: optional(fractionField, prescribedSplit.testFraction),
} satisfies FieldsOf<Split>;

const splitField: Field<typeof prescribedSplit> = {
  expects: `"prescribed" or an object such as { seed: 2018, testFraction: 0.1 }`,
  parse: (value, site, name) => {
    if (value === "prescribed") return prescribedSplit;
    return typeof value === "object" && value !== null
      ? readOptions(within(site, name), value, splitFields)
      : undefined;
  },
  required: false,
  guess: prescribedSplit,
};

const namesField = listOf(text("", ""), "a list of names");

const radioml2018Fields = {
  minSnr: optional(snrField, undefined),
  split: splitField,
  modClasses: optional(namesField, undefined),
  filterTestset: flag(false),
  path: optional(text("a file's path", ""), undefined),
} satisfies FieldsOf<RadioML2018Options>;

const syntheticFields = {
  framesPerClassAndSnr: optional(integer(1, 128, 4096), 128),
  seed: optional(seedField, prescribedSplit.seed),
  minSnr: optional(snrField, undefined),
} satisfies FieldsOf<SyntheticOptions>;

const folderFields = {
  path: text("the folder's path", "data"),
  testFraction: optional(fractionField, 0.1),
  seed: optional(seedField, prescribedSplit.seed),
  classes: optional(namesField, undefined),
} satisfies FieldsOf<FolderOptions>;

const csvFolderFields = {
  ...folderFields,
  header: optional(flag(false), undefined),
} satisfies FieldsOf<CsvFolderOptions>;

/**
 * RadioML 2018.01A: 24 modulations at 26 SNRs (-20 to 30 dB, step 2), 4096 frames each of 1024 I/Q samples; the model's
 * input is (N, 2, 1024). The HDF5 file is not shipped.
 */
export function radioml2018(options?: RadioML2018Options): DataSource {
  const site = enter("radioml2018");
  const given = readOptions(site, options, radioml2018Fields);
  const unknown = given.modClasses?.find((name) => !modulations.some((known) => known === name));
  if (unknown !== undefined) {
    const message = `radioml2018 has no modulation ${describe(unknown)}; its modulations are ${modulations.join(", ")}.`;
    report(site, "invalid-option", message, ["modClasses"]);
  }
  const { seed, testFraction } = given.split;
  const prescribed = seed === prescribedSplit.seed && testFraction === prescribedSplit.testFraction;
  return source(site, "radioml2018", { ...given, split: { seed, testFraction, prescribed } });
}

/** Frames of the 24 modulations at the 26 SNRs from the built-in generator, for trying out without RadioML. */
export function synthetic(options?: SyntheticOptions): DataSource {
  const site = enter("synthetic");
  return source(site, "synthetic", readOptions(site, options, syntheticFields));
}

/** A folder of NumPy arrays: `x.npy` (samples, then the model's input shape) and `y.npy` (class numbers). */
export function npyFolder(options: FolderOptions): DataSource {
  const site = enter("npyFolder");
  return source(site, "npyFolder", readOptions(site, options, folderFields));
}

/** A folder of tables: `x.csv` (a row per sample, row-major in the model's input shape) and `y.csv` (class numbers). */
export function csvFolder(options: CsvFolderOptions): DataSource {
  const site = enter("csvFolder");
  return source(site, "csvFolder", readOptions(site, options, csvFolderFields));
}

function source({ origin }: Site, name: string, options: Readonly<Record<string, unknown>>): DataSource {
  return made("data", { source: name, options: withoutUndefined(options), ...(origin && { origin }) });
}
