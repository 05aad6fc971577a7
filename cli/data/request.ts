/** Which data is wanted: a model file's `data` together with what the command line says in its place. */
import path from "node:path";
import { modulations } from "../../shared/dsl/data.js";
import type { DataDefinition } from "../../shared/dsl/definition.js";
import { CliError } from "../errors.js";
import { prescribedSplit, type SplitOptions } from "./frames/split.js";
import type { SyntheticSpec } from "./synthetic/source.js";

export type DataRequest =
  | { readonly kind: "synthetic"; readonly spec: SyntheticSpec; readonly split: SplitOptions }
  | { readonly kind: "radioml2018"; readonly file: string; readonly split: SplitOptions }
  | { readonly kind: "folder"; readonly folder: string; readonly options: FolderRequest };

export interface FolderRequest {
  /** Absent: whichever the folder has. */
  readonly format?: "npy" | "csv";
  readonly testFraction: number;
  readonly seed: number;
  readonly classes?: readonly string[];
  /** Of tables. Absent: their first lines tell. */
  readonly header?: boolean;
}

const syntheticDefaults: SyntheticSpec = { framesPerClassAndSnr: 128, seed: 2018 };

/**
 * What to open. `override` is `--data`: `synthetic`, `synthetic:framesPerClassAndSnr=16,seed=3`, an HDF5 file or a folder;
 * filters and the split of the model file's `data` stay in force. Relative paths of the model file are relative to
 * `folder`, those of `override` to the working directory. Without either the generator is used. Throws a `CliError`.
 */
export function dataRequest(
  definition: DataDefinition | undefined,
  { override, folder }: { readonly override?: string; readonly folder: string },
): DataRequest {
  const given = reader(definition?.options ?? {});
  if (override !== undefined) return overridden(override, definition?.source, given);
  const from = (name: string) => path.resolve(folder, name);
  const source = definition?.source ?? "synthetic";
  switch (source) {
    case "synthetic":
      return { kind: "synthetic", spec: syntheticSpec(given), split: splitOptions(given) };
    case "radioml2018": {
      const file = given.text("path");
      if (file === undefined) throw new CliError(noFileMessage);
      return { kind: "radioml2018", file: from(file), split: splitOptions(given) };
    }
    case "npyFolder":
    case "csvFolder": {
      const options = folderRequest(given, source === "npyFolder" ? "npy" : "csv");
      return { kind: "folder", folder: from(given.text("path") ?? "data"), options };
    }
    default:
      throw new CliError(`The data source "${source}" is not known: update quantlens, or use one that it has.`);
  }
}

/** What `--data` names, as it can be named from another folder, too. */
export function absoluteData(data: string): string {
  return generated.test(data) ? data : path.resolve(data);
}

/** `synthetic`, or with its settings behind a colon. */
const generated = /^synthetic(?::(.*))?$/s;

const noFileMessage =
  "The model file asks for RadioML 2018.01A without saying where it is: give the file with --data FILE or " +
  "radioml2018({ path }), or use generated frames with --data synthetic.";

function overridden(override: string, source: string | undefined, given: OptionReader): DataRequest {
  const [, settings] = generated.exec(override) ?? [undefined, undefined];
  if (override === "synthetic" || settings !== undefined) {
    const own = reader(syntheticSettings(settings ?? ""));
    const defaults = source === "synthetic" ? syntheticSpec(given) : syntheticDefaults;
    const minSnr = own.number("minSnr");
    return {
      kind: "synthetic",
      spec: syntheticSpec(own, defaults),
      split: { ...splitOptions(given), ...(minSnr !== undefined && { minSnr }) },
    };
  }
  const file = path.resolve(override);
  if (/\.(?:hdf5|h5)$/i.test(override)) return { kind: "radioml2018", file, split: splitOptions(given) };
  return { kind: "folder", folder: file, options: folderRequest(given) };
}

/** The least and the largest value of each, as in `synthetic()`. */
const syntheticLimits: Readonly<Record<string, readonly [least: number, most: number]>> = {
  framesPerClassAndSnr: [1, 4096],
  seed: [0, 2 ** 32 - 1],
  minSnr: [-20, 30],
};

/** Reads `framesPerClassAndSnr=16,seed=3`. */
function syntheticSettings(text: string): Readonly<Record<string, number>> {
  const settings: Record<string, number> = {};
  for (const setting of text.split(",").filter((part) => part !== "")) {
    const [name = "", value = ""] = setting.split("=", 2).map((part) => part.trim());
    const number = /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
    const [least, most] = Object.hasOwn(syntheticLimits, name) ? (syntheticLimits[name] ?? [1, 0]) : [1, 0];
    if (!(number >= least && number <= most)) throw new CliError(settingProblem(setting));
    settings[name] = number;
  }
  return settings;
}

function settingProblem(setting: string): string {
  const known = Object.entries(syntheticLimits).map(([name, [least, most]]) => `${name} (${least} to ${most})`);
  return (
    `--data synthetic does not understand "${setting}": write ${known.join(", ")} with whole numbers, as in ` +
    "synthetic:framesPerClassAndSnr=16,seed=3."
  );
}

/** The options of a definition, each as the type that it should have. They come from a sandbox, so nothing is sure. */
interface OptionReader {
  number(name: string): number | undefined;
  text(name: string): string | undefined;
  texts(name: string): readonly string[] | undefined;
  object(name: string): OptionReader;
  flag(name: string): boolean | undefined;
}

function reader(options: Readonly<Record<string, unknown>>): OptionReader {
  const value = (name: string) => options[name];
  return {
    number: (name) => numberOf(value(name)),
    text: (name) => textOf(value(name)),
    texts: (name) => {
      const list = value(name);
      return Array.isArray(list) ? list.map(textOf).filter((entry) => entry !== undefined) : undefined;
    },
    object: (name) => {
      const inner = value(name);
      return reader(typeof inner === "object" && inner !== null ? { ...inner } : {});
    },
    flag: (name) => {
      const given = value(name);
      return typeof given === "boolean" ? given : undefined;
    },
  };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function syntheticSpec(given: OptionReader, defaults = syntheticDefaults): SyntheticSpec {
  return {
    framesPerClassAndSnr: given.number("framesPerClassAndSnr") ?? defaults.framesPerClassAndSnr,
    seed: given.number("seed") ?? defaults.seed,
  };
}

/** The division and the filters that `radioml2018` and `synthetic` share. */
function splitOptions(given: OptionReader): SplitOptions {
  const split = given.object("split");
  const minSnr = given.number("minSnr");
  const names = given.texts("modClasses");
  return {
    seed: split.number("seed") ?? prescribedSplit.seed,
    testFraction: split.number("testFraction") ?? prescribedSplit.testFraction,
    ...(minSnr !== undefined && { minSnr }),
    ...(given.flag("filterTestset") === true && { filterTestset: true }),
    ...(names !== undefined && { modulations: modulationNumbers(names) }),
  };
}

function modulationNumbers(names: readonly string[]): ReadonlySet<number> {
  const all: readonly string[] = modulations;
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined || names.length === 0) {
    const found = unknown === undefined ? "names none" : `names "${unknown}"`;
    throw new CliError(`modClasses ${found}: name some of ${all.join(", ")}, or leave it out for all of them.`);
  }
  return new Set(names.map((name) => all.indexOf(name)));
}

function folderRequest(given: OptionReader, format?: "npy" | "csv"): FolderRequest {
  const classes = given.texts("classes");
  const header = given.flag("header");
  return {
    ...(format !== undefined && { format }),
    testFraction: given.number("testFraction") ?? 0.1,
    seed: given.number("seed") ?? prescribedSplit.seed,
    ...(classes !== undefined && { classes }),
    ...(header !== undefined && { header }),
  };
}
