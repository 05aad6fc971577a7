/** Follows a file that grows by lines: reads what is new, and gives whole lines only. */

/** Reads from an offset, in bytes, at most so many of them; `undefined` where there is no file. */
export interface GrowingFile {
  size(): Promise<number | undefined>;
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface NewLines {
  /** The file is another one, or was cut behind what had been read: the lines begin anew. */
  readonly reset: boolean;
  readonly lines: readonly string[];
  /** There is more: read again. */
  readonly more: boolean;
}

const newline = 0x0a;

/** A process that is killed leaves its last line unfinished; it is read again when it is whole, or was replaced. */
export class LineReader {
  /** End of the last whole line. */
  private offset = 0;
  /** The last bytes before `offset`: they tell whether the file is still the same. */
  private before = new Uint8Array(0);

  /** `block`: bytes per reading. A longer line is skipped. */
  constructor(
    private readonly file: GrowingFile,
    private readonly block = 1 << 20,
  ) {}

  async next(): Promise<NewLines> {
    const size = (await this.file.size()) ?? 0;
    const reset = this.offset > 0 && (size < this.offset || !(await this.isSame()));
    if (reset) {
      this.offset = 0;
      this.before = new Uint8Array(0);
    }
    if (size <= this.offset) return { reset, lines: [], more: false };
    const bytes = await this.file.read(this.offset, Math.min(this.block, size - this.offset));
    const end = bytes.lastIndexOf(newline) + 1;
    if (end === 0) {
      if (bytes.length < this.block) return { reset, lines: [], more: false };
      this.offset += bytes.length;
      return { reset, lines: [], more: true };
    }
    this.offset += end;
    this.before = bytes.slice(Math.max(0, end - 64), end);
    const lines = new TextDecoder().decode(bytes.subarray(0, end)).split("\n").slice(0, -1);
    return { reset, lines, more: this.offset < size && bytes.length === this.block };
  }

  private async isSame(): Promise<boolean> {
    const { before, offset } = this;
    const now = await this.file.read(offset - before.length, before.length);
    return now.length === before.length && now.every((byte, index) => byte === before[index]);
  }
}
