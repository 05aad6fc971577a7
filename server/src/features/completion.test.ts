import { TextDocument } from "vscode-languageserver-textdocument";
import { describe, expect, it } from "vitest";
import { modelText } from "../../test/model-text.js";
import { modelUri, OpenModel } from "../../test/open-model.js";
import { completion } from "./completion.js";

const complete = async (forward: string) => {
  const opened = await OpenModel.open(modelText(forward));
  return { opened, items: completion(await opened.shown(), modelUri, opened.cursor) };
};

const layer = (quantiser: string): string =>
  `x = quantIdentity(x, { actQuant: int(8) });\nreturn quantConv1d(x, { outChannels: 4, kernelSize: 3, padding: 1, bias: false, weightQuant: ${quantiser} });`;

describe("completion at a bit width", () => {
  it("offers 1 to 8 with the score of each", async () => {
    const { items } = await complete(layer("int(6$0)"));
    expect(items.map(({ label }) => label)).toEqual(["1", "2", "3", "4", "5", "6", "7", "8"]);
    expect(items[2]?.detail).toBe("score 0.0000517 (−50 %) · 36.9 kbop · 72 b");
    expect(items[5]).toMatchObject({ preselect: true, detail: "score 0.000103 (now) · 73.7 kbop · 144 b" });
  });

  it("replaces the number", async () => {
    const { opened, items } = await complete(layer("int(1$06)"));
    const edit = items[3]?.textEdit;
    if (!edit || !("range" in edit)) throw new Error("there is no plain edit");
    const document = TextDocument.create(modelUri, "typescript", 0, opened.text);
    expect(TextDocument.applyEdits(document, [edit])).toContain("weightQuant: int(4)");
  });

  it("works between empty parentheses", async () => {
    const { items } = await complete(layer("int($0)"));
    expect(items).toHaveLength(8);
  });

  it.each([
    ["another argument", layer("int(6, { zeroPoint: $00 })")],
    ["another call", "return quantConv1d(x, { outChannels: 4, kernelSize: $03 });"],
    ["a quantiser without a width to choose", layer("binary($0)")],
    ["another one", layer("ternary($0)")],
    ["a string", 'return relu(x, { name: "int(6$0)" });'],
    ["a name", "return relu($0x);"],
  ])("does not disturb: %s", async (_name, forward) => {
    expect((await complete(forward)).items).toEqual([]);
  });
});
