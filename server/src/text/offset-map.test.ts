import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mapBetween, OffsetMap, type OffsetEdit } from "./offset-map.js";

/** Applies edits to a text in which `[` and `]` are the span; `typed` is what each edit inserts. */
function mapped(text: string, edits: readonly { find: string; put: string }[]): string {
  let current = text.replace(/[[\]]/g, "");
  const span = { start: text.indexOf("["), end: text.indexOf("]") - 1 };
  const list: OffsetEdit[] = [];
  for (const { find, put } of edits) {
    const start = current.indexOf(find);
    list.push({ start, end: start + find.length, length: put.length });
    current = current.slice(0, start) + put + current.slice(start + find.length);
  }
  const result = new OffsetMap(list).mapSpan(span);
  return result
    ? `${current.slice(0, result.start)}[${current.slice(result.start, result.end)}]${current.slice(result.end)}`
    : "gone";
}

describe("OffsetMap", () => {
  it.each<[string, string, { find: string; put: string }[], string]>([
    ["moves behind an insertion", "a [f(1)] b", [{ find: "a", put: "aaa" }], "aaa [f(1)] b"],
    ["stays before an insertion", "a [f(1)] b", [{ find: "b", put: "bbb" }], "a [f(1)] bbb"],
    ["grows with what is typed inside", "a [f(1)] b", [{ find: "1", put: "123" }], "a [f(123)] b"],
    ["does not take in what is typed behind it", "a [f(1)]; b", [{ find: ";", put: "!;" }], "a [f(1)]!; b"],
    ["loses a deleted end", "a [f(1)] b", [{ find: ")", put: "" }], "a [f(1] b"],
    ["ends where a deletion across its end was", "a [f(1, 2)] b", [{ find: "2) b", put: "" }], "a [f(1, ]"],
    ["goes with a deleted start", "a [f(1)] b", [{ find: "f(", put: "" }], "gone"],
    ["goes when all of it is deleted", "a [f(1)] b", [{ find: " f(1) ", put: "" }], "gone"],
    ["stays when its name is rewritten", "a [f(1)] b", [{ find: "f", put: "gh" }], "a [gh(1)] b"],
    [
      "follows edits one after the other",
      "a [f(1)] b",
      [
        { find: "a", put: "" },
        { find: "1", put: "" },
        { find: " b", put: "c" },
      ],
      " [f()]c",
    ],
  ])("%s", (_name, text, edits, expected) => {
    expect(mapped(text, edits)).toBe(expected);
  });

  it("keeps spans inside the text whatever is edited", () => {
    const edit = fc.record({ at: fc.nat(40), remove: fc.nat(10), insert: fc.nat(10) });
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 8 }), fc.nat(30), fc.nat(10), (edits, start, length) => {
        let size = 40;
        const list = edits.map(({ at, remove, insert }) => {
          const from = Math.min(at, size);
          const to = Math.min(from + remove, size);
          size += insert - (to - from);
          return { start: from, end: to, length: insert };
        });
        const span = new OffsetMap(list).mapSpan({ start, end: start + length });
        if (!span) return true;
        return span.start >= 0 && span.start <= span.end && span.end <= size;
      }),
    );
  });
});

describe("mapBetween", () => {
  it("finds the one region that differs", () => {
    expect(mapBetween("abc def", "abc X def").list()).toEqual([{ start: 4, end: 4, length: 2 }]);
    expect(mapBetween("aaa", "aa").list()).toEqual([{ start: 2, end: 3, length: 0 }]);
    expect(mapBetween("same", "same").isIdentity).toBe(true);
  });
});
