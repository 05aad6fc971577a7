/** Digital modulations: random symbols, shaped and sampled at random moments. */
import type { RandomStream } from "../random/stream.js";
import { constellations, type Constellation } from "./constellations.js";
import {
  gmskPhase,
  pulseReach,
  rollOffs,
  rootRaisedCosineTable,
  shapePulses,
  symbolsNeeded,
  type PulseTable,
  type SampleTimes,
} from "./pulses.js";
import type { Signal } from "./signal.js";

/** Samples per symbol are 8, within this share. */
const samplesPerSymbol = 8;
const symbolRateSpread = 0.05;

/** What differs from frame to frame. */
export interface DigitalSettings {
  readonly times: SampleTimes;
  /** Index into `rollOffs`; GMSK has none. */
  readonly rollOff: number;
}

/** Draws the symbol rate, the moment of the first sample within a symbol, and the roll-off. */
export function drawDigitalSettings(random: RandomStream): DigitalSettings {
  const step = 1 / (samplesPerSymbol * (1 + random.uniform(-symbolRateSpread, symbolRateSpread)));
  return { times: { start: pulseReach + random.uniform(), step }, rollOff: random.below(rollOffs.length) };
}

const points = constellations();
const tables = new Map<number, PulseTable>();

function pulseTable(rollOff: number): PulseTable {
  let table = tables.get(rollOff);
  if (table === undefined) tables.set(rollOff, (table = rootRaisedCosineTable(rollOffs[rollOff] ?? 0.35)));
  return table;
}

/** Room for symbols: more than any frame needs. */
const symbols = { re: new Float64Array(512), im: new Float64Array(512) };

/** Symbols drawn for a signal; views that hold until the next draw. */
export function drawSymbols(random: RandomStream, { re, im }: Constellation, count: number): Constellation {
  for (let index = 0; index < count; index++) {
    const point = random.below(re.length);
    symbols.re[index] = re[point] ?? 0;
    symbols.im[index] = im[point] ?? 0;
  }
  return { re: symbols.re.subarray(0, count), im: symbols.im.subarray(0, count) };
}

/** Fills `out` with a linear modulation or GMSK, by name. Its mean power is 1. */
export function modulateDigital(name: string, random: RandomStream, settings: DigitalSettings, out: Signal): void {
  const { times, rollOff } = settings;
  // One symbol more than the times need, for OQPSK's earlier half symbol.
  const count = symbolsNeeded(out.re.length, times.step) + 1;
  if (name === "GMSK") {
    modulateGmsk(drawSymbols(random, antipodal, count).re, times, out);
    return;
  }
  const constellation = points.get(name);
  if (constellation === undefined) throw new RangeError(`${name} is not a digital modulation`);
  const drawn = drawSymbols(random, constellation, count);
  const table = pulseTable(rollOff);
  shapePulses(drawn.re, table, times, out.re);
  if (constellation.im.every((value) => Math.abs(value) < 1e-12)) out.im.fill(0);
  else shapePulses(drawn.im, table, name === "OQPSK" ? { ...times, start: times.start - 0.5 } : times, out.im);
}

const antipodal: Constellation = { re: Float64Array.of(-1, 1), im: Float64Array.of(0, 0) };

/** Gaussian minimum-shift keying: each symbol of ±1 turns the phase by a quarter turn, smoothly, over some symbols. */
function modulateGmsk(bits: Float64Array, { start, step }: SampleTimes, out: Signal): void {
  const reach = 3;
  let settled = 0;
  let firstOpen = 0;
  for (let sample = 0; sample < out.re.length; sample++) {
    const time = start + sample * step;
    // Symbols more than `reach` ago have turned the phase for good.
    while (firstOpen <= time - reach) settled += bits[firstOpen++] ?? 0;
    let quarters = settled;
    for (let index = firstOpen; index < time + reach; index++) quarters += (bits[index] ?? 0) * gmskPhase(time - index);
    const phase = (Math.PI / 2) * quarters;
    out.re[sample] = Math.cos(phase);
    out.im[sample] = Math.sin(phase);
  }
}
