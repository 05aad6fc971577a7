import { describe, expect, it } from "vitest";
import { spreadPositions } from "./evaluate.js";

describe("spreadPositions", () => {
  it("takes all, or as many as asked evenly spaced", () => {
    expect([...spreadPositions(3)]).toEqual([0, 1, 2]);
    expect([...spreadPositions(10, 4)]).toEqual([0, 2, 5, 7]);
    expect([...spreadPositions(2, 5)]).toEqual([0, 1]);
    expect([...spreadPositions(0, 5)]).toEqual([]);
  });
});
