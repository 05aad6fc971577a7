import { describe, expect, it } from "vitest";
import { deferredValues, heldValues } from "./tensor-value.js";

describe("deferredValues", () => {
  it("makes values when they are read, in the memory of those that were read before", () => {
    const defer = deferredValues();
    const made: string[] = [];
    const [a, b] = ["a", "b"].map((name, index) =>
      defer({ name }, (memory) => {
        made.push(name);
        return memory("float32", 3 - index).fill(index + 1);
      }),
    );
    expect(made).toEqual([]);
    const first = a?.data;
    expect([...(first ?? [])]).toEqual([1, 1, 1]);
    expect(a?.data).toBe(first);
    const second = b?.data;
    expect([...(second ?? [])]).toEqual([2, 2]);
    expect([...(first ?? [])]).toEqual([2, 2, 1]);
    // Not the array of the first time: counts are remembered by the array.
    expect([...(a?.data ?? [])]).toEqual([1, 1, 1]);
    expect(a?.data).not.toBe(first);
    expect(made).toEqual(["a", "b", "a"]);
  });
});

describe("heldValues", () => {
  it("makes values at once", () => {
    const tensor = heldValues({ name: "a" }, (memory) => memory("int8", 2).fill(5));
    expect(tensor).toEqual({ name: "a", data: Int8Array.of(5, 5) });
  });
});
