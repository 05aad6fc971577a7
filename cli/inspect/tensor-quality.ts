/** How well a quantiser serves a tensor: what its rounding costs and how much of its range is used. */
import { codeBook } from "../evaluate/integer/code-book.js";
import { atChannel } from "../evaluate/integer/form.js";
import type { QuantizerSpec } from "../train/program.js";
import { levelCounts, type LevelCounts } from "./level-counts.js";

export interface TensorQuality {
  readonly quantizer: string;
  readonly bits: number;
  readonly elements: number;
  /** Least and greatest scale; equal with one scale for the tensor. */
  readonly scale: { readonly min: number; readonly max: number };
  /** Least and greatest value before the quantiser. */
  readonly range: { readonly min: number; readonly max: number };
  /** Signal-to-quantisation-noise ratio in dB, `10 log10(sum x² / sum (x - q)²)`; infinite where nothing is lost. */
  readonly sqnr: number;
  /** Share of elements that are cut off: further outside the range than rounding alone would move them. */
  readonly saturated: number;
  /** Share of elements that are 0 behind the quantiser. */
  readonly zeros: number;
  /** Codes that the quantiser has, and how many of them no element has. */
  readonly codes: number;
  readonly unused: number;
  /** Shannon entropy of the codes, in bits: the width that an ideal code would need. */
  readonly entropy: number;
  /** Positions on the channel axis, and those in which every element is 0. */
  readonly channels: number;
  readonly dead: readonly number[];
  readonly histogram: Histogram;
}

/** Elements by code, `width` neighbouring codes to a bin, the first bin from `first` on. */
export interface Histogram {
  readonly first: number;
  readonly width: number;
  readonly counts: readonly number[];
}

/** More bins than this show no more. */
const mostBins = 256;

export interface QualityCounter {
  /** Takes values before the quantiser. */
  add(values: ArrayLike<number>): void;
  result(): TensorQuality;
}

export interface TensorLayout {
  readonly channels: number;
  /** Position of an element of `add`'s values on the channel axis. */
  readonly channelOf: (index: number) => number;
  /** Which of several scales the element has. */
  readonly scaleIndexOf: (index: number) => number;
}

/** Starts measuring a quantiser with the scale in force. Quantises as the float network does. */
export function qualityCounter(spec: QuantizerSpec, scale: Float64Array, layout: TensorLayout): QualityCounter {
  const book = codeBook(spec);
  const levels = levelCounts(book.count);
  const alive = new Uint8Array(layout.channels);
  let elements = 0;
  let [signal, noise, saturated, zeros] = [0, 0, 0, 0];
  const range = { min: Infinity, max: -Infinity };
  function addValue(value: number, channel: number, step: number): void {
    const index = book.index32(value, step);
    const code = book.code(index) * book.unit;
    elements++;
    signal += value * value;
    noise += (value - code * step) ** 2;
    if (value / step > book.max * book.unit + halfStep || value / step < book.min * book.unit - halfStep) saturated++;
    if (code === 0) zeros++;
    else alive[channel] = 1;
    range.min = Math.min(range.min, value);
    range.max = Math.max(range.max, value);
    levels.add(index);
  }
  return {
    add(values) {
      for (let index = 0; index < values.length; index++) {
        addValue(values[index] ?? 0, layout.channelOf(index), atChannel(scale, layout.scaleIndexOf(index)));
      }
    },
    result: () => {
      const used = levels.used();
      return {
        quantizer: spec.name,
        bits: spec.bits,
        elements,
        scale: { min: Math.min(...scale), max: Math.max(...scale) },
        range: elements === 0 ? { min: 0, max: 0 } : { ...range },
        sqnr: noise === 0 ? Infinity : 10 * Math.log10(signal / noise),
        saturated: share(saturated, elements),
        zeros: share(zeros, elements),
        codes: book.count,
        unused: book.count - used.length,
        entropy: entropyOf(used, elements),
        channels: layout.channels,
        dead: [...alive.keys()].filter((channel) => alive[channel] === 0),
        histogram: histogramOf(used, book.count, (index) => book.code(index)),
      };
    },
  };
}

/** In units of the scale: what rounding to the nearest moves a value at most. */
const halfStep = 0.5;

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

type Levels = ReturnType<LevelCounts["used"]>;

function entropyOf(levels: Levels, elements: number): number {
  let bits = 0;
  for (const [, count] of levels) bits -= (count / elements) * Math.log2(count / elements);
  // A single level gives -0.
  return Math.max(0, bits);
}

function histogramOf(levels: Levels, codes: number, codeOf: (index: number) => number): Histogram {
  const width = Math.ceil(codes / mostBins);
  const counts = new Array<number>(Math.ceil(codes / width)).fill(0);
  for (const [index, count] of levels) {
    const bin = Math.floor(index / width);
    counts[bin] = (counts[bin] ?? 0) + count;
  }
  return { first: codeOf(0), width, counts };
}
