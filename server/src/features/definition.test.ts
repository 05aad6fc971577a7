import { describe, expect, it } from "vitest";
import { modelText } from "../../test/model-text.js";
import { modelUri, OpenModel } from "../../test/open-model.js";
import { definition } from "./definition.js";

/** The texts that "go to definition" at `$0` leads to. */
async function targets(forward: string): Promise<string[]> {
  const opened = await OpenModel.open(modelText(forward));
  const found = definition(await opened.state(), await opened.shown(), modelUri, opened.cursor, () => undefined);
  const lines = opened.text.split("\n");
  return found.map(({ range }) => (lines[range.start.line] ?? "").trim());
}

describe("go to definition", () => {
  it("leads from a sum to the layers that it joins", async () => {
    expect(await targets("const a = relu(x);\nconst b = sigmoid(x);\nreturn a$0dd(a, b);")).toEqual([
      "const a = relu(x);",
      "const b = sigmoid(x);",
    ]);
  });

  it("leads from a finding to the layers that it is about", async () => {
    const found = await targets(`
x = quantIdentity(x, { actQuant: int(8) });
const sum = a$0dd(x, x);
return quantConv1d(sum, { outChannels: 2, kernelSize: 1, weightQuant: int(6) });`);
    expect(found).toContain("return quantConv1d(sum, { outChannels: 2, kernelSize: 1, weightQuant: int(6) });");
  });

  it.each([
    ["a layer with one input", "return re$0lu(x);"],
    ["an argument", "return add($0x, x);"],
    ["a helper", "const f = (y: typeof x) => add(relu(y), y);\nreturn $0f(x);"],
  ])("leaves %s to TypeScript", async (_name, forward) => {
    expect(await targets(forward)).toEqual([]);
  });
});
