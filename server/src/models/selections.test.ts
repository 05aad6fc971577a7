import { describe, expect, it } from "vitest";
import { entryOf, Selections } from "./selections.js";

const model = "file:///project/nets/net.model.ts";
const folders = ["file:///elsewhere", "file:///project"];

describe("entryOf", () => {
  it.each<[string, Record<string, number>, number | undefined]>([
    ["a path", { "nets/net.model.ts": 1 }, 1],
    ["a path with a dot", { "./nets/net.model.ts": 1 }, 1],
    ["a path over a glob before it", { "**/*.ts": 1, "nets/net.model.ts": 2 }, 2],
    ["another model's entry", { "net.model.ts": 1 }, undefined],
  ])("finds %s", (_name, entries, value) => {
    expect(entryOf(model, entries, folders)?.value).toBe(value);
  });
});

describe("Selections", () => {
  it("prefers the user's choice until the settings change", () => {
    const selections = new Selections<Record<string, number>>();
    expect(selections.of(model, { bits: 6 })).toEqual({ bits: 6 });
    selections.select(model, { bits: 2 }, { bits: 6 });
    expect(selections.of(model, { bits: 6 })).toEqual({ bits: 2 });
    expect(selections.of(model, { bits: 8 })).toEqual({ bits: 8 });
    expect(selections.of(model, { bits: 6 })).toEqual({ bits: 6 });
  });

  it("can be forgotten", () => {
    const selections = new Selections<string | undefined>();
    selections.select(model, undefined, "a.onnx");
    expect(selections.of(model, "a.onnx")).toBeUndefined();
    selections.forget(model);
    expect(selections.of(model, "a.onnx")).toBe("a.onnx");
  });
});
