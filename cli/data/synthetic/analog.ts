/** Analogue modulations of a voice-like message. */
import type { RandomStream } from "../random/stream.js";
import type { Signal } from "./signal.js";

/** A telephone channel's band, in hertz (ITU-T G.712: 300 to 3400 Hz). */
const voiceBand = { low: 300, high: 3400 };

/** A message as partials of a voice: frequencies in cycles per sample, amplitudes, phases in radians. */
export interface Message {
  /** The highest frequency there can be. */
  readonly bandwidth: number;
  readonly frequencies: readonly number[];
  readonly amplitudes: readonly number[];
  readonly phases: readonly number[];
}

/**
 * Draws a message. Its 3400 Hz lie at 0.03 to 0.06 of the sample rate. Seven of ten are voiced: harmonics of a pitch of 100
 * to 250 Hz, with three formants over the long-term spectrum of speech (level to 500 Hz, then 9 dB per octave down; Byrne
 * et al., 1994). The others are like fricatives: partials anywhere in the upper band, with Rayleigh amplitudes.
 */
function drawMessage(random: RandomStream): Message {
  const bandwidth = random.uniform(0.03, 0.06);
  const cyclesPerHertz = bandwidth / voiceBand.high;
  const partials = random.uniform() < 0.7 ? drawVoiced(random) : drawUnvoiced(random);
  return {
    bandwidth,
    frequencies: partials.map(({ hertz }) => hertz * cyclesPerHertz),
    amplitudes: partials.map(({ amplitude }) => amplitude),
    phases: partials.map(() => random.uniform(0, 2 * Math.PI)),
  };
}

interface Partial {
  readonly hertz: number;
  readonly amplitude: number;
}

function drawVoiced(random: RandomStream): Partial[] {
  const pitch = random.uniform(100, 250);
  const formants = [
    { centre: random.uniform(300, 800), width: 80 },
    { centre: random.uniform(900, 2200), width: 120 },
    { centre: random.uniform(2300, 3000), width: 160 },
  ];
  const first = Math.ceil(voiceBand.low / pitch);
  const count = Math.floor(voiceBand.high / pitch) - first + 1;
  return Array.from({ length: count }, (_, index) => {
    const hertz = (first + index) * pitch;
    const resonance = formants.reduce((sum, { centre, width }) => sum + 1 / (1 + ((hertz - centre) / width) ** 2), 0.2);
    return { hertz, amplitude: speechLevel(hertz) * resonance };
  });
}

function drawUnvoiced(random: RandomStream): Partial[] {
  return Array.from({ length: 24 }, () => ({
    hertz: random.uniform(1000, voiceBand.high),
    amplitude: Math.hypot(random.gaussian(), random.gaussian()),
  }));
}

/** The long-term average spectrum of speech as an amplitude: 9 dB per octave is a slope of f^-1.5. */
function speechLevel(hertz: number): number {
  return hertz < 500 ? 1 : (hertz / 500) ** -1.5;
}

/** Fills `out` with the analytic signal of a message: the message, and its Hilbert transform as imaginary part. */
export function renderMessage({ frequencies, amplitudes, phases }: Message, out: Signal): void {
  out.re.fill(0);
  out.im.fill(0);
  frequencies.forEach((frequency, partial) => {
    const turnRe = Math.cos(2 * Math.PI * frequency);
    const turnIm = Math.sin(2 * Math.PI * frequency);
    let re = (amplitudes[partial] ?? 0) * Math.cos(phases[partial] ?? 0);
    let im = (amplitudes[partial] ?? 0) * Math.sin(phases[partial] ?? 0);
    for (let sample = 0; sample < out.re.length; sample++) {
      out.re[sample] = (out.re[sample] ?? 0) + re;
      out.im[sample] = (out.im[sample] ?? 0) + im;
      const turned = re * turnRe - im * turnIm;
      im = re * turnIm + im * turnRe;
      re = turned;
    }
  });
}

/** What differs from frame to frame besides the message. */
export interface AnalogSettings {
  readonly message: Message;
  /** Of the modulations with carrier: the largest excursion as a share of the carrier. */
  readonly depth: number;
  /** 1: the upper sideband, -1: the lower. */
  readonly sideband: 1 | -1;
  /** Of FM: the peak frequency deviation as a multiple of the message's bandwidth. */
  readonly deviationRatio: number;
}

export function drawAnalogSettings(random: RandomStream): AnalogSettings {
  return {
    message: drawMessage(random),
    depth: random.uniform(0.5, 1),
    sideband: random.uniform() < 0.5 ? 1 : -1,
    deviationRatio: random.uniform(1, 3),
  };
}

/** Fills `out` with an analogue modulation, by name. Its power is whatever comes out. */
export function modulateAnalog(name: string, settings: AnalogSettings, out: Signal): void {
  renderMessage(settings.message, out);
  switch (name) {
    case "AM-DSB-SC":
      out.im.fill(0);
      return;
    case "AM-DSB-WC":
      out.im.fill(0);
      addCarrier(out, settings.depth);
      return;
    case "AM-SSB-SC":
      selectSideband(out, settings.sideband);
      return;
    case "AM-SSB-WC":
      selectSideband(out, settings.sideband);
      addCarrier(out, settings.depth);
      return;
    case "FM":
      modulateFrequency(out, settings.deviationRatio * settings.message.bandwidth);
      return;
    default:
      throw new RangeError(`${name} is not an analogue modulation`);
  }
}

/** The analytic signal has only positive frequencies: it is the upper sideband, its conjugate the lower. */
function selectSideband({ im }: Signal, sideband: 1 | -1): void {
  for (let sample = 0; sample < im.length; sample++) im[sample] = (im[sample] ?? 0) * sideband;
}

/** A carrier of 1 beside the message, whose largest magnitude becomes `depth`. */
function addCarrier({ re, im }: Signal, depth: number): void {
  const factor = depth / largestMagnitude(re, im);
  for (let sample = 0; sample < re.length; sample++) {
    re[sample] = 1 + (re[sample] ?? 0) * factor;
    im[sample] = (im[sample] ?? 0) * factor;
  }
}

/** Turns the phase by the message, whose largest magnitude becomes `deviation` cycles per sample. */
function modulateFrequency({ re, im }: Signal, deviation: number): void {
  im.fill(0);
  const factor = (2 * Math.PI * deviation) / largestMagnitude(re, im);
  let phase = 0;
  for (let sample = 0; sample < re.length; sample++) {
    phase += (re[sample] ?? 0) * factor;
    re[sample] = Math.cos(phase);
    im[sample] = Math.sin(phase);
  }
}

function largestMagnitude(re: Float64Array, im: Float64Array): number {
  let largest = 0;
  for (let sample = 0; sample < re.length; sample++) {
    const real = re[sample] ?? 0;
    const imaginary = im[sample] ?? 0;
    largest = Math.max(largest, real * real + imaginary * imaginary);
  }
  return Math.sqrt(largest);
}
