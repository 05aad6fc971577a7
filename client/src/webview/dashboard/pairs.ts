/** Pairs of numbers that grow by appending, without a copy for each picture. */

export class Pairs {
  private values = new Float64Array(1024);
  private used = 0;

  /** Number of pairs. */
  get length(): number {
    return this.used / 2;
  }

  append(pairs: Float64Array): void {
    const needed = this.used + pairs.length;
    if (needed > this.values.length) {
      const grown = new Float64Array(Math.max(needed, this.values.length * 2));
      grown.set(this.values.subarray(0, this.used));
      this.values = grown;
    }
    this.values.set(pairs, this.used);
    this.used = needed;
  }

  clear(): void {
    this.used = 0;
  }

  /** `x, y, x, y, ...`; valid until the next call of anything here. */
  view(): Float64Array {
    return this.values.subarray(0, this.used);
  }
}
