import type { CodeAction, TextEdit, WorkspaceEdit } from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { describe, expect, it } from "vitest";
import { modelText } from "../../test/model-text.js";
import { modelUri, OpenModel, wholeRange, type OpenOptions } from "../../test/open-model.js";
import { codeActions, type CodeActionRequest } from "./code-actions.js";

const noLink = (): undefined => undefined;

async function actionsOf(opened: OpenModel, request: Partial<CodeActionRequest> = {}): Promise<CodeAction[]> {
  const range = wholeRange(opened.text);
  const all = { file: modelUri, range, only: undefined, diagnostics: [], documentChanges: false, ...request };
  return codeActions(await opened.state(), all, noLink);
}

function apply(opened: OpenModel, edit: WorkspaceEdit | undefined): string {
  const edits: TextEdit[] = edit?.changes?.[modelUri] ?? [];
  return TextDocument.applyEdits(TextDocument.create(modelUri, "typescript", 0, opened.text), edits);
}

/** `before` becomes `after` by the action with this title; both are the statements of `forward`. */
async function checkFix(
  before: string,
  title: string,
  after: string,
  options: OpenOptions & Partial<CodeActionRequest> = {},
): Promise<void> {
  const opened = await OpenModel.open(modelText(before), options);
  const actions = await actionsOf(opened, options);
  const action = actions.find((candidate) => candidate.title === title);
  expect(actions.map((candidate) => candidate.title)).toContain(title);
  expect(apply(opened, action?.edit)).toBe(modelText(after));
}

describe("quick fixes", () => {
  it("put in the option that is missing", () =>
    checkFix(
      "x = quantIdentity(x, { actQuant: int(8) });\nreturn quantConv1d(x, { outChannels: 4, kernelSize: 3 });",
      "Quantise the weight with int(8)",
      "x = quantIdentity(x, { actQuant: int(8) });\nreturn quantConv1d(x, { outChannels: 4, kernelSize: 3, weightQuant: int(8) });",
    ));

  it("name the diagnostic that they mend and are preferred when obvious", async () => {
    const opened = await OpenModel.open(modelText("return quantConv1d(x, { outChannels: 4, kernelSize: 3 });"));
    const action = (await actionsOf(opened)).find(({ title }) => title.startsWith("Quantise the weight"));
    expect(action).toMatchObject({ kind: "quickfix", isPreferred: true });
    expect(action?.diagnostics?.[0]?.code).toBe("weight-not-quantised");
  });

  it("are offered at their range only", async () => {
    const opened = await OpenModel.open(modelText("return quantConv1d(x, { outChannels: 4, kernelSize: 3 });"));
    const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 5 } };
    expect(await actionsOf(opened, { range })).toEqual([]);
  });

  it("are versioned where the client takes that", async () => {
    const opened = await OpenModel.open(modelText("return quantConv1d(x, { outChannels: 4, kernelSize: 3 });"));
    const [action] = await actionsOf(opened, { documentChanges: true });
    expect(action?.edit?.documentChanges?.[0]).toMatchObject({ textDocument: { uri: modelUri, version: 1 } });
  });

  it("are not offered while the file does not parse", async () => {
    const opened = await OpenModel.open(modelText("return quantConv1d(x, { outChannels: 4, kernelSize: 3 });"));
    await opened.state();
    opened.replace("outChannels: 4", "outChannels: ");
    const titles = (await actionsOf(opened)).map(({ title }) => title);
    expect(titles.filter((title) => !title.startsWith("Disable"))).toEqual([]);
  });
});

describe("fix all", () => {
  const unquantised = `
x = quantIdentity(x, { actQuant: int(8) });
x = quantIdentity(quantConv1d(x, { outChannels: 4, kernelSize: 3, bias: false }), { actQuant: int(8) });
return quantConv1d(x, { outChannels: 4, kernelSize: 3, bias: false });`;
  const quantised = unquantised.replaceAll("bias: false }", "bias: false, weightQuant: int(8) }");

  it("mends all problems of one rule", () =>
    checkFix(unquantised, "Fix all 2 problems of weight-not-quantised", quantised));

  it("mends everything that has an obvious fix, as a source action", async () => {
    await checkFix(unquantised, "Fix all QuantLens problems", quantised, { only: ["source.fixAll"] });
  });

  it("leaves out a fix that touches the same text as another", async () => {
    const opened = await OpenModel.open(modelText(unquantised));
    const state = await opened.state();
    const [problem] = state.analysis.problems.filter(({ code }) => code === "weight-not-quantised");
    if (!problem) throw new Error("the problem was not found");
    const twice = {
      ...state.analysis,
      problems: [
        problem,
        {
          ...problem,
          message: "the same again",
          fixes: (problem.fixes ?? []).map((fix) => ({
            ...fix,
            edits: fix.edits.map((edit) => (edit.kind === "setOption" ? { ...edit, text: "int(4)" } : edit)),
          })),
        },
      ],
    };
    const request = {
      file: modelUri,
      range: wholeRange(opened.text),
      only: ["source.fixAll"],
      diagnostics: [],
      documentChanges: false,
    };
    const [action] = codeActions(
      { ...state, analysis: twice, shown: state.shown && { ...state.shown, analysis: twice as never } },
      request,
      noLink,
    );
    const after = apply(opened, action?.edit);
    expect(after).toContain("weightQuant: int(8)");
    expect(after).not.toContain("weightQuant: int(4)");
  });

  it("adds one import for several fixes", async () => {
    const opened = await OpenModel.open(
      modelText(
        "x = relu(quantConv1d(x, { outChannels: 4, kernelSize: 3, bias: false }));\nreturn quantConv1d(x, { outChannels: 4, kernelSize: 3, bias: false });",
      ),
    );
    const [action] = await actionsOf(opened, { only: ["source.fixAll.quantlens"] });
    const [imports] = apply(opened, action?.edit).split("\n");
    expect(imports?.match(/\bint\b/g)).toHaveLength(1);
  });

  it("is a source action only, not in the light bulb", async () => {
    const opened = await OpenModel.open(modelText(unquantised));
    expect((await actionsOf(opened)).map(({ kind }) => kind)).not.toContain("source.fixAll.quantlens");
    expect(await actionsOf(opened, { only: ["refactor"] })).toEqual([]);
  });
});

describe("disabling a rule", () => {
  it("puts a comment above the line, as far in as the line", () =>
    checkFix(
      "return quantConv1d(x, { outChannels: 4, kernelSize: 3, weightQuant: int(6, { zeroPoint: 1 }) });",
      "Disable nonzero-zero-point for this line",
      "// quantlens-disable-next-line nonzero-zero-point\nreturn quantConv1d(x, { outChannels: 4, kernelSize: 3, weightQuant: int(6, { zeroPoint: 1 }) });",
    ));

  it("adds to a comment that is there already", () =>
    checkFix(
      "// quantlens-disable-next-line input-not-quantised\nreturn quantConv1d(x, { outChannels: 4, kernelSize: 3 });",
      "Disable weight-not-quantised for this line",
      "// quantlens-disable-next-line input-not-quantised, weight-not-quantised\nreturn quantConv1d(x, { outChannels: 4, kernelSize: 3 });",
    ));

  it("adds before the comment's remark", () =>
    checkFix(
      "// quantlens-disable-next-line input-not-quantised -- the sensor's\nreturn quantConv1d(x, { outChannels: 4, kernelSize: 3 });",
      "Disable weight-not-quantised for this line",
      "// quantlens-disable-next-line input-not-quantised, weight-not-quantised -- the sensor's\nreturn quantConv1d(x, { outChannels: 4, kernelSize: 3 });",
    ));

  it("silences exactly that rule", async () => {
    const opened = await OpenModel.open(modelText("return quantConv1d(x, { outChannels: 4, kernelSize: 3 });"));
    const action = (await actionsOf(opened)).find(
      ({ title }) => title === "Disable weight-not-quantised for this line",
    );
    const after = await OpenModel.open(apply(opened, action?.edit));
    const codes = (await after.state()).analysis.problems.map(({ code }) => code);
    expect(codes).not.toContain("weight-not-quantised");
    expect(codes).toContain("input-not-quantised");
  });
});
