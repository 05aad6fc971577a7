import { rmSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { makeFolder } from "../../testing/folder.js";
import type { SweepManifest } from "../folder/manifest.js";
import { requireUnchanged, sourcesDigest, sourcesGuard } from "./sources.js";

function begun(): Pick<SweepManifest, "model" | "settings"> {
  const folder = makeFolder({ "net.model.ts": "a", "blocks.ts": "b" });
  const sources = ["net.model.ts", "blocks.ts", "missing.ts"].map((name) => path.join(folder, name));
  return {
    model: { name: "net", file: sources[0] ?? "", sources, sha256: sourcesDigest(sources) },
    settings: { run: "sandbox", backend: "wasm", flavor: "finn-base", retries: 1, store: "store" },
  };
}

it.each([
  ["a file is edited", 0, "A"],
  ["an import is edited", 1, "B"],
  ["an import is removed", 1, undefined],
  ["an import is there now that was not", 2, "c"],
])("notices that %s, and that this is undone", (_, index, text) => {
  const sweep = begun();
  const guard = sourcesGuard(sweep);
  const file = sweep.model.sources[index] ?? "";
  guard();
  if (text === undefined) rmSync(file);
  else writeFileSync(file, text);
  // Its size may be the same, and file systems count time in steps.
  if (text !== undefined) utimesSync(file, 1, 1);
  const again = (): void => {
    requireUnchanged(sweep);
  };
  for (const check of [guard, guard, again])
    expect(check).toThrow(/net\.model\.ts or a file that it imports has changed since the sweep was begun/);
  if (index === 2) rmSync(file);
  else writeFileSync(file, index === 0 ? "a" : "b");
  guard();
});

it("does not depend on the order in which files were looked for", () => {
  const { sources } = begun().model;
  expect(sourcesDigest(sources.toReversed())).toBe(sourcesDigest(sources));
});
