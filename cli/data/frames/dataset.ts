/** Data sets of frames in the strict order of RadioML 2018.01A, whatever reads the frames. */
import { modulations } from "../../../shared/dsl/data.js";
import type { Dataset } from "../dataset.js";
import { frameSamples } from "./grid.js";
import { splitFrames, type SplitOptions } from "./split.js";
import { createSubset, type SampleReader, type SubsetSamples } from "./subset.js";
import { thinnedParts } from "./thin.js";

export interface FrameSetOptions {
  readonly name: string;
  readonly framesPerGroup: number;
  readonly split: SplitOptions;
  /** At most so many frames in both parts together. */
  readonly limitFrames?: number;
  /** Number the chosen modulations from 0 instead of giving them the numbers that they have among all. */
  readonly compactClasses?: boolean;
}

/** A data set over a reader of numbered frames. */
export function frameDataset(reader: SampleReader, options: FrameSetOptions): Dataset {
  const { name, framesPerGroup, split, limitFrames, compactClasses = false } = options;
  const whole = splitFrames(framesPerGroup, split);
  const parts = limitFrames === undefined ? whole : thinnedParts(whole, limitFrames);
  const chosen = modulations.flatMap((_, index) => ((split.modulations?.has(index) ?? true) ? [index] : []));
  const classes = compactClasses ? chosen : [...modulations.keys()];
  const numbers = Uint16Array.from(modulations.keys(), (modulation) => Math.max(0, classes.indexOf(modulation)));
  const subset = (part: SubsetSamples) =>
    createSubset(reader, { ...part, labels: part.labels.map((label) => numbers[label] ?? 0) });
  return {
    name,
    sampleShape: [2, frameSamples],
    classes: classes.map((index) => modulations[index] ?? ""),
    train: subset(parts.train),
    test: subset(parts.test),
    close: () => reader.close(),
  };
}
