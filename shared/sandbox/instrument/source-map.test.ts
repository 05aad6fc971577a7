import { expect, it } from "vitest";
import { loadTypeScript } from "../typescript.js";
import { originalOffset } from "./source-map.js";

it("traces what TypeScript's emitter writes back to where it stood", async () => {
  const ts = await loadTypeScript();
  const original =
    "enum E { A }\nnamespace N {\n  export const first = (one: number): number => one;\n\n\n  export const second = first(1);\n}\n";
  const { outputText, sourceMapText } = ts.transpileModule(original, {
    compilerOptions: { sourceMap: true, target: ts.ScriptTarget.ES2022 },
  });
  const { mappings } = JSON.parse(sourceMapText ?? "{}") as { mappings: string };
  const trace = (text: string): string => {
    const at = originalOffset(mappings, outputText, original, outputText.indexOf(text));
    return original.slice(at, at + 5);
  };
  expect([trace("first = (one)"), trace("second = "), trace("(1)")]).toEqual(["first", "secon", "(1);\n"]);
  expect(originalOffset(mappings, outputText, original, 0)).toBe(0);
});
