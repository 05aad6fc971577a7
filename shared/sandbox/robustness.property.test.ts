/** Whatever stands in a model file while it is typed: an answer, in time, with problems inside the text. */
import fc from "fast-check";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { editableNumber, locate } from "./locate.js";
import { smallSandbox } from "./testing/small.js";

const sandbox = smallSandbox();
const example = readFileSync(
  path.resolve(import.meta.dirname, "../../examples/bacalhaunet/bacalhaunet.model.ts"),
  "utf8",
).replaceAll(/^import [^;]*;/gm, 'import { defineModel, layer, type Tensor } from "quantlens";');
const bits = example.split(/(?<=[^\w])|(?=[^\w])/).filter((bit) => bit.trim() !== "");

/** A text with some pieces left out, doubled, replaced by others of the file, or by what tends to hurt. */
const damaged = fc
  .array(
    fc.record({
      at: fc.nat(example.length),
      length: fc.nat(40),
      by: fc.oneof(
        fc.constantFrom("", ...bits),
        fc.constantFrom("`${", "/*", "'", "</", "?.", "...", "=>", "\u2028", "@", "#", "<<<<<<<"),
      ),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((cuts) => cuts.reduce((text, { at, length, by }) => text.slice(0, at) + by + text.slice(at + length), example));

describe("a model file in the making", () => {
  it("always gets an answer with ranges inside its text", async () => {
    await fc.assert(
      fc.asyncProperty(damaged, async (text) => {
        const { program, problems, definition } = await sandbox.evaluate(text, {}, { deadlineMs: 2000, memoryMb: 64 });
        expect(definition !== undefined || problems.length > 0).toBe(true);
        for (const { target, message } of problems) {
          expect(message).not.toBe("");
          const range = program && locate(program, target);
          expect(range).toMatchObject({ file: "/a/m.ts" });
          expect(range && range.start >= 0 && range.start <= range.end && range.end <= text.length).toBe(true);
        }
        for (const call of program?.calls.values() ?? []) {
          expect(text.slice(call.calleeSpan.start, call.calleeSpan.end)).toBe(call.callee);
          expect(call.args.every(({ start, end }) => start <= end && end <= call.end)).toBe(true);
        }
        for (const { origin } of definition?.graph.layers ?? []) {
          if (program && origin) editableNumber(program, origin, [1, "bits"]);
        }
      }),
      { numRuns: 150, seed: 8 },
    );
  });

  it("may be nested as deeply as it likes", async () => {
    const texts = [
      "(".repeat(50_000),
      `const a = ${"[".repeat(20_000)}${"]".repeat(20_000)};`,
      `const a = ${"1 + ".repeat(20_000)}1;`,
      "a.b(".repeat(20_000),
      "{".repeat(50_000),
    ];
    for (const text of texts) {
      const { problems, definition } = await sandbox.evaluate(text);
      expect(definition).toBeUndefined();
      expect(problems.length).toBeGreaterThan(0);
    }
  });
});
