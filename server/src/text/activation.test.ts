import { describe, expect, it } from "vitest";
import { looksLikeModel } from "./activation.js";

describe("looksLikeModel", () => {
  it.each([
    ['import { defineModel } from "quantlens";', true],
    ["import { defineModel }\n  from 'quantlens'", true],
    ['import * as q from "quantlens"; export default q.defineModel({})', true],
    ['import { int } from "quantlens"; export const bits = int(6);', false],
    ['import { defineModel } from "other";', false],
    ["const defineModel = 1;", false],
    ["", false],
  ])("%s: %s", (text, expected) => {
    expect(looksLikeModel(text)).toBe(expected);
  });
});
