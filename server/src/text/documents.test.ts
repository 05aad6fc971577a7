import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OpenDocument, OpenDocuments } from "./documents.js";

const open = (text: string): OpenDocument =>
  new OpenDocument({ uri: "file:///a.ts", languageId: "typescript", version: 1, text });
const at = (line: number, character: number) => ({ line, character });

describe("OpenDocument", () => {
  it("applies incremental and full changes", () => {
    const document = open("one\ntwo\n");
    document.apply([{ range: { start: at(1, 0), end: at(1, 3) }, text: "2" }], 2);
    expect(document.text).toBe("one\n2\n");
    document.apply([{ text: "three" }], 3);
    expect([document.text, document.version]).toEqual(["three", 3]);
  });

  it("maps positions of an earlier version", () => {
    const document = open("f(1); g(2);");
    document.apply([{ range: { start: at(0, 2), end: at(0, 3) }, text: "111" }], 2);
    expect(document.mapFrom(1, "f(1); g(2);").mapSpan({ start: 6, end: 10 })).toEqual({ start: 8, end: 12 });
    expect(document.mapFrom(2, document.text).isIdentity).toBe(true);
  });

  it("takes a full change that differs in one place for an edit of that place", () => {
    const document = open("f(1); g(2);");
    document.apply([{ text: "f(111); g(2);" }], 2);
    expect(document.mapFrom(1, "f(1); g(2);").mapSpan({ start: 6, end: 10 })).toEqual({ start: 8, end: 12 });
  });

  it("compares texts where the log does not reach back", () => {
    const document = open("x\ny\n");
    for (let version = 2; version < 4200; version++) {
      document.apply([{ range: { start: at(0, 0), end: at(0, 0) }, text: "." }], version);
    }
    expect(document.mapFrom(1, "x\ny\n").mapSpan({ start: 2, end: 3 })).toEqual({ start: 4200, end: 4201 });
  });

  it("maps what was not touched to the same characters, whatever was edited before it", () => {
    const edit = fc.record({ from: fc.nat(9), to: fc.nat(9), text: fc.string({ maxLength: 4 }) });
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 6 }), (edits) => {
        const document = open("0123456789\nmark");
        edits.forEach(({ from, to, text }, index) => {
          const plain = text.replace(/[\r\n]/g, "");
          const size = document.text.split("\n")[0]?.length ?? 0;
          const range = { start: at(0, Math.min(from, to, size)), end: at(0, Math.min(Math.max(from, to), size)) };
          document.apply([{ range, text: plain }], index + 2);
        });
        const span = document.mapFrom(1, "0123456789\nmark").mapSpan({ start: 11, end: 15 });
        expect(document.text.slice(span?.start, span?.end)).toBe("mark");
      }),
    );
  });
});

describe("OpenDocuments", () => {
  it("knows a document by every spelling of its URI", () => {
    const documents = new OpenDocuments();
    documents.open({ uri: "file:///c%3A/a%20b.ts", languageId: "typescript", version: 1, text: "" });
    expect(documents.get("file:///c:/a%20b.ts")?.uri).toBe("file:///c%3A/a%20b.ts");
    expect(documents.clientUri("file:///c:/a%20b.ts")).toBe("file:///c%3A/a%20b.ts");
    expect(documents.clientUri("file:///other.ts")).toBe("file:///other.ts");
  });

  it("ignores changes of documents that are not open", () => {
    expect(new OpenDocuments().change("file:///a.ts", [], 2)).toBeUndefined();
  });
});
