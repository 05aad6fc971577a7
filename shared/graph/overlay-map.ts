/** A map with some entries replaced or added, without copying the rest: what-ifs change a handful of thousands. */
export class OverlayMap<K, V> implements ReadonlyMap<K, V> {
  readonly #base: ReadonlyMap<K, V>;
  readonly #changes: ReadonlyMap<K, V>;

  constructor(base: ReadonlyMap<K, V>, changes: ReadonlyMap<K, V>) {
    this.#base = base;
    this.#changes = changes;
  }

  get size(): number {
    let size = this.#base.size;
    for (const key of this.#changes.keys()) if (!this.#base.has(key)) size++;
    return size;
  }

  get(key: K): V | undefined {
    return this.#changes.get(key) ?? this.#base.get(key);
  }

  has(key: K): boolean {
    return this.#changes.has(key) || this.#base.has(key);
  }

  *entries(): MapIterator<[K, V]> {
    for (const [key, value] of this.#base) yield [key, this.#changes.get(key) ?? value];
    for (const entry of this.#changes) if (!this.#base.has(entry[0])) yield entry;
  }

  *keys(): MapIterator<K> {
    for (const [key] of this.entries()) yield key;
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
