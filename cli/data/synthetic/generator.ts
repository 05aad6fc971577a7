/** Generated frames: a modulation through a channel, with noise at an exact ratio. */
import { modulations } from "../../../shared/dsl/data.js";
import { frameSamples } from "../frames/grid.js";
import { RandomStream } from "../random/stream.js";
import { drawAnalogSettings, modulateAnalog } from "./analog.js";
import { drawChannel, longestDelay, transmit } from "./channel.js";
import { drawDigitalSettings, modulateDigital } from "./digital.js";
import { meanPower, newSignal, setPower, type Signal } from "./signal.js";

/** Names one frame of a generated set. */
export interface FrameName {
  /** Index into `modulations`. */
  readonly modulation: number;
  /** In dB. */
  readonly snr: number;
  /** Number among the frames of its modulation and SNR. */
  readonly index: number;
}

/** A frame's received signal and its noise, apart; the frame is their sum, of mean power 1. */
export interface FrameParts {
  readonly signal: Signal;
  readonly noise: Signal;
}

const analogue: ReadonlySet<string> = new Set(["AM-SSB-WC", "AM-SSB-SC", "AM-DSB-WC", "AM-DSB-SC", "FM"]);

/**
 * Makes the frames of a seed. Each has a random stream of its own, of (seed, modulation, SNR, index): which frames are made
 * before it or by which thread does not change it. The returned arrays are used again for the next frame.
 */
export function frameGenerator(seed: number): (name: FrameName) => FrameParts {
  const random = new RandomStream();
  const sent = newSignal(frameSamples + longestDelay);
  const parts = { signal: newSignal(frameSamples), noise: newSignal(frameSamples) };
  return ({ modulation, snr, index }) => {
    random.restart(seed, modulation, snr, index);
    renderSent(modulations[modulation] ?? "", random, sent);
    transmit(sent, drawChannel(random), parts.signal);
    renderNoise(random, parts.noise);
    // The ratio is between the frame's own powers, so it is exact in every frame and not only on average.
    setPower(parts.signal, 1);
    setPower(parts.noise, 10 ** (-snr / 10));
    normalize(parts);
    return parts;
  };
}

/** Fills `out` with a signal as it is sent. */
function renderSent(name: string, random: RandomStream, out: Signal): void {
  if (analogue.has(name)) modulateAnalog(name, drawAnalogSettings(random), out);
  else modulateDigital(name, random, drawDigitalSettings(random), out);
}

function renderNoise(random: RandomStream, { re, im }: Signal): void {
  for (let sample = 0; sample < re.length; sample++) {
    re[sample] = random.gaussian();
    im[sample] = random.gaussian();
  }
}

/** Scales both parts alike so that their sum has mean power 1. */
function normalize({ signal, noise }: FrameParts): void {
  let total = 0;
  for (let sample = 0; sample < frameSamples; sample++) {
    const re = (signal.re[sample] ?? 0) + (noise.re[sample] ?? 0);
    const im = (signal.im[sample] ?? 0) + (noise.im[sample] ?? 0);
    total += re * re + im * im;
  }
  const factor = frameSamples / total;
  setPower(signal, meanPower(signal) * factor);
  setPower(noise, meanPower(noise) * factor);
}
