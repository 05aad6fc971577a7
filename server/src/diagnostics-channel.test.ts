import { describe, expect, it } from "vitest";
import type { Diagnostic, PublishDiagnosticsParams } from "vscode-languageserver";
import { modelText } from "../test/model-text.js";
import { OpenModel } from "../test/open-model.js";
import { createPushChannel, distinctDiagnostics } from "./diagnostics-channel.js";

const helperUri = "file:///project/helper.ts";
const helper = 'import { relu, type Tensor } from "quantlens";\nexport const act = (x: Tensor) => relu(x);\n';
const finding = (message: string): Diagnostic => ({
  range: { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } },
  message,
});

async function setUp() {
  const importing = modelText("return act(x);", { imports: 'import { act } from "./helper.js";' });
  const opened = await OpenModel.open(importing, { files: { "helper.ts": helper, "b.model.ts": importing } });
  const published: PublishDiagnosticsParams[] = [];
  const channel = createPushChannel(
    { sendDiagnostics: (params) => Promise.resolve(void published.push(params)) },
    (key) => key,
  );
  const one = await opened.state();
  const [two] = await opened.store.statesOf("file:///project/b.model.ts");
  if (!two) throw new Error("the second model is not there");
  const last = (uri: string): Diagnostic["message"][] | undefined =>
    published.findLast((params) => params.uri === uri)?.diagnostics.map(({ message }) => message);
  return { channel, one, two, last, published };
}

describe("the push channel", () => {
  it("publishes a model's file even when nothing is found", async () => {
    const { channel, one, last } = await setUp();
    channel.evaluated(one, () => []);
    expect(last(one.key)).toEqual([]);
  });

  it("clears a helper when its problem is gone", async () => {
    const { channel, one, last } = await setUp();
    channel.evaluated(one, (file) => (file === helperUri ? [finding("a")] : []));
    expect(last(helperUri)).toEqual(["a"]);
    channel.evaluated(one, () => []);
    expect(last(helperUri)).toEqual([]);
  });

  it("joins what several models say about a helper, each finding once", async () => {
    const { channel, one, two, last } = await setUp();
    channel.evaluated(one, (file) => (file === helperUri ? [finding("a"), finding("b")] : []));
    channel.evaluated(two, (file) => (file === helperUri ? [finding("a"), finding("c")] : []));
    expect(last(helperUri)).toEqual(["a", "b", "c"]);
    channel.closed(one.key);
    expect(last(helperUri)).toEqual(["a", "c"]);
    channel.closed(two.key);
    expect(last(helperUri)).toEqual([]);
  });
});

describe("distinctDiagnostics", () => {
  it("keeps the order and drops repetitions", () => {
    expect(distinctDiagnostics([finding("b"), finding("a"), finding("b")]).map(({ message }) => message)).toEqual([
      "b",
      "a",
    ]);
  });
});
