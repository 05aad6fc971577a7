/** From spans of an evaluated program to LSP ranges in the texts as they are now. */
import type { Position, Range } from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { SourceRange, Span } from "../../../shared/sandbox/program.js";
import { OffsetMap } from "./offset-map.js";
import type { OpenDocuments } from "./documents.js";

/** One file of a program: its text at evaluation and now. */
export interface SourceFile {
  readonly key: string;
  /** As the client spells it. */
  readonly uri: string;
  /** True when the text is the one that was evaluated: only then may edits be offered. */
  readonly unchanged: boolean;
  /** Version of the open document, for versioned edits. */
  readonly version: number | undefined;
  /** The current text. */
  readonly text: string;
  /** The span in the current text; `undefined` when its beginning was deleted since. */
  spanOf(span: Span): Span | undefined;
  rangeOf(span: Span): Range | undefined;
  positionAt(offset: number): Position;
  offsetAt(position: Position): number;
}

export interface SourceLocation {
  readonly uri: string;
  readonly range: Range;
}

/** A file as it was read for an evaluation; the version is that of the open document. */
export interface ReadFile {
  readonly text: string;
  readonly version?: number;
}

/** The files that an evaluation read, seen from the texts at the time of its making. Immutable. */
export class Sources {
  private readonly files: ReadonlyMap<string, SourceFile>;

  constructor(read: ReadonlyMap<string, ReadFile>, documents: OpenDocuments) {
    this.files = new Map([...read].map(([key, file]) => [key, sourceFile(key, file, documents)]));
  }

  file(key: string): SourceFile | undefined {
    return this.files.get(key);
  }

  keys(): Iterable<string> {
    return this.files.keys();
  }

  locationOf(place: SourceRange): SourceLocation | undefined {
    const file = this.file(place.file);
    const range = file?.rangeOf(place);
    return file && range && { uri: file.uri, range };
  }
}

function sourceFile(key: string, evaluated: ReadFile, documents: OpenDocuments): SourceFile {
  const open = documents.get(key);
  const text = open?.text ?? evaluated.text;
  const map = open?.mapFrom(evaluated.version, evaluated.text) ?? OffsetMap.identity;
  const lines = TextDocument.create(key, "typescript", 0, text);
  const spanOf = (span: Span): Span | undefined => (map.isIdentity ? span : map.mapSpan(span));
  return {
    key,
    uri: documents.clientUri(key),
    unchanged: map.isIdentity,
    version: open?.version,
    text,
    spanOf,
    rangeOf(span) {
      const moved = spanOf(span);
      return moved && { start: lines.positionAt(moved.start), end: lines.positionAt(moved.end) };
    },
    positionAt: (offset) => lines.positionAt(offset),
    offsetAt: (position) => lines.offsetAt(position),
  };
}
