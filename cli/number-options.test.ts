import { availableParallelism } from "node:os";
import { describe, expect, it, vi } from "vitest";
import { share, threadCount, wholeNumber } from "./number-options.js";
import * as streams from "./output/streams.js";

const notNumbers = ["", " ", "-1", "1.5", "1e3", "0x10", " 2", "NaN", "Infinity", "two", "4294967296"];

describe("wholeNumber", () => {
  it.each(["0", ...notNumbers])("refuses %j", (text) => {
    expect(() => wholeNumber(1)(text)).toThrow("Write a whole number of at least 1, below 2^32.");
  });

  it("has limits, which belong to it", () => {
    expect([wholeNumber(2, 5)("2"), wholeNumber(2, 5)("5"), wholeNumber(0)("4294967295")]).toEqual([2, 5, 4294967295]);
    for (const text of ["1", "6"]) expect(() => wholeNumber(2, 5)(text)).toThrow("Write a whole number from 2 to 5.");
  });
});

describe("threadCount", () => {
  it.each(["0", ...notNumbers])("refuses %j", (text) => {
    expect(() => threadCount(text)).toThrow("Write a whole number of at least 1, below 2^32.");
  });

  it("takes what the machine has, and says so when it is asked for more", () => {
    const said = vi.spyOn(streams, "writeMessage").mockImplementation(() => undefined);
    const most = availableParallelism();
    expect([threadCount("1"), threadCount(String(most))]).toEqual([1, most]);
    expect(said).not.toHaveBeenCalled();
    expect(threadCount("100000")).toBe(most);
    expect(said.mock.calls).toEqual([
      [`quantlens: --threads 100000: this machine runs ${most} at once, so ${most} of them are used.`],
    ]);
    said.mockRestore();
  });
});

describe("share", () => {
  it.each(["", "0", "-0.1", "1.1", "NaN", "half"])("refuses %j", (text) => {
    expect(() => share(true, "0.56")(text)).toThrow("Write a share such as 0.56.");
  });

  it("may be all of it, or not", () => {
    expect(share(true, "0.56")("1")).toBe(1);
    expect(() => share(false, "0.1")("1")).toThrow("Write a share such as 0.1.");
  });
});
