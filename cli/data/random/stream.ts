/**
 * Random numbers for generated frames and shuffled orders: independent streams, each named by a few whole numbers, so
 * that what is drawn for one frame does not depend on which frames were made before it, or by whom.
 */

/** A stream of the generator xoshiro128** (Blackman and Vigna, 2018). */
export class RandomStream {
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  /** The stream of these whole numbers: equal numbers give equal streams. */
  constructor(...key: readonly number[]) {
    this.restart(...key);
  }

  /** Starts the stream of another key, as if it were newly made. */
  restart(...key: readonly number[]): void {
    // Two hashes of 32 bits each: among a few million streams one alone would give some pairs the same start.
    let first = 0x243f6a88;
    let second = 0x85a308d3;
    for (const word of key) {
      first = mixed(Math.imul(first ^ (word | 0), 0x9e3779b1));
      second = mixed(Math.imul(second + (word | 0), 0x85ebca77) ^ first);
    }
    this.#a = first;
    this.#b = second;
    this.#c = mixed(first ^ 0x13198a2e);
    // xoshiro's state must not be all zero.
    this.#d = mixed(second + 0x03707344) | 1;
  }

  /** The next 32 bits as a signed number. */
  int32(): number {
    const product = Math.imul(this.#b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** Uniform in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * ((this.int32() >>> 0) * 2 ** -32);
  }

  /** A whole number from 0 to `count` - 1. Exactly uniform for powers of two, to 2^-32 * count otherwise. */
  below(count: number): number {
    return Math.floor((this.int32() >>> 0) * 2 ** -32 * count);
  }

  /** Normal with mean 0 and variance 1, by the ziggurat method (Marsaglia and Tsang, 2000). */
  gaussian(): number {
    for (;;) {
      const bits = this.int32();
      const layer = bits & (layers - 1);
      const x = bits * (ziggurat.widths[layer] ?? 0);
      if (Math.abs(bits) < (ziggurat.inside[layer] ?? 0)) return x;
      if (layer === 0) return this.#tail(bits < 0);
      const upper = ziggurat.heights[layer - 1] ?? 0;
      const lower = ziggurat.heights[layer] ?? 0;
      if (lower + this.uniform() * (upper - lower) < Math.exp(-0.5 * x * x)) return x;
    }
  }

  /** Beyond the last layer: Marsaglia's exact method for the normal tail (1964). */
  #tail(negative: boolean): number {
    for (;;) {
      // 1 - u is above 0, so that the logarithm is finite.
      const x = -Math.log(1 - this.uniform()) / tailStart;
      const y = -Math.log(1 - this.uniform());
      if (y + y >= x * x) return negative ? -(tailStart + x) : tailStart + x;
    }
  }
}

/** The finaliser of MurmurHash3 (Appleby): every input bit changes each output bit with probability near 1/2. */
function mixed(word: number): number {
  let bits = word;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

const layers = 128;
/** Where the tail begins, and the area of each layer, for 128 layers (Marsaglia and Tsang, 2000). */
const tailStart = 3.442619855899;
const layerArea = 9.91256303526217e-3;

const ziggurat = makeZiggurat();

/** Per layer: the factor from 32 signed bits to x, the limit below which x is surely under the curve, and the curve. */
function makeZiggurat() {
  const density = (x: number) => Math.exp(-0.5 * x * x);
  const scale = 2 ** 31;
  const inside = new Float64Array(layers);
  const widths = new Float64Array(layers);
  const heights = new Float64Array(layers);
  const base = layerArea / density(tailStart);
  inside[0] = (tailStart / base) * scale;
  widths[0] = base / scale;
  heights[0] = 1;
  widths[layers - 1] = tailStart / scale;
  heights[layers - 1] = density(tailStart);
  let outer = tailStart;
  for (let layer = layers - 2; layer >= 1; layer--) {
    const inner = Math.sqrt(-2 * Math.log(layerArea / outer + density(outer)));
    inside[layer + 1] = (inner / outer) * scale;
    widths[layer] = inner / scale;
    heights[layer] = density(inner);
    outer = inner;
  }
  inside[1] = 0;
  return { inside, widths, heights };
}
