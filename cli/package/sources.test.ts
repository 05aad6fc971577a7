import path from "node:path";
import { describe, expect, it } from "vitest";
import { packagedSources } from "./sources.js";

const file = (name: string) =>
  [name, { path: name, text: name, disabled: new Map(), importInsertAt: 0, calls: [] }] as const;
const named = (entry: string, files: readonly string[], system = path.posix) =>
  packagedSources({ entry, files: new Map(files.map(file)) }, system);

describe("packagedSources", () => {
  it.each([
    [["/a/net.model.ts"], path.posix, ["source/net.model.ts"]],
    [["/a/nets/net.ts", "/a/blocks.ts"], path.posix, ["source/nets/net.ts", "source/blocks.ts"]],
    [["/a/b/net.ts", "/c/blocks.ts"], path.posix, ["source/a/b/net.ts", "source/c/blocks.ts"]],
    [["C:\\a\\nets\\net.ts", "C:\\a\\x y.ts"], path.win32, ["source/nets/net.ts", "source/x y.ts"]],
  ])("names %j", (files, system, names) => {
    const { entry, files: packaged } = named(files[0]!, files, system);
    expect([...packaged.keys()]).toEqual(names);
    expect(entry).toBe(names[0]);
  });

  it.each([
    [["/a/net.ts", "/a/b\\..\\c.ts"], path.posix],
    [["/a/net.ts", "/a/con?.ts"], path.posix],
    [["/a/net.ts", "/a/x./b.ts"], path.posix],
    [["C:\\a\\net.ts", "D:\\b.ts"], path.win32],
  ])("refuses %j", (files, system) => {
    expect(() => named(files[0]!, files, system)).toThrow(/cannot be packaged: .*rename it/);
  });
});
