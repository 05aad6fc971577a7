/** The strict order of frames in RadioML 2018.01A and in generated sets: modulation, then SNR, then frame. */
import { modulations } from "../../../shared/dsl/data.js";

/** Complex samples of a frame. */
export const frameSamples = 1024;
/** Numbers of a frame: I and Q of each sample. */
export const frameLength = 2 * frameSamples;
/** Signal-to-noise ratios in dB, in the order of the file. */
export const snrLevels: readonly number[] = Array.from({ length: 26 }, (_, index) => 2 * index - 20);
/** Pairs of a modulation and an SNR. */
export const groupCount = modulations.length * snrLevels.length;
/** Frames of each modulation at each SNR in RadioML 2018.01A. */
export const radiomlFramesPerGroup = 4096;

/** A group of frames: one modulation at one SNR. */
export interface FrameGroup {
  /** Index into `modulations`. */
  readonly modulation: number;
  /** In dB. */
  readonly snr: number;
  /** Number of its first frame. */
  readonly start: number;
}

/** All groups in order, with `framesPerGroup` frames each. */
export function frameGroups(framesPerGroup: number): readonly FrameGroup[] {
  return Array.from({ length: groupCount }, (_, group) => groupAt(group * framesPerGroup, framesPerGroup));
}

/** The group of a frame, by the frame's number. */
export function groupAt(frame: number, framesPerGroup: number): FrameGroup {
  const group = Math.floor(frame / framesPerGroup);
  return {
    modulation: Math.floor(group / snrLevels.length),
    snr: snrLevels[group % snrLevels.length] ?? 0,
    start: group * framesPerGroup,
  };
}
