/** The pulses of the digital modulations, tabulated so that a frame may begin at any moment of a symbol. */

/** Symbols on each side of a pulse's centre; what is beyond is cut off. */
export const pulseReach = 8;
const taps = 2 * pulseReach;
/** Moments per symbol: rounding to one of them is a timing jitter 50 dB below the signal. */
const phases = 512;

/**
 * A pulse g: row `p` holds `g(p / phases + pulseReach - 1 - tap)`, the weights of the symbols around a sample that is
 * `p / phases` of a symbol behind one. Time is in symbols.
 */
export interface PulseTable {
  readonly weights: Float32Array;
}

/** The roll-off factors that frames have. */
export const rollOffs: readonly number[] = Array.from({ length: 16 }, (_, index) => 0.15 + 0.02 * index);

/** The root-raised-cosine pulse of energy 1 at `t` symbols from its centre (Proakis, Digital Communications, 9.2). */
export function rootRaisedCosine(t: number, rollOff: number): number {
  const near = 1e-8;
  if (Math.abs(t) < near) return 1 + rollOff * (4 / Math.PI - 1);
  if (Math.abs(Math.abs(4 * rollOff * t) - 1) < near) {
    const angle = Math.PI / (4 * rollOff);
    return (rollOff / Math.SQRT2) * ((1 + 2 / Math.PI) * Math.sin(angle) + (1 - 2 / Math.PI) * Math.cos(angle));
  }
  const wide = Math.cos(Math.PI * t * (1 + rollOff)) * 4 * rollOff * t;
  const narrow = Math.sin(Math.PI * t * (1 - rollOff));
  return (narrow + wide) / (Math.PI * t * (1 - (4 * rollOff * t) ** 2));
}

/** The table of a root-raised-cosine pulse. */
export function rootRaisedCosineTable(rollOff: number): PulseTable {
  const weights = new Float32Array(phases * taps);
  for (let phase = 0; phase < phases; phase++) {
    for (let tap = 0; tap < taps; tap++) {
      weights[phase * taps + tap] = rootRaisedCosine(phase / phases + pulseReach - 1 - tap, rollOff);
    }
  }
  return { weights };
}

/** When samples are taken: sample `n` is `start + n * step` symbols after the first symbol. */
export interface SampleTimes {
  readonly start: number;
  readonly step: number;
}

/** Symbols that `count` samples reach, with those before and behind whose pulses still matter. */
export function symbolsNeeded(count: number, step: number): number {
  return Math.ceil(count * step) + taps + 2;
}

/**
 * Writes the pulse train `sum over k of symbols[k] * g(t - k)` at the given times into `out`. Times must be at least
 * `pulseReach` symbols behind the first symbol and before the last.
 */
export function shapePulses(
  symbols: Float64Array,
  { weights }: PulseTable,
  times: SampleTimes,
  out: Float64Array,
): void {
  const { start, step } = times;
  for (let sample = 0; sample < out.length; sample++) {
    // Half a phase is added so that cutting off rounds to the nearest one.
    const time = start + sample * step + 0.5 / phases;
    const symbol = Math.floor(time);
    const row = Math.floor((time - symbol) * phases) * taps;
    const first = symbol - pulseReach + 1;
    // Two sums, because each addition has to wait for the one before.
    let even = 0;
    let odd = 0;
    for (let tap = 0; tap < taps; tap += 2) {
      even += (symbols[first + tap] ?? 0) * (weights[row + tap] ?? 0);
      odd += (symbols[first + tap + 1] ?? 0) * (weights[row + tap + 1] ?? 0);
    }
    out[sample] = even + odd;
  }
}

/** Bandwidth of GMSK's Gaussian filter times the symbol duration, as in GSM (3GPP TS 45.004). */
const gmskBandwidthTime = 0.3;
/** Symbols on each side of the centre in which GMSK's phase changes noticeably. */
const phaseReach = 3;

/**
 * How far the phase of a GMSK symbol has turned `t` symbols after its centre, as a share of its full quarter turn: the
 * integral of a rectangle of one symbol through a Gaussian filter (Murota and Hirade, 1981).
 */
export function gmskPhase(t: number): number {
  if (t <= -phaseReach) return 0;
  if (t >= phaseReach) return 1;
  const position = (t + phaseReach) * phases;
  const index = Math.floor(position);
  const before = gmskPhases[index] ?? 1;
  return before + (position - index) * ((gmskPhases[index + 1] ?? 1) - before);
}

/** The integral at multiples of `1 / phases`: Simpson's rule on the frequency pulse, scaled to end at 1. */
const gmskPhases = makeGmskPhases();

function makeGmskPhases(): Float64Array {
  const sigma = Math.sqrt(Math.LN2) / (2 * Math.PI * gmskBandwidthTime);
  const frequency = (t: number) => normalCdf((t + 0.5) / sigma) - normalCdf((t - 0.5) / sigma);
  const count = 2 * phaseReach * phases;
  const integral = new Float64Array(count + 1);
  const width = 1 / phases;
  for (let index = 0; index < count; index++) {
    const t = index * width - phaseReach;
    const area = (frequency(t) + 4 * frequency(t + width / 2) + frequency(t + width)) * (width / 6);
    integral[index + 1] = (integral[index] ?? 0) + area;
  }
  const total = integral[count] ?? 1;
  return integral.map((value) => value / total);
}

/** The normal distribution function: its Taylor series around 0, exact to 1e-15 for |x| < 6 and cut off beyond. */
function normalCdf(x: number): number {
  if (Math.abs(x) > 6) return x < 0 ? 0 : 1;
  let term = x;
  let sum = x;
  for (let odd = 3; Math.abs(term) > 1e-18; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}
