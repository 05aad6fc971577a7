/** A folder of samples as a data set: `x` and `y`, and if it divides them itself `x_test` and `y_test`. */
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import type { Shape } from "../../../shared/graph/graph.js";
import { CliError } from "../../errors.js";
import { shownPath } from "../../output/paths.js";
import type { Dataset } from "../dataset.js";
import { testFrames } from "../frames/split.js";
import { createSubset, type SampleReader, type SubsetSamples } from "../frames/subset.js";
import { thinnedParts } from "../frames/thin.js";
import { LegacyNumpyRandom } from "../random/legacy-numpy.js";
import type { FolderRequest } from "../request.js";
import { openCsv } from "./csv.js";
import { openNpy } from "./npy.js";
import type { Table } from "./table.js";

type Format = "npy" | "csv";

export interface FolderOptions extends FolderRequest {
  /** What the model takes; rows of a CSV file have no shape of their own. */
  readonly sampleShape?: Shape;
  readonly limitFrames?: number;
}

/** Samples with their class numbers. */
interface Samples {
  readonly x: Table;
  readonly labels: Uint16Array;
}

/** Opens a folder. Throws a `CliError`. */
export async function openFolder(folder: string, options: FolderOptions): Promise<Dataset> {
  const format = options.format ?? foundFormat(folder);
  const opened: Table[] = [];
  try {
    const openPart = async (suffix: "" | "_test"): Promise<Samples> => {
      const x = await openTable(folder, `x${suffix}`, format, options);
      opened.push(x);
      return withLabels(x, await openTable(folder, `y${suffix}`, format, options));
    };
    const training = await openPart("");
    const test = hasTest(folder, format) ? await openPart("_test") : undefined;
    return folderDataset(shownPath(folder), format, options, { training, ...(test && { test }) });
  } catch (error) {
    await Promise.all(opened.map(({ reader }) => reader.close()));
    throw error;
  }
}

function folderDataset(
  name: string,
  format: Format,
  options: FolderOptions,
  { training, test }: { readonly training: Samples; readonly test?: Samples },
): Dataset {
  const sampleShape = commonShape(training.x, test?.x, format === "csv" ? options.sampleShape : undefined);
  const classes = classNames([training, ...(test ? [test] : [])], options.classes);
  const whole = test === undefined ? divided(training.labels, options) : givenParts(training, test);
  const parts = options.limitFrames === undefined ? whole : thinnedParts(whole, options.limitFrames);
  const reader = test === undefined ? training.x.reader : joined(training.x, test.x);
  return {
    name,
    sampleShape,
    classes,
    train: createSubset(reader, parts.train),
    test: createSubset(reader, parts.test),
    close: () => reader.close(),
  };
}

function foundFormat(folder: string): Format {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new CliError(
      `${shownPath(folder)} is not a folder: give a folder with x.npy and y.npy, or with x.csv and y.csv.`,
    );
  }
  const format = (["npy", "csv"] as const).find((candidate) => existsSync(path.join(folder, `x.${candidate}`)));
  if (format === undefined) {
    throw new CliError(
      `${shownPath(folder)} has neither x.npy nor x.csv: a folder of samples has x and y in one of these formats.`,
    );
  }
  return format;
}

function hasTest(folder: string, format: Format): boolean {
  const [x, y] = ["x_test", "y_test"].map((name) => existsSync(path.join(folder, `${name}.${format}`)));
  if (x === y) return x === true;
  const [there, missing] = x === true ? ["x_test", "y_test"] : ["y_test", "x_test"];
  throw new CliError(
    `${shownPath(folder)} has ${there}.${format} without ${missing}.${format}: add it, or remove the other.`,
  );
}

function openTable(folder: string, name: string, format: Format, { header }: FolderOptions): Promise<Table> {
  const file = path.join(folder, `${name}.${format}`);
  return format === "npy" ? openNpy(file) : openCsv(file, header);
}

/** Reads the class numbers of samples and closes their table. */
async function withLabels(x: Table, y: Table): Promise<Samples> {
  try {
    if (x.rowShape.length === 0)
      throw new CliError(`${x.file} has one dimension, expected a row of numbers per sample.`);
    if (x.rows === y.rows) return { x, labels: await readLabels(y) };
    throw new CliError(
      `${x.file} has ${x.rows} samples and ${y.file} has ${y.rows} class numbers: they must be as many${headerAdvice(x, y)}.`,
    );
  } finally {
    await y.reader.close();
  }
}

/** A first line of names that are numbers counts as a sample. */
function headerAdvice(x: Table, y: Table): string {
  const isOneOff = x.file.endsWith(".csv") && Math.abs(x.rows - y.rows) === 1;
  return isOneOff ? " (if both begin with a line of names, say csvFolder({ header: true }) in the model file)" : "";
}

/** Class numbers are small: all of them are read at once. */
async function readLabels({ file, rows, reader }: Table): Promise<Uint16Array> {
  if (reader.sampleLength !== 1) {
    throw new CliError(`${file} has ${reader.sampleLength} numbers per sample, expected one: the number of its class.`);
  }
  const values = new Float32Array(rows);
  await reader.read(
    Uint32Array.from({ length: rows }, (_, row) => row),
    values,
  );
  const wrong = values.findIndex((value) => !Number.isInteger(value) || value < 0 || value > 65_535);
  if (wrong < 0) return Uint16Array.from(values);
  throw new CliError(`${file} has ${values[wrong]} for sample ${wrong}, expected the number of a class, 0 or more.`);
}

function commonShape(x: Table, test: Table | undefined, wanted: Shape | undefined): Shape {
  if (test !== undefined && test.rowShape.join() !== x.rowShape.join()) {
    const shapes = [x, test].map(({ rowShape }) => `(${rowShape.join(", ")})`);
    throw new CliError(
      `${x.file} has samples of shape ${shapes[0]} and ${test.file} of shape ${shapes[1]}: they must be alike.`,
    );
  }
  if (wanted === undefined) return x.rowShape;
  const length = wanted.reduce((product, size) => product * size, 1);
  if (length === x.reader.sampleLength) return wanted;
  throw new CliError(
    `${x.file} has ${x.reader.sampleLength} numbers in a row, expected ${length} for the model's input (${wanted.join(", ")}).`,
  );
}

/** The given names, or the numbers up to the largest that occurs. */
function classNames(all: readonly Samples[], given: readonly string[] | undefined): readonly string[] {
  const largest = all.reduce((most, { labels }) => labels.reduce((a, b) => Math.max(a, b), most), 0);
  if (given === undefined) return Array.from({ length: largest + 1 }, (_, label) => String(label));
  if (largest < given.length) return given;
  throw new CliError(
    `${all[0]?.x.file} has samples of class ${largest}, and classes names ${given.length} classes (0 to ${given.length - 1}): name all of them.`,
  );
}

/** Divides every class alike: its samples are shuffled, and the first of them are for the test. */
function divided(
  labels: Uint16Array,
  { seed, testFraction }: FolderRequest,
): { train: SubsetSamples; test: SubsetSamples } {
  const byClass = new Map<number, number[]>();
  labels.forEach((label, sample) => {
    const members = byClass.get(label);
    if (members === undefined) byClass.set(label, [sample]);
    else members.push(sample);
  });
  const random = new LegacyNumpyRandom(seed);
  const train: number[] = [];
  const test: number[] = [];
  for (const [, members] of [...byClass].sort(([a], [b]) => a - b)) {
    const shuffled = Uint32Array.from(members);
    random.shuffle(shuffled);
    const nTest = testFrames(shuffled.length, testFraction);
    shuffled.forEach((sample, at) => (at < nTest ? test : train).push(sample));
  }
  const part = (samples: readonly number[]): SubsetSamples => ({
    indices: Uint32Array.from(samples),
    labels: Uint16Array.from(samples, (sample) => labels[sample] ?? 0),
  });
  return { train: part(train), test: part(test) };
}

/** Training and test as the folder has them; the test's samples are numbered behind the training's. */
function givenParts(training: Samples, test: Samples): { train: SubsetSamples; test: SubsetSamples } {
  const part = ({ x, labels }: Samples, first: number): SubsetSamples => ({
    indices: Uint32Array.from({ length: x.rows }, (_, row) => first + row),
    labels,
  });
  return { train: part(training, 0), test: part(test, training.x.rows) };
}

/** Reads the rows of two tables, the second's numbered behind the first's. A batch is of one of them. */
function joined(first: Table, second: Table): SampleReader {
  return {
    sampleLength: first.reader.sampleLength,
    read: (samples, into) =>
      (samples[0] ?? 0) < first.rows
        ? first.reader.read(samples, into)
        : second.reader.read(
            samples.map((sample) => sample - first.rows),
            into,
          ),
    close: async () => {
      await Promise.all([first.reader.close(), second.reader.close()]);
    },
  };
}
