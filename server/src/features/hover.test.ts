import type { MarkupContent } from "vscode-languageserver";
import { describe, expect, it } from "vitest";
import { modelText } from "../../test/model-text.js";
import { modelUri, OpenModel } from "../../test/open-model.js";
import { hover } from "./hover.js";

/** The hover at `$0` as its Markdown lines; empty where there is none. */
async function lines(forward: string): Promise<string[]> {
  const opened = await OpenModel.open(modelText(forward));
  const found = hover(await opened.shown(), modelUri, opened.cursor);
  return found ? (found.contents as MarkupContent).value.split("\n") : [];
}

const quantised = "x = quantIdentity(x, { actQuant: int(8) });\n";

describe("hover on a layer", () => {
  it("shows its whole record", async () => {
    const text = await lines(
      `${quantised}return quant$0Conv1d(x, { outChannels: 4, kernelSize: 3, padding: 1, bias: false, weightQuant: int(6) });`,
    );
    expect(text).toEqual([
      "**quantConv1d** · conv",
      "",
      "|  |  |",
      "| --- | --- |",
      "| input | 2×64 · SCALEDINT8 |",
      "| output | 4×64 · FLOAT32 |",
      "| input × weight | SCALEDINT8 × SCALEDINT6 |",
      "| MACs | 1,536 |",
      "| density | 100 % |",
      "| bit-ops | 73.7 kbop · 100 % of the model |",
      "| weights | 144 b |",
      "| output memory | 8.19 kb |",
      "| accumulator | 17 b in the worst case |",
      "",
      "```text",
      "MACs = C_out × C_in/groups × kernel × positions = 4 × 2 × 3 × 64 = 1,536",
      "bit-ops = 1,536 × 8 b × 6 b = 73,728",
      "weights = 24 × 6 b = 144 b",
      "```",
      "",
      "_finn-base, dense, no weights selected_",
    ]);
  });

  it("shows where integers were lost", async () => {
    const text = await lines(
      `${quantised}x = add(x, x);\nreturn quant$0Conv1d(x, { outChannels: 4, kernelSize: 3, weightQuant: int(6) });`,
    );
    const trail = text.find((line) => line.includes("charged 32 bits"));
    expect(trail).toContain("`SCALEDINT8` → **add `FLOAT32`, integers are lost here**");
  });

  it("shows no trail where nothing was lost", async () => {
    const text = await lines(`${quantised}return quant$0Conv1d(x, { outChannels: 4, kernelSize: 3 });`);
    expect(text.join("\n")).not.toContain("charged 32 bits");
  });

  it("shows shapes and types alone where nothing is multiplied", async () => {
    const text = await lines("return re$0lu(x);");
    expect(text).toContain("| output | 2×64 · FLOAT32 |");
    expect(text.join("\n")).not.toContain("MACs");
  });

  it("lists all executions with their sum", async () => {
    const text = await lines(
      "for (const kernelSize of [1, 3]) x = quant$0Conv1d(x, { outChannels: 2, kernelSize, padding: kernelSize >> 1 });\nreturn x;",
    );
    expect(text[0]).toBe("**quantConv1d** · 2 layers");
    expect(text).toContain("| conv | 2×64 | FLOAT32 × FLOAT32 | 256 | 100 % | 262 kbop | 128 b | 25 % |");
    expect(text).toContain("| **sum** |  |  | 1,024 |  | 1.05 Mbop | 512 b | 100 % |");
  });

  it("sums a helper up", async () => {
    const text = await lines(
      "const block = (y: typeof x) => relu(quantConv1d(y, { outChannels: 2, kernelSize: 1 }));\nreturn bl$0ock(x);",
    );
    expect(text[0]).toBe("**block** · 2 layers");
  });

  it("does not let names of a file become Markdown", async () => {
    const text = await lines('return re$0lu(x, { name: "[a](command:x)`b` ![c](d)" });');
    expect(text[0]).toBe(String.raw`**relu** · \[a\]\(command:x\)\`b\` \!\[c\]\(d\)`);
  });
});

describe("hover on a bit width", () => {
  it("shows the model at 1 to 8 bits", async () => {
    const text = await lines(
      `${quantised}return quantConv1d(x, { outChannels: 4, kernelSize: 3, padding: 1, weightQuant: int($06) });`,
    );
    expect(text[0]).toBe("**weightQuant in forward**, 1 layer: the model at other widths");
    expect(text.filter((line) => /^\| \**\d/.test(line))).toHaveLength(8);
    expect(text).toContain("| **6** | **73.7 kbop** | **144 b** | **0.000103** | **now** |");
    expect(text).toContain("| 3 | 36.9 kbop | 72 b | 0.0000517 | −50 % |");
  });

  it("finds the constant that it comes from, with all that it decides", async () => {
    const text = await lines(`
const bits = $06;
x = quantIdentity(x, { actQuant: int(bits) });
return quantConv1d(x, { outChannels: 4, kernelSize: 3, padding: 1, weightQuant: int(bits) });`);
    expect(text).toContain("| **6** | **55.3 kbop** | **144 b** | **0.0000921** | **now** |");
    expect(text).toContain("| 3 | 13.8 kbop | 72 b | 0.0000375 | −59 % |");
  });

  it("finds the row of a config array", async () => {
    const text = await lines(`
${quantised}for (const row of [{ bits: $04 }, { bits: 6 }]) {
  x = quantConv1d(x, { outChannels: 2, kernelSize: 1, bias: false, weightQuant: int(row.bits) });
}
return x;`);
    expect(text.find((line) => line.startsWith("| **4**"))).toBeDefined();
    expect(text.find((line) => line.startsWith("| **6**"))).toBeUndefined();
  });

  const whatIfs = (text: readonly string[]) => text.filter((line) => /^(?:\*\*|\| \**[36]\b)/.test(line));

  it("shows at a name what the model is with another width there, and with another number behind the name", async () => {
    const text = await lines(`
const bits = 6;
x = quantIdentity(x, { actQuant: int(bits) });
return quantConv1d(x, { outChannels: 4, kernelSize: 3, padding: 1, weightQuant: int(bi$0ts) });`);
    expect(whatIfs(text)).toEqual([
      "**weightQuant in forward**, 1 layer: the model with another width than bits here alone",
      "| 3 | 27.6 kbop | 72 b | 0.0000460 | −50 % |",
      "| **6** | **55.3 kbop** | **144 b** | **0.0000921** | **now** |",
      "**bits**, 1 layer: the model with another number where it is written",
      "| 3 | 13.8 kbop | 72 b | 0.0000375 | −59 % |",
      "| **6** | **55.3 kbop** | **144 b** | **0.0000921** | **now** |",
    ]);
  });

  it("shows one table where the number is the quantiser's alone, also as a member", async () => {
    const text = await lines(`
const cfg = { bits: 6 };
${quantised}return quantConv1d(x, { outChannels: 4, kernelSize: 3, padding: 1, weightQuant: int(cfg.$0bits) });`);
    expect(whatIfs(text)).toEqual([
      "**weightQuant in forward**, 1 layer: the model with another width than cfg.bits here alone",
      "| 3 | 36.9 kbop | 72 b | 0.0000517 | −50 % |",
      "| **6** | **73.7 kbop** | **144 b** | **0.000103** | **now** |",
    ]);
  });

  it("takes a computed width for what it is", async () => {
    const text = await lines(`
const bits = 6;
${quantised}return quantConv1d(x, { outChannels: 4, kernelSize: 3, padding: 1, weightQuant: int(bits -$0 3) });`);
    expect(whatIfs(text)).toEqual([
      "**weightQuant in forward**, 1 layer: the model with another width than bits - 3 here alone",
      "| **3** | **36.9 kbop** | **72 b** | **0.0000517** | **now** |",
      "| 6 | 73.7 kbop | 144 b | 0.000103 | +100 % |",
    ]);
  });

  it("says which widths there are now where rows give several", async () => {
    const text = await lines(`
${quantised}for (const row of [{ bits: 3 }, { bits: 6 }]) {
  x = quantIdentity(quantConv1d(x, { outChannels: 2, kernelSize: 1, bias: false, weightQuant: int(row.b$0its) }), { actQuant: int(8) });
}
return x;`);
    expect(text[0]).toBe(
      "**weightQuant in forward**, 2 layers (now 3, 6 bits): the model with another width than row.bits here alone",
    );
    expect(whatIfs(text)).toHaveLength(3);
    expect(text.join("\n")).not.toContain("now |");
  });

  it("names the function in which the width is used", async () => {
    const text = await lines(`
function conv(y: typeof x) {
  return quantConv1d(y, { outChannels: 2, kernelSize: 1, weightQuant: int($06) });
}
return conv(x);`);
    expect(text[0]).toBe("**weightQuant in conv**, 1 layer: the model at other widths");
  });
});

describe("hover elsewhere", () => {
  it.each([
    ["a number that is no width", "return quantConv1d(x, { outChannels: $04, kernelSize: 3 });"],
    ["the name of a parameter", "return relu($0x);"],
    [
      "a call that makes no layer",
      "const n = Ma$0th.max(1, 2);\nreturn quantConv1d(x, { outChannels: n, kernelSize: 1 });",
    ],
  ])("is empty: %s", async (_name, forward) => {
    expect(await lines(forward)).toEqual([]);
  });
});
