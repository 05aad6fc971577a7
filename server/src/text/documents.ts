/** The documents that the client has open, with what is needed to follow positions through edits. */
import type { Range, TextDocumentContentChangeEvent, TextDocumentItem } from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { canonicalUri } from "../host/uris.js";
import { mapBetween, OffsetMap, type OffsetEdit } from "./offset-map.js";

/** Beyond this many edits an old position is found by comparing texts; nobody waits that long for a file to parse. */
const maxLoggedEdits = 4096;

export class OpenDocument {
  private document: TextDocument;
  private log: { readonly version: number; readonly edit: OffsetEdit }[] = [];
  /** Texts of this version and later can be followed through `log`. */
  private logStart: number;

  constructor(item: TextDocumentItem) {
    this.document = TextDocument.create(item.uri, item.languageId, item.version, item.text);
    this.logStart = item.version;
  }

  /** As the client spells it. */
  get uri(): string {
    return this.document.uri;
  }

  get version(): number {
    return this.document.version;
  }

  get languageId(): string {
    return this.document.languageId;
  }

  get text(): string {
    return this.document.getText();
  }

  offsetAt(position: Range["start"]): number {
    return this.document.offsetAt(position);
  }

  apply(changes: readonly TextDocumentContentChangeEvent[], version: number): void {
    for (const change of changes) {
      this.log.push({ version, edit: this.offsetEdit(change) });
      this.document = TextDocument.update(this.document, [change], version);
    }
    if (changes.length === 0) this.document = TextDocument.update(this.document, [], version);
    const surplus = this.log.length - maxLoggedEdits;
    if (surplus > 0) {
      const dropped = this.log.splice(0, surplus).at(-1);
      this.logStart = dropped?.version ?? version;
    }
  }

  /** Where offsets of the text of `version` (which was `text`) lie now. */
  mapFrom(version: number | undefined, text: string): OffsetMap {
    if (text === this.text) return OffsetMap.identity;
    if (version === undefined || version < this.logStart) return mapBetween(text, this.text);
    return new OffsetMap(this.log.filter((entry) => entry.version > version).map((entry) => entry.edit));
  }

  private offsetEdit(change: TextDocumentContentChangeEvent): OffsetEdit {
    if (!("range" in change)) {
      const before = this.text;
      const [edit] = mapBetween(before, change.text).list();
      return edit ?? { start: 0, end: 0, length: 0 };
    }
    const start = this.document.offsetAt(change.range.start);
    const replaced = this.document.getText(change.range);
    // Clients may replace more than what differs; positions in the part that stays should stay, too.
    const [edit] = mapBetween(replaced, change.text).list();
    return edit ? { ...edit, start: start + edit.start, end: start + edit.end } : { start, end: start, length: 0 };
  }
}

/** All open documents by canonical URI. */
export class OpenDocuments {
  private readonly documents = new Map<string, OpenDocument>();

  open(item: TextDocumentItem): string {
    const key = canonicalUri(item.uri);
    this.documents.set(key, new OpenDocument(item));
    return key;
  }

  /** Returns the key, or `undefined` when the document was never opened. */
  change(uri: string, changes: readonly TextDocumentContentChangeEvent[], version: number): string | undefined {
    const key = canonicalUri(uri);
    const document = this.documents.get(key);
    document?.apply(changes, version);
    return document && key;
  }

  close(uri: string): string {
    const key = canonicalUri(uri);
    this.documents.delete(key);
    return key;
  }

  get(key: string): OpenDocument | undefined {
    return this.documents.get(key);
  }

  keys(): IterableIterator<string> {
    return this.documents.keys();
  }

  /** The client's spelling of a URI where it has the file open, else the canonical one. */
  clientUri(key: string): string {
    return this.documents.get(key)?.uri ?? key;
  }
}
