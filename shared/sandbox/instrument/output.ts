/**
 * Text with insertions and deletions, built in one go from left to right. Remembers which pieces were copied
 * from the source, so that a position in the result can be traced back.
 */
export class Output {
  private readonly pieces: string[] = [];
  /** Source offset of each piece, -1 for inserted ones. */
  private readonly origins: number[] = [];
  private cursor = 0;

  constructor(private readonly text: string) {}

  /** Copies the source up to `position`. */
  copyTo(position: number): void {
    if (position <= this.cursor) return;
    this.pieces.push(this.text.slice(this.cursor, position));
    this.origins.push(this.cursor);
    this.cursor = position;
  }

  /** Inserts `inserted` before the source position `at`. Returns the piece's index, for `replace`. */
  insert(at: number, inserted: string): number {
    this.copyTo(at);
    this.origins.push(-1);
    return this.pieces.push(inserted) - 1;
  }

  /** Changes a piece that `insert` put in: what stands there is sometimes known only later. */
  replace(piece: number, inserted: string): void {
    this.pieces[piece] = inserted;
  }

  /** Leaves out the source from `start` to `end`; its line breaks stay unless `lines` is false. */
  erase(start: number, end: number, lines = true): void {
    this.copyTo(start);
    if (end <= this.cursor) return;
    const breaks = lines ? this.text.slice(this.cursor, end).replace(/[^\n]+/g, "") : "";
    this.cursor = end;
    this.origins.push(-1);
    this.pieces.push(` ${breaks}`);
  }

  /** Copies the rest and joins the pieces. */
  finish(): string {
    this.copyTo(this.text.length);
    return this.pieces.join("");
  }

  /** The source offset that an offset of the finished text stems from; within inserted text, the next one. */
  sourceOffset(offset: number): number {
    let before = 0;
    let source = 0;
    for (const [index, piece] of this.pieces.entries()) {
      const origin = this.origins[index] ?? -1;
      const inPiece = offset < before + piece.length;
      if (origin >= 0) {
        if (offset < before) return origin;
        if (inPiece) return origin + offset - before;
        source = origin + piece.length;
      }
      before += piece.length;
    }
    return source;
  }
}
