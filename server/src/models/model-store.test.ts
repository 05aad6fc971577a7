import { describe, expect, it } from "vitest";
import { modelText } from "../../test/model-text.js";
import { modelUri, OpenModel } from "../../test/open-model.js";
import { isFresh } from "./model-state.js";

const text = modelText("return quantConv1d(x, { outChannels: 4, kernelSize: 3 });");
const helperUri = "file:///project/helper.ts";
const helper = 'import { relu, type Tensor } from "quantlens";\nexport const act = (x: Tensor) => relu(x);\n';
const importing = modelText("return act(x);", { imports: 'import { act } from "./helper.js";' });

describe("current", () => {
  it("gives the same state until something changes", async () => {
    const opened = await OpenModel.open(text);
    const state = await opened.state();
    expect(await opened.state()).toBe(state);
    opened.replace("outChannels: 4", "outChannels: 5");
    expect(await opened.state()).not.toBe(state);
  });

  it("evaluates once for several that ask at a time", async () => {
    const opened = await OpenModel.open(text);
    const states = await Promise.all([opened.state(), opened.state(), opened.state()]);
    expect(new Set(states).size).toBe(1);
    expect(opened.states).toHaveLength(1);
  });

  it("answers for the newest text alone", async () => {
    const opened = await OpenModel.open(text);
    const answers = [opened.state()];
    for (let size = 5; size <= 30; size++) {
      opened.replace(`outChannels: ${size - 1}`, `outChannels: ${size}`);
      answers.push(opened.state());
    }
    for (const state of await Promise.all(answers)) {
      expect(state.analysis.graph?.layers[0]?.options.outChannels).toBe(30);
    }
  });

  it("is nothing for a text that is no model", async () => {
    const opened = await OpenModel.open("const a = 1;\n");
    expect(await opened.store.current(modelUri)).toBeUndefined();
  });

  it("begins and ends with the text being a model", async () => {
    const opened = await OpenModel.open(text.replace('"quantlens"', '"other"'));
    expect(await opened.store.current(modelUri)).toBeUndefined();
    opened.replace('"other"', '"quantlens"');
    expect(isFresh(await opened.state())).toBe(true);
    opened.replace('"quantlens"', '"other"');
    expect(await opened.store.current(modelUri)).toBeUndefined();
  });

  it("ends with the document", async () => {
    const opened = await OpenModel.open(text);
    await opened.state();
    opened.store.documentChanged(opened.documents.close(modelUri));
    expect(await opened.store.current(modelUri)).toBeUndefined();
  });

  it("ends with the document while the model runs, which is no failure", async () => {
    const opened = await OpenModel.open(modelText("for (;;);\nreturn x;"), { config: { deadlineMs: 30_000 } });
    const state = opened.store.current(modelUri);
    opened.store.documentChanged(opened.documents.close(modelUri));
    expect(await state).toBeUndefined();
  });
});

describe("the last good analysis", () => {
  it("stays while the text does not run", async () => {
    const opened = await OpenModel.open(text);
    const good = await opened.state();
    opened.replace("return", "throw new Error('no'); return");
    const broken = await opened.state();
    expect(isFresh(broken)).toBe(false);
    expect(broken.shown?.analysis).toBe(good.analysis);
    expect(broken.analysis.problems).not.toEqual([]);
  });

  it("is absent for a file that never ran", async () => {
    const opened = await OpenModel.open(text.replace("return", "return ("));
    expect((await opened.state()).shown).toBeUndefined();
  });
});

describe("helper modules", () => {
  it("make their models new when they change", async () => {
    const opened = await OpenModel.open(importing, { files: { "helper.ts": helper } });
    expect((await opened.state()).analysis.graph?.layers[0]?.kind).toBe("relu");
    opened.replace("relu(x)", "flatten(x)", helperUri);
    opened.replace("{ relu,", "{ flatten,", helperUri);
    expect((await opened.state()).analysis.graph?.layers[0]?.kind).toBe("flatten");
  });

  it("make their models new when they appear", async () => {
    const opened = await OpenModel.open(importing);
    expect((await opened.state()).analysis.problems.map(({ code }) => code)).toContain("import-not-found");
    opened.store.documentChanged(
      opened.documents.open({ uri: helperUri, languageId: "typescript", version: 1, text: helper }),
    );
    expect((await opened.state()).analysis.graph?.layers[0]?.kind).toBe("relu");
  });

  it("count as part of a model while it does not parse", async () => {
    const opened = await OpenModel.open(importing, { files: { "helper.ts": helper } });
    await opened.state();
    opened.replace('import { act } from "./helper.js"', "import { act } from");
    await opened.state();
    expect(opened.store.dependents(helperUri)).toHaveLength(1);
  });

  it("belong to every model that imports them", async () => {
    const opened = await OpenModel.open(importing, { files: { "helper.ts": helper, "other.model.ts": importing } });
    await opened.state();
    await opened.store.current("file:///project/other.model.ts");
    expect(await opened.store.statesOf(helperUri)).toHaveLength(2);
    expect(await opened.store.statesOf("file:///project/none.ts")).toEqual([]);
  });
});

describe("hostile models", () => {
  it.each([
    ["an endless loop", "for (;;);\nreturn x;"],
    ["endless recursion", "const f = (): number => f() + 1;\nf();\nreturn x;"],
    ["an exception", 'throw new Error("no");\nreturn x;'],
    ["much memory", "const all = [];\nfor (;;) all.push(new Array(1e6).fill(1));\nreturn x;"],
    ["a regular expression that does not end", 'return /(a+)+$/.test("a".repeat(60) + "b") ? x : x;'],
  ])("%s: one problem, and the next text runs", async (_name, forward) => {
    const opened = await OpenModel.open(modelText(forward), { config: { deadlineMs: 300, memoryMb: 32 } });
    const state = await opened.state();
    expect(state.analysis.problems).toHaveLength(1);
    opened.replace(forward.split("\n").join("\n    "), "return relu(x);");
    opened.replace("{ defineModel }", "{ defineModel, relu }");
    expect((await opened.state()).analysis.graph?.layers).toHaveLength(1);
  });
});
