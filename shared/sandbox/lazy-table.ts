/** A read-only map from ids to entries that are made when they are first asked for. */
export class LazyTable<Value> implements ReadonlyMap<number, Value> {
  private readonly made = new Map<number, Value>();

  constructor(
    private readonly ids: readonly number[],
    /** Makes an entry, or `undefined` for an id that is none of the table's. */
    private readonly make: (id: number) => Value | undefined,
  ) {}

  get size(): number {
    return this.ids.length;
  }

  get(id: number): Value | undefined {
    const known = this.made.get(id);
    if (known !== undefined) return known;
    const value = this.make(id);
    if (value !== undefined) this.made.set(id, value);
    return value;
  }

  has(id: number): boolean {
    return this.get(id) !== undefined;
  }

  *entries(): MapIterator<[number, Value]> {
    for (const id of this.ids) {
      const value = this.get(id);
      if (value !== undefined) yield [id, value];
    }
  }

  *keys(): MapIterator<number> {
    yield* this.ids;
  }

  *values(): MapIterator<Value> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): MapIterator<[number, Value]> {
    return this.entries();
  }

  forEach(callback: (value: Value, key: number, map: ReadonlyMap<number, Value>) => void): void {
    for (const [id, value] of this.entries()) callback(value, id, this);
  }
}
