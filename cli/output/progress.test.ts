import { describe, expect, it } from "vitest";
import { progressText } from "./progress.js";

describe("progress", () => {
  it.each([
    [0, 0, "0 % of 79,872 frames"],
    [19_968, 2, "25 % of 79,872 frames, 9,984 per second, 6 s left"],
    [7_987, 40, "10 % of 79,872 frames, 200 per second, 6 min 1 s left"],
    [100, 10, "0.1 % of 79,872 frames, 10 per second, 2 h 12 min left"],
    [79_872, 8, "100 % of 79,872 frames, 9,984 per second, 0 s left"],
  ])("of %d frames after %d s", (done, seconds, expected) => {
    expect(progressText(done, 79_872, "frames", seconds)).toBe(expected);
  });
});
