import { describe, expect, it } from "vitest";
import { modelText } from "../../test/model-text.js";
import { OpenModel } from "../../test/open-model.js";
import { quantizerName } from "./quantizer-name.js";

async function nameOf(forward: string): Promise<string | undefined> {
  const { program } = (await (await OpenModel.open(modelText(forward))).shown()).analysis;
  const call = [...program.calls.values()].find(({ callee }) => callee === "int");
  return call && quantizerName(program, call);
}

describe("quantizerName", () => {
  it.each([
    ["return relu(quantConv1d(x, { outChannels: 2, kernelSize: 1, weightQuant: int(6) }));", "weightQuant in forward"],
    [
      "const conv = (y: typeof x) => quantConv1d(y, { outChannels: 2, kernelSize: 1, weightQuant: int(6) });\nreturn conv(x);",
      "weightQuant in conv",
    ],
    [
      "const q = int(6);\nreturn quantConv1d(x, { outChannels: 2, kernelSize: 1, weightQuant: q });",
      "weightQuant in forward",
    ],
    [
      "const make = () => int(6);\nreturn quantConv1d(x, { outChannels: 2, kernelSize: 1, weightQuant: make() });",
      "int(6) in make",
    ],
  ])("%s: %s", async (forward, expected) => {
    expect(await nameOf(forward)).toBe(expected);
  });
});
