import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Debounce } from "./scheduler.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("Debounce", () => {
  it("does the last work of a key, once it has been quiet", () => {
    const done: string[] = [];
    const debounce = new Debounce(30);
    debounce.schedule("a", () => done.push("old"));
    vi.advanceTimersByTime(20);
    debounce.schedule("a", () => done.push("new"));
    debounce.schedule("b", () => done.push("other"));
    vi.advanceTimersByTime(29);
    expect(done).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(done).toEqual(["new", "other"]);
  });

  it("forgets what is cancelled or disposed of", () => {
    const done: string[] = [];
    const debounce = new Debounce(30);
    debounce.schedule("a", () => done.push("a"));
    debounce.schedule("b", () => done.push("b"));
    debounce.cancel("a");
    debounce.dispose();
    vi.advanceTimersByTime(100);
    expect(done).toEqual([]);
  });
});
