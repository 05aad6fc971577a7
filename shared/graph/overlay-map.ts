/** A map with some entries replaced, without copying the rest: what-ifs change a handful of thousands. */
export class OverlayMap<K, V> implements ReadonlyMap<K, V> {
  readonly #base: ReadonlyMap<K, V>;
  readonly #changes: ReadonlyMap<K, V>;

  /** `changes` may only have keys that `base` has. */
  constructor(base: ReadonlyMap<K, V>, changes: ReadonlyMap<K, V>) {
    this.#base = base;
    this.#changes = changes;
  }

  get size(): number {
    return this.#base.size;
  }

  get(key: K): V | undefined {
    return this.#changes.get(key) ?? this.#base.get(key);
  }

  has(key: K): boolean {
    return this.#base.has(key);
  }

  *entries(): MapIterator<[K, V]> {
    for (const [key, value] of this.#base) yield [key, this.#changes.get(key) ?? value];
  }

  keys(): MapIterator<K> {
    return this.#base.keys();
  }

  *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  forEach(callback: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.entries()) callback(value, key, this);
  }
}
