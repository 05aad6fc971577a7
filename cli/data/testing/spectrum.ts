/** Power spectra, for tests of generated signals. */
import type { Signal } from "../synthetic/signal.js";

export interface Spectrum {
  /** In cycles per sample, from -0.5. */
  readonly frequencies: Float64Array;
  /** Share of the power at each. */
  readonly power: Float64Array;
}

/**
 * The mean spectrum of signals of one length, a power of two. The window is the four-term Blackman-Harris one (Harris,
 * 1978): what leaks beyond four bins is 92 dB down.
 */
export function meanSpectrum(signals: Iterable<Signal>): Spectrum {
  let sum: Float64Array | undefined;
  for (const signal of signals) {
    const power = periodogram(signal);
    sum = sum?.map((value, bin) => value + (power[bin] ?? 0)) ?? power;
  }
  const all = sum ?? new Float64Array();
  const total = all.reduce((a, b) => a + b, 0);
  return {
    frequencies: all.map((_, bin) => bin / all.length - 0.5),
    power: all.map((value) => value / total),
  };
}

/** Share of the power between two frequencies. */
export function bandPower({ frequencies, power }: Spectrum, low: number, high: number): number {
  return power.reduce((sum, value, bin) => {
    const frequency = frequencies[bin] ?? 0;
    return frequency >= low && frequency <= high ? sum + value : sum;
  }, 0);
}

/** Width of the band around 0 that has this share of the power. */
export function occupiedBandwidth(spectrum: Spectrum, share: number): number {
  const bins = spectrum.power.length;
  for (let half = 0; half < bins / 2; half++) {
    if (bandPower(spectrum, -half / bins, half / bins) >= share) return (2 * half) / bins;
  }
  return 1;
}

function periodogram({ re, im }: Signal): Float64Array {
  const length = re.length;
  const window = [0.35875, -0.48829, 0.14128, -0.01168];
  const weight = (sample: number) =>
    window.reduce((sum, factor, term) => sum + factor * Math.cos((2 * Math.PI * term * sample) / length), 0);
  const values = transform(
    re.map((value, sample) => value * weight(sample)),
    im.map((value, sample) => value * weight(sample)),
  );
  return Float64Array.from({ length }, (_, bin) => {
    const at = (bin + length / 2) % length;
    return (values.re[at] ?? 0) ** 2 + (values.im[at] ?? 0) ** 2;
  });
}

/** The discrete Fourier transform, by halves (Cooley and Tukey, 1965). */
function transform(re: Float64Array, im: Float64Array): Signal {
  const length = re.length;
  if (length === 1) return { re, im };
  const part = (values: Float64Array, odd: 0 | 1) => values.filter((_, index) => index % 2 === odd);
  const even = transform(part(re, 0), part(im, 0));
  const odd = transform(part(re, 1), part(im, 1));
  const out = { re: new Float64Array(length), im: new Float64Array(length) };
  for (let bin = 0; bin < length; bin++) {
    const half = bin % (length / 2);
    const angle = (-2 * Math.PI * bin) / length;
    const [oddRe, oddIm] = [odd.re[half] ?? 0, odd.im[half] ?? 0];
    out.re[bin] = (even.re[half] ?? 0) + oddRe * Math.cos(angle) - oddIm * Math.sin(angle);
    out.im[bin] = (even.im[half] ?? 0) + oddRe * Math.sin(angle) + oddIm * Math.cos(angle);
  }
  return out;
}
