import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { makeFolder as temporaryFolder } from "../testing/folder.js";
import { makeFolder, writeFileAtomic } from "./atomic-file.js";

const folder = temporaryFolder({ "old.txt": "old", "plain.txt": "" });

describe("writeFileAtomic", () => {
  it("replaces a file and leaves nothing beside it", () => {
    writeFileAtomic(path.join(folder, "old.txt"), "new");
    writeFileAtomic(path.join(folder, "bytes.bin"), Uint8Array.of(1, 2, 3));
    expect(readFileSync(path.join(folder, "old.txt"), "utf8")).toBe("new");
    expect([...readFileSync(path.join(folder, "bytes.bin"))]).toEqual([1, 2, 3]);
    expect(readdirSync(folder).sort()).toEqual(["bytes.bin", "old.txt", "plain.txt"]);
  });

  it("leaves the file as it was when it cannot be written", () => {
    mkdirSync(path.join(folder, "taken"));
    writeFileSync(path.join(folder, "taken", "x"), "");
    expect(() => {
      writeFileAtomic(path.join(folder, "taken"), "new");
    }).toThrow(/taken cannot be written: /);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it.each([
    ["plain.txt/x", /plain\.txt\/x cannot be written: a part of its path is a file/],
    ["missing/x", /missing\/x cannot be written: the system says ENOENT/],
  ])("says why %s cannot be written", (file, message) => {
    expect(() => {
      writeFileAtomic(path.join(folder, file), "new");
    }).toThrow(message);
  });

  it("says which folder cannot be made", () => {
    expect(() => {
      makeFolder(path.join(folder, "plain.txt", "below"));
    }).toThrow(/below cannot be written: a part of its path is a file/);
  });
});
