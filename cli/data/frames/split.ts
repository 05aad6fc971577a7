/** The division of frames into training and test that the challenge prescribes, for any number of frames per group. */
import { LegacyNumpyRandom } from "../random/legacy-numpy.js";
import { frameGroups, type FrameGroup } from "./grid.js";

export interface SplitOptions {
  /** Of NumPy's legacy generator; the challenge's is 2018. */
  readonly seed: number;
  /** Share of each group that is for the test, rounded up; the challenge's is 0.1. */
  readonly testFraction: number;
  /** Training frames below this SNR, in dB, are left out. */
  readonly minSnr?: number;
  /** Leave them out of the test too. */
  readonly filterTestset?: boolean;
  /** Only these modulations (indices into `modulations`). */
  readonly modulations?: ReadonlySet<number>;
}

export const prescribedSplit = { seed: 2018, testFraction: 0.1 } as const;

/** Frames of one part, in the split's order. */
export interface SplitPart {
  /** Numbers of the frames. */
  readonly indices: Uint32Array;
  /** Index into `modulations` of each. */
  readonly labels: Uint16Array;
  /** SNR of each in dB. */
  readonly snrs: Int16Array;
}

/** Frames of a group of `count` that are for the test. */
export function testFrames(count: number, testFraction: number): number {
  // 0.1 * 70 is 7.000000000000001 in floating point, and is 7.
  return Math.ceil(testFraction * count - 1e-9);
}

/**
 * Divides frames. Every group is shuffled in order by one generator, whether its frames are used or not; the first
 * frames of a shuffled group are for the test. So a filter never changes which part a frame belongs to.
 */
export function splitFrames(framesPerGroup: number, options: SplitOptions): { train: SplitPart; test: SplitPart } {
  const { minSnr = -Infinity, filterTestset = false } = options;
  const nTest = testFrames(framesPerGroup, options.testFraction);
  const wanted = ({ modulation }: FrameGroup) => options.modulations?.has(modulation) ?? true;
  const trains = (group: FrameGroup) => wanted(group) && group.snr >= minSnr;
  const tests = (group: FrameGroup) => (filterTestset ? trains(group) : wanted(group));
  const groups = frameGroups(framesPerGroup);
  const train = emptyPart(groups.filter(trains).length * (framesPerGroup - nTest));
  const test = emptyPart(groups.filter(tests).length * nTest);
  const random = new LegacyNumpyRandom(options.seed);
  const shuffled = new Uint32Array(framesPerGroup);
  const filled = { train: 0, test: 0 };
  for (const group of groups) {
    for (let index = 0; index < framesPerGroup; index++) shuffled[index] = group.start + index;
    random.shuffle(shuffled);
    if (tests(group)) filled.test = append(test, filled.test, group, shuffled.subarray(0, nTest));
    if (trains(group)) filled.train = append(train, filled.train, group, shuffled.subarray(nTest));
  }
  return { train, test };
}

function emptyPart(size: number): SplitPart {
  return { indices: new Uint32Array(size), labels: new Uint16Array(size), snrs: new Int16Array(size) };
}

/** Writes a group's frames into the part behind the `filled` first ones; gives how many there are now. */
function append(part: SplitPart, filled: number, { modulation, snr }: FrameGroup, frames: Uint32Array): number {
  const end = filled + frames.length;
  part.indices.set(frames, filled);
  part.labels.fill(modulation, filled, end);
  part.snrs.fill(snr, filled, end);
  return end;
}
