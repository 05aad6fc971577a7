import { describe, expect, it } from "vitest";
import { matchesGlob } from "./glob.js";

describe("matchesGlob", () => {
  it.each([
    ["a.model.ts", "a.model.ts", true],
    ["./a.model.ts", "a.model.ts", true],
    ["a.model.ts", "aXmodel.ts", false],
    ["a.model.ts", "nets/a.model.ts", false],
    ["*.model.ts", "a.model.ts", true],
    ["*.model.ts", "nets/a.model.ts", false],
    ["**/*.model.ts", "a.model.ts", true],
    ["**/*.model.ts", "nets/deep/a.model.ts", true],
    ["nets/**", "nets/deep/a.model.ts", true],
    ["nets/**", "other/a.model.ts", false],
    ["nets/?.ts", "nets/a.ts", true],
    ["nets/?.ts", "nets/ab.ts", false],
    ["net [1] (a+b).ts", "net [1] (a+b).ts", true],
    ["nets-2/{x}.ts", "nets-2/{x}.ts", true],
  ])("%s against %s: %s", (glob, path, expected) => {
    expect(matchesGlob(glob, path)).toBe(expected);
  });
});
