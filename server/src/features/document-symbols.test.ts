import type { DocumentSymbol } from "vscode-languageserver";
import { describe, expect, it } from "vitest";
import { modelText } from "../../test/model-text.js";
import { modelUri, OpenModel } from "../../test/open-model.js";
import { documentSymbols } from "./document-symbols.js";

/** The outline as indented lines. */
function outline(symbols: readonly DocumentSymbol[], indent = ""): string[] {
  return symbols.flatMap(({ name, detail = "", children = [] }) => [
    `${indent}${name}${detail === "" ? "" : ` | ${detail}`}`,
    ...outline(children, `${indent}  `),
  ]);
}

async function symbols(forward: string, uri = modelUri): Promise<DocumentSymbol[]> {
  return documentSymbols(await (await OpenModel.open(modelText(forward))).shown(), uri);
}

function flat(symbol: DocumentSymbol): DocumentSymbol[] {
  return [symbol, ...(symbol.children ?? []).flatMap(flat)];
}

describe("document symbols", () => {
  const nested = `
const block = (y: typeof x) => relu(quantConv1d(y, { outChannels: 2, kernelSize: 1 }));
for (let i = 0; i < 2; i++) x = block(x);
x = relu(x, { name: "last" });
return flatten(x);`;

  it("are the tree of calls with their costs", async () => {
    expect(outline(await symbols(nested))).toEqual([
      "Example | score 0.000427 · 524 kbop · 256 b",
      "  block | 2×64 · 524 kbop · 256 b",
      "    quantConv1d ×2 | 2×64 · 524 kbop · 256 b",
      "    relu ×2 | 2×64",
      "  relu last | 2×64",
      "  flatten | 128",
    ]);
  });

  it("say what a scope is called", async () => {
    const scoped = `
x = scope("stem", () => relu(relu(x)));
for (let i = 0; i < 2; i++) x = scope(\`blocks.\${i}\`, () => relu(x));
return scope("last", () => scope("inner", () => relu(x)));`;
    expect(outline(await symbols(scoped)).map((line) => line.replace(/ \|.*/, ""))).toEqual([
      "Example",
      "  scope stem",
      "    relu stem.relu",
      "    relu stem.relu_1",
      "  scope blocks",
      "    relu ×2",
      "  scope last.inner",
      "    scope last.inner",
      "      relu last.inner.relu",
    ]);
  });

  it("have names within their ranges", async () => {
    const [root] = await symbols(nested);
    for (const { range, selectionRange } of root ? flat(root) : []) {
      const inside =
        (range.start.line < selectionRange.start.line ||
          (range.start.line === selectionRange.start.line &&
            range.start.character <= selectionRange.start.character)) &&
        (range.end.line > selectionRange.end.line ||
          (range.end.line === selectionRange.end.line && range.end.character >= selectionRange.end.character));
      expect(inside).toBe(true);
    }
  });

  it("are of the model file alone", async () => {
    expect(await symbols(nested, "file:///project/other.ts")).toEqual([]);
  });

  it("stay finite for recursive helpers", async () => {
    const [root] = await symbols(
      "const f = (y: typeof x, n: number): typeof x => (n === 0 ? y : f(relu(y), n - 1));\nreturn f(x, 60);",
    );
    const depth = (symbol: DocumentSymbol): number => 1 + Math.max(0, ...(symbol.children ?? []).map(depth));
    expect(root && depth(root)).toBeLessThan(30);
  });
});
