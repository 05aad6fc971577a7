import { DiagnosticSeverity, DiagnosticTag, type Diagnostic } from "vscode-languageserver";
import { describe, expect, it } from "vitest";
import { withCarets, withoutCarets } from "../../test/carets.js";
import { modelText, type ModelTextOptions } from "../../test/model-text.js";
import { modelUri, OpenModel, type OpenOptions } from "../../test/open-model.js";
import type { ModelState } from "../models/model-state.js";
import { diagnostics } from "./diagnostics.js";

const noLink = (): undefined => undefined;

async function find(opened: OpenModel, uri = modelUri): Promise<Diagnostic[]> {
  return diagnostics(await opened.state(), uri, noLink);
}

/** Errors and warnings of a whole file, which stand in it as carets. */
async function checkFile(expected: string, options: OpenOptions = {}): Promise<void> {
  const opened = await OpenModel.open(withoutCarets(expected), options);
  const found = (await find(opened)).filter(({ severity = 1 }) => severity <= DiagnosticSeverity.Warning);
  expect(withCarets(opened.text, found)).toBe(expected);
}

function check(forward: string, options: OpenOptions & ModelTextOptions = {}): Promise<void> {
  return checkFile(modelText(forward, options).replace(/^ +(?=\/\/ *\^)/gm, ""), options);
}

describe("diagnostics of rules", () => {
  it("stand at the option, not at the call", () =>
    check(`
x = quantIdentity(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 4, kernelSize: 3, groups: 3, weightQuant: int(6, { zeroPoint: 1 }) });
//                                                         ^^^^^^^^^ error group-divisibility
//                                                                                          ^^^^^^^^^^^^ error nonzero-zero-point
`));
});

describe("diagnostics of files that do not run", () => {
  it("show a syntax error where it is", () =>
    checkFile(`import { defineModel } from "quantlens";
export default defineModel({
  input: { shape: [1, 2, 64] },
  forward: (x) => x +,
//                   ^ error syntax-error
});
`));
});

describe("a diagnostic", () => {
  const text = modelText("return quantConv1d(x, { outChannels: 4, kernelSize: 3 });");

  it("has a source, a code, a severity and a link", async () => {
    const opened = await OpenModel.open(text);
    const found = diagnostics(await opened.state(), modelUri, (code) => `file:///docs/${code}.md`);
    expect(found.find(({ code }) => code === "weight-not-quantised")).toMatchObject({
      source: "quantlens",
      severity: DiagnosticSeverity.Warning,
      codeDescription: { href: "file:///docs/weight-not-quantised.md" },
    });
  });

  it("names the layers that it comes from", async () => {
    const opened = await OpenModel.open(text);
    const found = (await find(opened)).find(({ code }) => code === "input-not-quantised");
    const [related] = found?.relatedInformation ?? [];
    expect(related?.location.uri).toBe(modelUri);
    expect(opened.text.split("\n")[related?.location.range.start.line ?? 0]).toContain("quantConv1d(x");
  });

  it("obeys the settings", async () => {
    const config = { severities: { "weight-not-quantised": "off", "input-not-quantised": "error" } } as const;
    const found = await find(await OpenModel.open(text, { config }));
    expect(found.map(({ code }) => code)).not.toContain("weight-not-quantised");
    expect(found.find(({ code }) => code === "input-not-quantised")?.severity).toBe(DiagnosticSeverity.Error);
  });

  it("obeys the comment above its line", async () => {
    const silenced = text.replace("    return", "    // quantlens-disable-next-line weight-not-quantised\n    return");
    const found = await find(await OpenModel.open(silenced));
    expect(found.map(({ code }) => code)).not.toContain("weight-not-quantised");
    expect(found.map(({ code }) => code)).toContain("input-not-quantised");
  });

  it("passes tags on", async () => {
    const state = await (await OpenModel.open(text)).state();
    const tagged: ModelState = {
      ...state,
      problems: [
        { code: "x", severity: "hint", message: "m", target: { kind: "model" }, tags: ["unnecessary", "deprecated"] },
      ],
    };
    const found = diagnostics(tagged, modelUri, noLink).find(({ code }) => code === "x");
    expect(found?.tags).toEqual([DiagnosticTag.Unnecessary, DiagnosticTag.Deprecated]);
  });

  it("without a place stands at the beginning", async () => {
    const state = await (await OpenModel.open(text)).state();
    const lost: ModelState = {
      ...state,
      problems: [{ code: "x", severity: "error", message: "m", target: { kind: "node", node: "n" } }],
    };
    const found = diagnostics(lost, modelUri, noLink).find(({ code }) => code === "x");
    expect(found?.range.start).toEqual({ line: 0, character: 0 });
  });
});

describe("findings while the file is broken", () => {
  it("stay beside the error, moved along with the edits", async () => {
    const opened = await OpenModel.open(modelText("return quantConv1d(x, { outChannels: 4, kernelSize: 3 });"));
    const before = (await find(opened)).find(({ code }) => code === "weight-not-quantised");
    opened.replace("    return", "    const a = ;\n    return");
    const after = await find(opened);
    expect(after.map(({ code }) => code)).toContain("syntax-error");
    const moved = after.find(({ code }) => code === "weight-not-quantised");
    expect(moved?.range.start).toEqual({ ...before?.range.start, line: (before?.range.start.line ?? 0) + 1 });
  });

  it("go with the text that they are about", async () => {
    const opened = await OpenModel.open(modelText("return quantConv1d(x, { outChannels: 4, kernelSize: 3 });"));
    await opened.state();
    opened.replace("quantConv1d(x, { outChannels: 4, kernelSize: 3 });", "");
    opened.replace("return", "return (");
    expect((await find(opened)).map(({ code }) => code)).not.toContain("weight-not-quantised");
  });
});

describe("findings in helper modules", () => {
  const helperUri = "file:///project/helper.ts";
  const helper = `import { quantConv1d, type Tensor } from "quantlens";
export const conv = (x: Tensor) => quantConv1d(x, { outChannels: 4, kernelSize: 3 });
`;
  const text = modelText("return conv(x);", { imports: 'import { conv } from "./helper.js";' });

  it("are shown in the helper", async () => {
    const opened = await OpenModel.open(text, { files: { "helper.ts": helper } });
    expect((await find(opened, helperUri)).map(({ code }) => code)).toContain("weight-not-quantised");
    expect((await find(opened)).map(({ code }) => code)).not.toContain("weight-not-quantised");
  });

  it("change with the helper", async () => {
    const opened = await OpenModel.open(text, { files: { "helper.ts": helper } });
    await opened.state();
    opened.replace("kernelSize: 3", "kernelSize: ,", helperUri);
    expect((await find(opened, helperUri)).map(({ code }) => code)).toContain("syntax-error");
  });
});
