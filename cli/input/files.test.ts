import { ftruncateSync, openSync, closeSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readBytes } from "../../shared/weights/byte-source.js";
import { makeFolder } from "../testing/folder.js";
import { withInput } from "./files.js";

describe("withInput", () => {
  const folder = makeFolder({ "ten.bin": Uint8Array.from({ length: 10 }, (_, index) => index) });
  const file = path.join(folder, "ten.bin");

  it("reads pieces of a file", () => {
    const pieces = withInput(file, 10, (source) => [source.length, ...readBytes(source, 3, 6)]);
    expect(pieces).toEqual([10, 3, 4, 5]);
  });

  it.each([
    ["that is too large", file, 9, "has 10 bytes and at most 9 can be read"],
    ["that is missing", path.join(folder, "none.bin"), 9, "does not exist"],
    ["that is a folder", folder, 9, "is a folder"],
  ])("refuses a file %s in one sentence", (_, name, most, message) => {
    expect(() => withInput(name, most, () => 0)).toThrow(message);
  });

  it("says when a file becomes shorter while it is read", () => {
    const shrinking = path.join(folder, "shrinking.bin");
    writeFileSync(shrinking, new Uint8Array(10));
    const read = () =>
      withInput(shrinking, 10, (source) => {
        const handle = openSync(shrinking, "r+");
        ftruncateSync(handle, 4);
        closeSync(handle);
        return readBytes(source, 2, 8);
      });
    expect(read).toThrow("became shorter while it was read");
  });
});
