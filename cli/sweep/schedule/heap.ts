/** A binary heap: what comes first is found in constant time, whatever the number of items. */
export class Heap<Item> {
  private readonly items: Item[] = [];

  constructor(private readonly isBefore: (a: Item, b: Item) => boolean) {}

  get size(): number {
    return this.items.length;
  }

  push(item: Item): void {
    const { items } = this;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent];
      if (above === undefined || !this.isBefore(item, above)) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  /** Takes the first item; `undefined` when there is none. */
  pop(): Item | undefined {
    const { items } = this;
    const [first] = items;
    const last = items.pop();
    if (last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      const child = this.firstChild(at);
      const below = items[child];
      if (below === undefined || !this.isBefore(below, last)) break;
      items[at] = below;
      at = child;
    }
    items[at] = last;
    return first;
  }

  private firstChild(at: number): number {
    const [left, right] = [this.items[2 * at + 1], this.items[2 * at + 2]];
    return left !== undefined && right !== undefined && this.isBefore(right, left) ? 2 * at + 2 : 2 * at + 1;
  }
}
