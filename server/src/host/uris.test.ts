import { describe, expect, it } from "vitest";
import { baseName, canonicalUri, diskPath, pathBelow, resolveRelative } from "./uris.js";

describe("canonicalUri", () => {
  it.each([
    ["file:///home/a/net.model.ts", "file:///home/a/net.model.ts"],
    ["file:///c%3A/nets/a.ts", "file:///c:/nets/a.ts"],
    ["file:///C:/nets/a.ts", "file:///c:/nets/a.ts"],
    ["file:///a%20b/%5Bx%5D.ts", "file:///a%20b/%5Bx%5D.ts"],
    ["file:///a b/[x].ts", "file:///a%20b/%5Bx%5D.ts"],
    ["file:///100%/a.ts", "file:///100%25/a.ts"],
    ["vscode-vfs://github/o/r/a.ts", "vscode-vfs://github/o/r/a.ts"],
    ["untitled:Untitled-1", "untitled:Untitled-1"],
    ["no uri", "no uri"],
  ])("%s is %s", (uri, canonical) => {
    expect(canonicalUri(uri)).toBe(canonical);
    expect(canonicalUri(canonical)).toBe(canonical);
  });
});

describe("paths", () => {
  it("resolves relative specifiers", () => {
    expect(resolveRelative("file:///p/a%20b/m.ts", "./blocks.js")).toBe("file:///p/a%20b/blocks.js");
    expect(resolveRelative("file:///p/m.ts", "../x.json")).toBe("file:///x.json");
    expect(resolveRelative("untitled:Untitled-1", "./x.js")).toBe("./x.js");
  });

  it("knows what lies on disk", () => {
    expect(diskPath("file:///p/a%20b/m.ts")).toBe("/p/a b/m.ts");
    expect(diskPath("vscode-vfs://github/o/r/a.ts")).toBeUndefined();
    expect(diskPath("file://host/x")).toBeUndefined();
  });

  it("names files and their place below a folder", () => {
    expect(baseName("file:///p/a%20b.onnx")).toBe("a b.onnx");
    expect(pathBelow("file:///p/", "file:///p/n/a%20b.ts")).toBe("n/a b.ts");
    expect(pathBelow("file:///p/q", "file:///p/other.ts")).toBeUndefined();
  });
});
