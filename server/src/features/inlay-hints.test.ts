import { describe, expect, it } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";
import { modelText } from "../../test/model-text.js";
import { modelUri, OpenModel, wholeRange, type OpenOptions } from "../../test/open-model.js";
import { defaultConfig, type HintConfig } from "../config.js";
import { inlayHints } from "./inlay-hints.js";
import { hintTooltip } from "./inlay-hints/tooltip.js";

async function annotate(opened: OpenModel, hints: Partial<HintConfig> = {}, uri = modelUri): Promise<string> {
  const state = await opened.state();
  const shown = await opened.shown();
  const text = opened.textOf(uri);
  const request = { file: uri, range: wholeRange(text), model: modelUri, state: state.id };
  const found = inlayHints(shown, request, { ...defaultConfig.hints, ...hints });
  const edits = found.map(({ position, label }) => ({
    range: { start: position, end: position },
    newText: `⟨${label as string}⟩`,
  }));
  return TextDocument.applyEdits(TextDocument.create(uri, "typescript", 0, text), edits);
}

/** The statements of `forward` with their hints in `⟨⟩`; the text is checked to be the same with its hints. */
async function check(
  expected: string,
  options: OpenOptions & { hints?: Partial<HintConfig>; shape?: string } = {},
): Promise<void> {
  const { hints, shape = "[1, 2, 64]", ...rest } = options;
  const text = (forward: string): string => modelText(forward, { shape });
  const opened = await OpenModel.open(text(expected.replace(/⟨[^⟩]*⟩/g, "")), rest);
  expect(await annotate(opened, hints)).toBe(text(expected));
}

describe("hints of layers", () => {
  it("show shape, bit-operations and weight memory, in this order", () =>
    check(`
x = quantIdentity(x, { actQuant: int(8) })⟨2×64⟩;
return quantConv1d(x, { outChannels: 4, kernelSize: 3, padding: 1, weightQuant: int(6) })⟨4×64 · 73.7 kbop · 144 b⟩;`));

  it("show the shape alone where nothing is multiplied", () => check("return relu(x)⟨2×64⟩;"));

  it("add up several executions, with the first and the last shape", () =>
    check(
      `
for (const stride of [1, 2]) x = quantConv1d(x, { outChannels: 2, kernelSize: 1, stride })⟨×2 2×64→2×32 · 393 kbop · 256 b⟩;
return x;`,
      { hints: { rows: false } },
    ));

  it("share one hint behind the outermost call of a line", () =>
    check(`
return relu(quantConv1d(relu(x), { outChannels: 2, kernelSize: 1 }))⟨2×64 · 262 kbop · 128 b⟩;`));

  it("stay apart where nested calls end on different lines", () =>
    check(`
return relu(
  relu(x)⟨2×64⟩,
)⟨2×64⟩;`));

  it("stay apart where calls of a line do not nest", () => check("x = relu(x)⟨2×64⟩; return relu(x)⟨2×64⟩;"));

  it("leave the batch out only when it is one", () => check("return relu(x)⟨4×2×64⟩;", { shape: "[4, 2, 64]" }));
});

describe("subtotals and rows", () => {
  const helper = `
const block = (y: typeof x, channels: number) =>
  relu(quantConv1d(y, { outChannels: channels, kernelSize: 1 }))⟨×2 2×64→4×64 · 786 kbop · 384 b⟩;
const rows = [{ channels: 2 }⟨Σ 262 kbop · 128 b⟩, { channels: 4 }⟨Σ 524 kbop · 256 b⟩];
for (const row of rows) x = block(x, row.channels)⟨Σ 786 kbop · 384 b⟩;
return x;`;

  it("stand at helper calls and at config rows", () => check(helper));

  it("can be switched off", () => check(helper.replace(/⟨Σ[^⟩]*⟩/g, ""), { hints: { subtotals: false, rows: false } }));

  it("are left out where nothing is multiplied", () =>
    check("const block = (y: typeof x) => relu(y)⟨2×64⟩;\nreturn block(x);"));

  it("stand at calls of methods that run functions", () =>
    check(
      `
return [1, 1].reduce(
  (y, size) => quantConv1d(y, { outChannels: 2, kernelSize: size })⟨×2 2×64 · 524 kbop · 256 b⟩,
  x,
)⟨Σ 524 kbop · 256 b⟩;`,
      { hints: { rows: false } },
    ));
});

describe("what is shown", () => {
  const layer = (hint: string): string => `return quantConv1d(x, { outChannels: 4, kernelSize: 1 })${hint};`;

  it.each<[string, Partial<HintConfig>, string]>([
    ["no shape", { shape: false }, "⟨524 kbop · 256 b⟩"],
    ["no bit-operations", { bitOps: false }, "⟨4×64 · 256 b⟩"],
    ["no memory", { memory: false }, "⟨4×64 · 524 kbop⟩"],
    ["nothing", { shape: false, bitOps: false, memory: false }, ""],
    ["only what fits", { maxLength: 18 }, "⟨4×64 · …⟩"],
  ])("%s", (_name, hints, expected) => check(layer(expected), { hints }));

  it("lies in the requested range", async () => {
    const opened = await OpenModel.open(modelText("x = relu(x);\nx = relu(x);\nreturn relu(x);"));
    const line = opened.text.split("\n").findIndex((text) => text.includes("x = relu")) + 1;
    const range = { start: { line, character: 0 }, end: { line: line + 1, character: 0 } };
    const hints = inlayHints(
      await opened.shown(),
      { file: modelUri, range, model: modelUri, state: 1 },
      defaultConfig.hints,
    );
    expect(hints.map(({ position }) => position.line)).toEqual([line]);
  });
});

describe("hints while typing", () => {
  const forward = `
x = quantConv1d(x, { outChannels: 4, kernelSize: 1 });
return relu(x);`;

  it("follow the text while it does not parse", async () => {
    const opened = await OpenModel.open(modelText(forward));
    await opened.state();
    opened.replace("x = quantConv1d(x,", "const y = ((;\n    x = quantConv1d(x,");
    expect(await annotate(opened)).toContain(
      "const y = ((;\n    x = quantConv1d(x, { outChannels: 4, kernelSize: 1 })⟨4×64 · 524 kbop · 256 b⟩;",
    );
  });

  it("stay on a line that is being edited", async () => {
    const opened = await OpenModel.open(modelText(forward));
    await opened.state();
    for (const [find, put] of [
      ["kernelSize: 1 }", "kernelSize: }"],
      ["kernelSize: }", "kernelSize }"],
      ["kernelSize })", "kernelSize "],
    ] as const) {
      opened.replace(find, put);
      expect(await annotate(opened)).toMatch(/kernelSize[^\n]*⟨4×64 · 524 kbop · 256 b⟩/);
    }
    opened.replace("kernelSize ", "kernelSize: 1 })");
    expect(await annotate(opened)).toContain("kernelSize: 1 })⟨4×64 · 524 kbop · 256 b⟩");
  });

  it("are fresh as soon as the text runs again", async () => {
    const opened = await OpenModel.open(modelText(forward));
    await opened.state();
    opened.replace("outChannels: 4", "outChannels: ");
    await opened.state();
    opened.replace("outChannels: ", "outChannels: 8");
    expect(await annotate(opened)).toContain("⟨8×64 · 1.05 Mbop · 512 b⟩");
  });
});

describe("hints in helper modules", () => {
  it("are those of the model that imports them", async () => {
    const helper =
      'import { relu, type Tensor } from "quantlens";\nexport const twice = (x: Tensor) => relu(relu(x));\n';
    const text = modelText("return twice(x);", { imports: 'import { twice } from "./helper.js";' });
    const opened = await OpenModel.open(text, { files: { "helper.ts": helper } });
    expect(await annotate(opened, {}, "file:///project/helper.ts")).toContain("relu(relu(x))⟨2×64⟩");
  });
});

describe("tooltips", () => {
  it("have the formula with its numbers", async () => {
    const opened = await OpenModel.open(
      modelText(`
x = quantIdentity(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 4, kernelSize: 3, padding: 1, weightQuant: int(6) });`),
    );
    const shown = await opened.shown();
    const request = { file: modelUri, range: wholeRange(opened.text), model: modelUri, state: 1 };
    const hint = inlayHints(shown, request, defaultConfig.hints).at(-1);
    const { value } = hintTooltip(shown.analysis, hint?.data as never) ?? { value: "" };
    expect(value).toContain("MACs = C_out × C_in/groups × kernel × positions = 4 × 2 × 3 × 64 = 1,536");
    expect(value).toContain("bit-ops = 1,536 × 8 b × 6 b = 73,728");
    expect(value).toContain("weights = 24 × 6 b = 144 b");
  });

  it("are not made for places of another evaluation", async () => {
    const opened = await OpenModel.open(modelText("return relu(x);"));
    const { analysis } = await opened.shown();
    expect(hintTooltip(analysis, { model: modelUri, state: 1, sites: [["layer", 999_999]] })).toBeUndefined();
  });
});
