import { describe, expect, it } from "vitest";
import { lineText, positionAt } from "./positions.js";

const text = "const a = 1;\r\n\tconst b = 'ä😀';\n";

describe("positionAt", () => {
  it.each([
    [0, 1, 1],
    [6, 1, 7],
    [12, 1, 13],
    [14, 2, 1],
    [text.indexOf("'ä"), 2, 12],
    [text.indexOf("';") + 1, 2, 17],
    [text.length, 3, 1],
    [text.length + 5, 3, 1],
  ])("offset %i is line %i, column %i, counted in UTF-16 units", (offset, line, column) => {
    expect(positionAt(text, offset)).toEqual({ line, column });
  });
});

describe("lineText", () => {
  it("leaves out the line ending, carriage return included", () => {
    expect([1, 2, 3, 4].map((line) => lineText(text, line))).toEqual(["const a = 1;", "\tconst b = 'ä😀';", "", ""]);
  });
});
