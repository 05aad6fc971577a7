/**
 * Reads plain data as QuickJS's `JS_WriteObject` writes it: a fifth of the time that `JSON.stringify` takes there, and
 * half the size. What JSON cannot say is read as `JSON.stringify` would write it (no `undefined`, `NaN` as `null`).
 *
 * Layout (quickjs.c, 2025-09-13): version, number of property names, the names, the value. A value is a tag and what
 * belongs to it; lengths and names' indexes are LEB128. Objects that were written before are referred to by index.
 */

const version = 5;

/** `BCTagEnum` of quickjs.c. */
const tags = {
  null: 1,
  undefined: 2,
  false: 3,
  true: 4,
  int32: 5,
  float64: 6,
  string: 7,
  object: 8,
  array: 9,
  objectValue: 18,
  reference: 19,
} as const;

/** Most values in one message, each as often as it is referred to: a few objects can stand for billions. */
const maxValues = 10_000_000;

/** The value in these bytes. Throws a `RangeError` for anything that is no plain data, has cycles or is too large. */
export function readBinaryJson(bytes: Uint8Array): unknown {
  return new Reader(bytes, false).read();
}

/**
 * The same with what JSON cannot say as it was written: `NaN`, `undefined` in arrays and as a property. No object may be
 * in it twice, so that it is no larger than its bytes, and may be changed in place.
 */
export function readBinaryValues(bytes: Uint8Array): unknown {
  return new Reader(bytes, true).read();
}

/** An object or array, and how many values are in it: known when it ends, -1 before. */
interface Entry {
  readonly value: object;
  readonly start: number;
  size: number;
}

class Reader {
  private readonly view: DataView;
  /** All bytes as characters; right for ASCII, which is what nearly all strings are. */
  private readonly ascii: string;
  private readonly names: string[] = [];
  /** In the order in which they begin. */
  private readonly objects: Entry[] = [];
  private values = 0;
  private at = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly isExact: boolean,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.ascii = new TextDecoder("latin1").decode(bytes);
  }

  read(): unknown {
    if (this.byte() !== version) throw new RangeError("The interpreter writes data in a format that is not known.");
    const count = this.unsigned();
    for (let index = 0; index < count; index += 1) this.names.push(this.string());
    return this.value();
  }

  private byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new RangeError("The data end too early.");
    return byte;
  }

  private unsigned(): number {
    const first = this.byte();
    if (first < 128) return first;
    let value = first & 127;
    for (let scale = 128; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  private value(): unknown {
    this.values += 1;
    const tag = this.byte();
    switch (tag) {
      case tags.null:
        return null;
      case tags.undefined:
        return undefined;
      case tags.false:
        return false;
      case tags.true:
        return true;
      case tags.int32: {
        // Zigzag: the lowest bit is the sign.
        const bits = this.unsigned();
        return bits % 2 === 0 ? bits / 2 : -(bits + 1) / 2;
      }
      case tags.float64:
        return this.float();
      case tags.string:
        return this.string();
      case tags.object:
        return this.object();
      case tags.array:
        return this.array();
      case tags.objectValue:
        return this.value();
      case tags.reference:
        return this.reference();
      default:
        throw new RangeError(`The default export has something in it that is no plain data (tag ${tag}).`);
    }
  }

  private float(): number | null {
    const value = this.view.getFloat64(this.at, true);
    this.at += 8;
    return this.isExact || Number.isFinite(value) ? value : null;
  }

  /** Length and width in one number, then one or two bytes per character. */
  private string(): string {
    const header = this.unsigned();
    const length = Math.floor(header / 2);
    const start = this.at;
    this.at += length * (header % 2 === 0 ? 1 : 2);
    if (header % 2 !== 0) return this.characters(start, length, 2);
    for (let at = start; at < this.at; at += 1) {
      if ((this.bytes[at] ?? 0) > 127) return this.characters(start, length, 1);
    }
    return this.ascii.slice(start, this.at);
  }

  private characters(start: number, length: number, width: 1 | 2): string {
    let text = "";
    for (let index = 0; index < length; index += 1) {
      const at = start + index * width;
      text += String.fromCharCode(width === 1 ? this.view.getUint8(at) : this.view.getUint16(at, true));
    }
    return text;
  }

  private object(): object {
    const object: Record<string, unknown> = {};
    const entry = this.begin(object);
    const count = this.unsigned();
    for (let index = 0; index < count; index += 1) {
      const name = this.name();
      const value = this.value();
      if (value === undefined && !this.isExact) continue;
      if (name === "__proto__")
        Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
      else object[name] = value;
    }
    entry.size = this.values - entry.start;
    return object;
  }

  /** An index into the names, or a number that is the name. */
  private name(): string {
    const code = this.unsigned();
    return code % 2 === 0 ? (this.names[code / 2 - 1] ?? "") : String((code - 1) / 2);
  }

  private array(): unknown[] {
    const array: unknown[] = [];
    const entry = this.begin(array);
    const count = this.unsigned();
    for (let index = 0; index < count; index += 1) {
      const value = this.value();
      array.push(value === undefined && !this.isExact ? null : value);
    }
    entry.size = this.values - entry.start;
    return array;
  }

  private begin(value: object): Entry {
    const entry: Entry = { value, start: this.values, size: -1 };
    if (!this.isExact) this.objects.push(entry);
    return entry;
  }

  private reference(): object {
    if (this.isExact) throw new RangeError("An object is in it twice.");
    const entry = this.objects[this.unsigned()];
    if (entry === undefined || entry.size === -1) throw new RangeError("The default export refers to itself.");
    this.values += entry.size;
    if (this.values > maxValues) throw new RangeError("The default export is too large.");
    return entry.value;
  }
}
