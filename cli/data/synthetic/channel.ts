/** What happens between transmitter and receiver: fading with echoes, and a receiver that is not tuned exactly. */
import type { RandomStream } from "../random/stream.js";
import type { Signal } from "./signal.js";

/** The longest delay of an echo, in samples; so many samples before a frame must be known. */
export const longestDelay = 16;
/** Samples between two computed gains of the fading path; between them it is interpolated linearly. */
const gainStep = 32;
/** Scattered waves of the fading path. */
const waveCount = 4;

/**
 * A channel. The direct path is Rician: a steady part and scattered waves whose Doppler shifts are those of directions
 * all around (Clarke, 1968). Echoes are Rayleigh, weaker the later they come, and steady for the frame. Mean power 1 of the
 * direct path.
 */
export interface Channel {
  /** Amplitude of the steady part of the direct path. */
  readonly steady: number;
  /** Amplitude of each scattered wave. */
  readonly scattered: number;
  /** Of each wave: radians per sample, and radians at the first sample. */
  readonly waves: readonly { readonly turn: number; readonly phase: number }[];
  readonly echoes: readonly { readonly delay: number; readonly re: number; readonly im: number }[];
  /** Difference of the carriers in cycles per sample, and phase at the first sample in radians. */
  readonly carrierOffset: number;
  readonly carrierPhase: number;
}

/**
 * Draws a channel: Rician factor 5 to 15 dB, Doppler spread to 2e-4 of the sample rate, two echoes of 1 to 16 samples with
 * a mean power of -8 dB less 0.75 dB per sample, carrier offset to ±0.005 of the sample rate, any phase.
 */
export function drawChannel(random: RandomStream): Channel {
  const rician = 10 ** (random.uniform(5, 15) / 10);
  const doppler = 2 * Math.PI * random.uniform(0, 2e-4);
  const wave = () => ({
    turn: doppler * Math.cos(random.uniform(0, 2 * Math.PI)),
    phase: random.uniform(0, 2 * Math.PI),
  });
  const echo = () => {
    const delay = 1 + random.below(longestDelay);
    const amplitude = Math.sqrt(10 ** ((-8 - 0.75 * delay) / 10) / 2);
    return { delay, re: amplitude * random.gaussian(), im: amplitude * random.gaussian() };
  };
  return {
    steady: Math.sqrt(rician / (rician + 1)),
    scattered: Math.sqrt(1 / (rician + 1) / waveCount),
    waves: Array.from({ length: waveCount }, wave),
    echoes: [echo(), echo()],
    carrierOffset: random.uniform(-0.005, 0.005),
    carrierPhase: random.uniform(0, 2 * Math.PI),
  };
}

/** No fading, no echoes, tuned exactly. */
export const clearChannel: Channel = {
  steady: 1,
  scattered: 0,
  waves: [],
  echoes: [],
  carrierOffset: 0,
  carrierPhase: 0,
};

/** Sends a signal through a channel. `sent` begins `longestDelay` samples before `received`. */
export function transmit(sent: Signal, channel: Channel, received: Signal): void {
  directPath(sent, channel, received);
  for (const echo of channel.echoes) addEcho(sent, echo, received);
  rotate(received, channel);
}

function directPath(sent: Signal, channel: Channel, received: Signal): void {
  const length = received.re.length;
  for (let start = 0; start < length; start += gainStep) {
    const from = directGain(channel, start);
    const to = directGain(channel, start + gainStep);
    const end = Math.min(length, start + gainStep);
    for (let sample = start; sample < end; sample++) {
      const share = (sample - start) / gainStep;
      const gainRe = from.re + share * (to.re - from.re);
      const gainIm = from.im + share * (to.im - from.im);
      const re = sent.re[sample + longestDelay] ?? 0;
      const im = sent.im[sample + longestDelay] ?? 0;
      received.re[sample] = re * gainRe - im * gainIm;
      received.im[sample] = re * gainIm + im * gainRe;
    }
  }
}

function directGain({ steady, scattered, waves }: Channel, sample: number): { re: number; im: number } {
  let re = steady;
  let im = 0;
  for (const { turn, phase } of waves) {
    re += scattered * Math.cos(phase + turn * sample);
    im += scattered * Math.sin(phase + turn * sample);
  }
  return { re, im };
}

function addEcho(sent: Signal, { delay, re, im }: Channel["echoes"][number], received: Signal): void {
  const shift = longestDelay - delay;
  for (let sample = 0; sample < received.re.length; sample++) {
    const sentRe = sent.re[sample + shift] ?? 0;
    const sentIm = sent.im[sample + shift] ?? 0;
    received.re[sample] = (received.re[sample] ?? 0) + sentRe * re - sentIm * im;
    received.im[sample] = (received.im[sample] ?? 0) + sentRe * im + sentIm * re;
  }
}

function rotate({ re, im }: Signal, { carrierOffset, carrierPhase }: Channel): void {
  const turnRe = Math.cos(2 * Math.PI * carrierOffset);
  const turnIm = Math.sin(2 * Math.PI * carrierOffset);
  let phasorRe = Math.cos(carrierPhase);
  let phasorIm = Math.sin(carrierPhase);
  for (let sample = 0; sample < re.length; sample++) {
    const real = re[sample] ?? 0;
    const imaginary = im[sample] ?? 0;
    re[sample] = real * phasorRe - imaginary * phasorIm;
    im[sample] = real * phasorIm + imaginary * phasorRe;
    const turned = phasorRe * turnRe - phasorIm * turnIm;
    phasorIm = phasorRe * turnIm + phasorIm * turnRe;
    phasorRe = turned;
  }
}
