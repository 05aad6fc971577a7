/**
 * NumPy's legacy generator (`numpy.random.RandomState(seed)` with an integer seed) as far as the prescribed split needs
 * it: the Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), seeded by `init_genrand`, and `shuffle`.
 */

const stateWords = 624;
const middleWord = 397;

/** One stream of the generator. */
export class LegacyNumpyRandom {
  readonly #state = new Uint32Array(stateWords);
  #position = stateWords;

  /** `seed`: a whole number from 0 to 2^32 - 1. */
  constructor(seed: number) {
    const state = this.#state;
    let previous = seed >>> 0;
    state[0] = previous;
    for (let index = 1; index < stateWords; index++) {
      previous = (Math.imul(1812433253, previous ^ (previous >>> 30)) + index) >>> 0;
      state[index] = previous;
    }
  }

  /** The next 32 bits, as a whole number from 0 to 2^32 - 1. */
  nextUint32(): number {
    if (this.#position === stateWords) this.#refill();
    let bits = this.#state[this.#position++] ?? 0;
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9d2c5680;
    bits ^= (bits << 15) & 0xefc60000;
    return (bits ^ (bits >>> 18)) >>> 0;
  }

  /** A whole number from 0 to `max`: masked to the next power of two less one, and drawn again while it is above. */
  interval(max: number): number {
    if (max === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(max);
    let value = (this.nextUint32() & mask) >>> 0;
    while (value > max) value = (this.nextUint32() & mask) >>> 0;
    return value;
  }

  /** Shuffles in place, as `RandomState.shuffle` does with a list: from the last element to the second. */
  shuffle(values: Uint32Array): void {
    for (let index = values.length - 1; index > 0; index--) {
      const other = this.interval(index);
      const kept = values[index] ?? 0;
      values[index] = values[other] ?? 0;
      values[other] = kept;
    }
  }

  #refill(): void {
    const state = this.#state;
    for (let index = 0; index < stateWords; index++) {
      const next = state[(index + 1) % stateWords] ?? 0;
      const joined = ((state[index] ?? 0) & 0x80000000) | (next & 0x7fffffff);
      const twist = (joined & 1) === 0 ? 0 : 0x9908b0df;
      state[index] = (state[(index + middleWord) % stateWords] ?? 0) ^ (joined >>> 1) ^ twist;
    }
    this.#position = 0;
  }
}
